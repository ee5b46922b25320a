// Hostile texts and files (tests/browser/payloads.mjs) through every field and channel of a real hub, and every page that shows
// them opened in Debian's chromium: nothing of theirs runs, loads or breaks the page.

#include "hub/ctl/files.hpp"
#include "hub/ctl/private_mail.hpp"
#include "tests/browser/window.hpp"

#include <filesystem>
#include <iostream>

namespace {

using namespace std::chrono_literals;

constexpr char profile[] = "autodealer";
constexpr char user[] = "sales@avto.example";
constexpr char password[] = "a password";

class hostile : public browser::in_window<profile> {
 protected:
  static void SetUpTestSuite() {
    mail_ = std::make_unique<mailbox>();
    const std::string whatsapp = "HUB__CONNECTORS__WHATSAPP__MAIN__", telegram = "HUB__CONNECTORS__TELEGRAM__MAIN__",
                      email = "HUB__CONNECTORS__EMAIL__MAIN__", nowhere = "http://127.0.0.1:9";
    begin({"owner", "olena", "admin"}, {{whatsapp + "PHONE_NUMBER_ID", "108888000000001"},
                                        {whatsapp + "APP_SECRET", "whatsapp-of-the-office"},
                                        {whatsapp + "VERIFY_TOKEN", "verify-of-the-office"},
                                        {whatsapp + "ACCESS_TOKEN", "nobody"},
                                        {whatsapp + "API_BASE", nowhere},
                                        {telegram + "BOT_TOKEN", "1:nobody"},
                                        {telegram + "SECRET_TOKEN", "telegram-of-the-office"},
                                        {telegram + "API_BASE", nowhere},
                                        {email + "IMAP_HOST", "127.0.0.1"},
                                        {email + "IMAP_PORT", std::to_string(mail_->server.port())},
                                        {email + "IMAP_SECURITY", "none"},
                                        {email + "IMAP_USER", user},
                                        {email + "IMAP_PASSWORD", password},
                                        {email + "ADDRESSES", user}});
    environment_["WHATSAPP_SECRET"] = "whatsapp-of-the-office";
    environment_["TELEGRAM_SECRET"] = "telegram-of-the-office";
  }
  static void TearDownTestSuite() {
    in_window::TearDownTestSuite();
    mail_.reset();
  }

  struct mailbox {
    mailbox() {
      server.add_user(user, password);
      server.start();
    }
    ~mailbox() { server.stop(); }
    test_support::temp_dir home;
    hub::ctl::private_mail server{{.home = home.path(), .for_tests = true}};
  };
  inline static std::unique_ptr<mailbox> mail_;
};

TEST_F(hostile, texts_and_files_stay_what_they_are_on_every_page) {
  const auto folder = mail_->home / "written";
  const auto written = run("hostile.mjs", "mails " + folder);
  ASSERT_EQ(written.exit_code, 0) << written.output;
  for (const auto& each : std::filesystem::directory_iterator(folder))
    mail_->server.deliver(user, hub::ctl::read_file(each.path()));
  const auto played = run("hostile.mjs", "play", 400s);
  std::cout << played.output;
  EXPECT_EQ(played.exit_code, 0);
}

}  // namespace
