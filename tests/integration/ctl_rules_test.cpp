// hubctl rules apply, rollback and list, and hubctl migrate, against a database of their own.

#include "tests/integration/ctl_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace {

using ctl_tests::told;
using testing::HasSubstr;

class operator_at_work : public ctl_tests::database_only {
 protected:
  told hubctl(std::vector<std::string> arguments) {
    const auto done = database_only::hubctl(std::move(arguments));
    return {done.exit_code, done.output};
  }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(home_ / name) << text;
    return home_ / name;
  }
};

TEST_F(operator_at_work, puts_rules_in_force_and_goes_back) {
  test_support::put_in_force(url_, {});
  const auto first = ask("select hash from rule_version where active");
  const auto second = file("second.yaml", test_support::rules_text({.strategy = "workload"}));
  const auto applied = hubctl({"rules", "apply", second});
  EXPECT_EQ(applied.code, 0) << applied.text;
  EXPECT_THAT(applied.text, HasSubstr("rollback " + first.substr(0, 12)));
  EXPECT_NE(ask("select hash from rule_version where active"), first);
  EXPECT_EQ(ask("select count(*) from team_member"), "3");
  EXPECT_THAT(hubctl({"rules", "apply", second}).text, HasSubstr("in force already"));

  EXPECT_EQ(hubctl({"rules", "rollback", first.substr(0, 8)}).code, 0);
  EXPECT_EQ(ask("select hash from rule_version where active"), first);
  EXPECT_EQ(ask("select count(*) from audit where subject like 'rules:%'"), "2");
  EXPECT_THAT(hubctl({"rules", "list"}).text, HasSubstr("*  " + first.substr(0, 12)));
}

TEST_F(operator_at_work, keeps_the_last_good_rules_when_a_file_is_refused) {
  test_support::put_in_force(url_, {});
  const auto before = ask("select hash from rule_version where active");
  const auto bad = file("bad.yaml", "version: 1\nrulez: []\n");
  const auto refused = hubctl({"rules", "apply", bad});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.text, HasSubstr(bad + ":2:1:"));
  EXPECT_THAT(refused.text, HasSubstr("the rules in force stay"));
  EXPECT_EQ(hubctl({"rules", "rollback", "0000"}).code, 1);
  EXPECT_EQ(ask("select hash from rule_version where active"), before);
}

TEST_F(operator_at_work, migrates_an_empty_database_and_says_so_before) {
  url_ = test_support::empty_database();
  const auto plan = hubctl({"migrate", "--dry-run"});
  EXPECT_EQ(plan.code, 0) << plan.text;
  EXPECT_THAT(plan.text, HasSubstr("would apply 0001_people_and_leads"));
  const auto done = hubctl({"migrate"});
  EXPECT_EQ(done.code, 0) << done.text;
  EXPECT_THAT(done.text, HasSubstr("applied 0002_events_and_jobs"));
  EXPECT_THAT(hubctl({"migrate"}).text, HasSubstr("nothing to apply"));
}

}  // namespace
