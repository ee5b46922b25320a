// The console in a real browser against a real hub: each scenario of tests/browser/scenarios, in Debian's chromium. Node and its
// packages are those of the build (tests/CMakeLists.txt).

#include "tests/browser/window.hpp"

namespace {

constexpr char profile[] = "autodealer";

class console : public browser::in_window<profile> {
 protected:
  static void SetUpTestSuite() { begin({"owner", "olena", "iryna", "admin"}); }
};

TEST_F(console, a_person_signs_in_and_out) { play("a_person_signs_in_and_out"); }
TEST_F(console, a_message_arrives_without_a_reload) { play("a_message_arrives_without_a_reload"); }
TEST_F(console, a_reply_stands_in_the_conversation_with_its_fate) { play("a_reply_stands_in_the_conversation_with_its_fate"); }
TEST_F(console, a_photo_and_a_saved_text_are_sent) { play("a_photo_and_a_saved_text_are_sent"); }
TEST_F(console, a_customers_photo_is_sent_on_to_another_and_delivered) {
  play("a_customers_photo_is_sent_on_to_another_and_delivered");
}
TEST_F(console, a_card_is_dragged_and_a_lead_lost_with_a_reason) { play("a_card_is_dragged_and_a_lead_lost_with_a_reason"); }
TEST_F(console, many_leads_are_lost_at_once) { play("many_leads_are_lost_at_once"); }
TEST_F(console, everything_usual_goes_by_keyboard) { play("everything_usual_goes_by_keyboard"); }
TEST_F(console, a_whole_answer_without_a_mouse) { play("a_whole_answer_without_a_mouse"); }
TEST_F(console, two_customers_are_merged_and_taken_apart) { play("two_customers_are_merged_and_taken_apart"); }
TEST_F(console, two_people_in_one_lead_see_each_other) { play("two_people_in_one_lead_see_each_other"); }
TEST_F(console, who_leaves_hands_their_leads_over) { play("who_leaves_hands_their_leads_over"); }
TEST_F(console, the_audit_is_in_words) { play("the_audit_is_in_words"); }
TEST_F(console, a_conflict_with_the_erp_is_judged_both_ways) { play("a_conflict_with_the_erp_is_judged_both_ways"); }
TEST_F(console, a_call_is_scored_with_its_seconds_and_the_manager_answers) {
  play("a_call_is_scored_with_its_seconds_and_the_manager_answers");
}
TEST_F(console, a_phone_shows_one_column_at_a_time) { play("a_phone_shows_one_column_at_a_time"); }
TEST_F(console, both_languages_are_whole) { play("both_languages_are_whole"); }
TEST_F(console, a_link_sets_a_password) { play("a_link_sets_a_password"); }
TEST_F(console, a_message_is_tried_against_the_rules) { play("a_message_is_tried_against_the_rules"); }
TEST_F(console, no_page_keeps_anybody_out) { play("no_page_keeps_anybody_out"); }

constexpr char first_come[] = "pilot-cars";

class mini_crm : public browser::in_window<first_come> {
 protected:
  static void SetUpTestSuite() { begin({"olha", "maksym"}); }
};

TEST_F(mini_crm, who_claims_second_is_told_who_has_it) { play("who_claims_second_is_told_who_has_it"); }

}  // namespace
