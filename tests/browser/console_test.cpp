// The console in a real browser against a real hub: each scenario of scenarios.mjs, in Debian's chromium. Node and its packages
// are those of the build (tests/CMakeLists.txt).

#include "tests/e2e/office.hpp"

#include <map>
#include <string>

namespace {

using namespace std::chrono_literals;

constexpr char profile[] = "autodealer";

class console : public e2e::in_office<profile> {
 protected:
  static void SetUpTestSuite() {
    e2e::in_office<profile>::SetUpTestSuite();
    passwords_["PASSWORD_OWNER"] = hub().new_password("owner");
    passwords_["PASSWORD_ADMIN"] = hub().new_password("admin");
  }
  static void play(const std::string& scenario) {
    auto environment = passwords_;
    environment["CONSOLE"] = hub().address("console");
    environment["WEBHOOKS"] = hub().address("webhooks");
    environment["VIBER_SECRET"] = hub().secret("HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN");
    const auto done = test_support::run("/bin/sh",
                                        {.arguments = {"-c", "cd " LEADYARD_BUILD_DIR "/browser && exec " LEADYARD_NODE
                                                             " " LEADYARD_SOURCE_DIR "/tests/browser/scenarios.mjs " +
                                                                 scenario},
                                         .environment = environment},
                                        120s);
    EXPECT_EQ(done.exit_code, 0) << done.output;
  }

 private:
  inline static std::map<std::string, std::string> passwords_;
};

TEST_F(console, a_person_signs_in_and_out) { play("a_person_signs_in_and_out"); }
TEST_F(console, a_message_arrives_without_a_reload) { play("a_message_arrives_without_a_reload"); }
TEST_F(console, a_reply_stands_in_the_conversation_with_its_fate) { play("a_reply_stands_in_the_conversation_with_its_fate"); }
TEST_F(console, a_photo_and_a_saved_text_are_sent) { play("a_photo_and_a_saved_text_are_sent"); }
TEST_F(console, a_card_is_dragged_and_a_lead_lost_with_a_reason) { play("a_card_is_dragged_and_a_lead_lost_with_a_reason"); }
TEST_F(console, everything_usual_goes_by_keyboard) { play("everything_usual_goes_by_keyboard"); }
TEST_F(console, a_phone_shows_one_column_at_a_time) { play("a_phone_shows_one_column_at_a_time"); }
TEST_F(console, both_languages_are_whole) { play("both_languages_are_whole"); }
TEST_F(console, a_link_sets_a_password) { play("a_link_sets_a_password"); }
TEST_F(console, a_message_is_tried_against_the_rules) { play("a_message_is_tried_against_the_rules"); }
TEST_F(console, no_page_keeps_anybody_out) { play("no_page_keeps_anybody_out"); }
TEST_F(console, hostile_texts_stay_texts) { play("hostile_texts_stay_texts"); }

}  // namespace
