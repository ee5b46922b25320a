#include "config/profile.hpp"
#include "config/reference.hpp"
#include "config/settings.hpp"
#include "hub/base/text.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using environment = std::map<std::string, std::string>;

std::string read_all(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A folder of its own as working directory and home, so that places read "hub.yaml:1:1".
class config_settings : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("leadyard_settings_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    before_ = fs::current_path();
    fs::current_path(folder_);
    folder_ = fs::current_path();
  }
  void TearDown() override {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream file(folder_ / name, std::ios::binary | std::ios::trunc);
    file << text;
  }

  config::loaded load(const std::string& yaml, environment given = {}) {
    write("hub.yaml", yaml);
    given.emplace("LEADYARD_HOME", folder_.string());
    return config::load_settings("hub.yaml", given);
  }
  std::string problems_of(const std::string& yaml, environment given = {}) {
    return hub::to_text(load(yaml, std::move(given)).problems);
  }

  fs::path folder_, before_;
};

TEST_F(config_settings, an_empty_file_gives_the_defaults) {
  const auto loaded = load("");
  EXPECT_EQ(hub::to_text(loaded.problems), "");
  EXPECT_EQ(loaded.value, config::settings{});
  EXPECT_EQ(loaded.home, folder_.string());
  EXPECT_EQ(loaded.file, "hub.yaml");
}

TEST_F(config_settings, the_committed_file_has_no_problem) {
  const auto loaded = config::load_settings(LEADYARD_SOURCE_DIR "/config/hub.yaml", environment{});
  EXPECT_EQ(hub::to_text(loaded.problems), "");
  EXPECT_EQ(loaded.value.profile, "autodealer");
  EXPECT_EQ(loaded.value.connectors.at("viber").at("main").find("sender_name")->text, "Автосалон");
}

TEST_F(config_settings, refuses_bad_settings_with_file_line_column_and_name) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"intake:\n  listen:\n    port: 70000\n",
       "hub.yaml:3:11: intake.listen.port: expected a whole number from 0 to 65535 (found: 70000)\n"},
      {"intak: {}\n", "hub.yaml:1:1: intak: is not known here; did you mean intake?\n"},
      {"intake:\n  listn: {}\n", "hub.yaml:2:3: intake.listn: is not known here; did you mean listen?\n"},
      {"ingest: {shards: 0}\n", "hub.yaml:1:18: ingest.shards: expected a whole number from 1 to 64 (found: 0)\n"},
      {"ingest: {shards: 4, draining: [4]}\n",
       "hub.yaml:1:31: ingest.draining: names the present count, which is consumed anyway (found: 4)\n"},
      {"ingest: {draining: [0]}\n", "hub.yaml:1:20: ingest.draining: expected shard counts from 1 to 64 (found: 0)\n"},
      {"call_review:\n  criteria:\n    - {key: greeting, uk: Так, en: Yes}\n    - {key: greeting, uk: Так, en: Yes, max: 11}\n",
       "hub.yaml:4:13: call_review.criteria[1].key: is there twice (found: greeting)\n"
       "hub.yaml:4:46: call_review.criteria[1].max: expected a whole number from 1 to 10 (found: 11)\n"},
      {"call_review: {criteria: [{key: Next step, en: Yes}]}\n",
       "hub.yaml:1:26: call_review.criteria[0].uk: is missing\n"
       "hub.yaml:1:32: call_review.criteria[0].key: expected a-z, 0-9 and _ (found: Next step)\n"},
      {"call_review: {criteria: []}\n", "hub.yaml:1:25: call_review.criteria: expected at least 1 item (found: 0)\n"},
      {"log: {level: warning}\n", "hub.yaml:1:14: log.level: expected one of debug, info, warn, error (found: warning)\n"},
      {"privacy: {text: masked}\n",
       "hub.yaml:1:17: privacy.text: expected one of keep, mask; did you mean mask? (found: masked)\n"},
      {"retention: {events: 1 month}\n",
       "hub.yaml:1:21: retention.events: expected a duration such as 500ms, 30s, 5m, 2h or 14d (found: 1 month)\n"},
      {"media: {max_size: 64MB}\n",
       "hub.yaml:1:19: media.max_size: expected a size such as 500B, 64KiB, 20MiB or 2GiB (found: 64MB)\n"},
      {"broker: {url: localhost}\n", "hub.yaml:1:15: broker.url: expected an address that begins with amqp:// or amqps://\n"},
      {"database: {url: mysql://x}\n",
       "hub.yaml:1:17: database.url: expected an address that begins with postgresql:// or postgres://\n"},
      {"intake: {public_url: hub.example.com}\n",
       "hub.yaml:1:22: intake.public_url: expected an address that begins with https:// or http://\n"},
      {"api: {listen: {tls: {certificate: a.pem}}}\n", "hub.yaml:1:21: api.listen.tls: needs both certificate and key\n"},
      {"profile: ../etc\n",
       "hub.yaml:1:10: profile: expected the name of a folder in config/profiles: a-z, 0-9, - and _ (found: ../etc)\n"},
      {"connectors: {viber: main}\n", "hub.yaml:1:21: connectors.viber: expected a map (found: a single value)\n"},
      {"broker: amqp://guest:verysecret@x\n", "hub.yaml:1:9: broker: expected a map of settings (found: a single value)\n"},
      {"api: {listen: {port: x}}\nintake: {listen: {port: y}}\nprofil: z\n",
       "hub.yaml:1:22: api.listen.port: expected a whole number from 0 to 65535 (found: x)\n"
       "hub.yaml:2:25: intake.listen.port: expected a whole number from 0 to 65535 (found: y)\n"
       "hub.yaml:3:1: profil: is not known here; did you mean profile?\n"},
  };
  for (const auto& [yaml, told] : cases) EXPECT_EQ(problems_of(yaml), told) << yaml;
}

TEST_F(config_settings, a_file_that_is_not_there_is_a_problem) {
  EXPECT_EQ(hub::to_text(config::load_settings("lost.yaml", environment{}).problems),
            "lost.yaml: cannot be read: No such file or directory\n");
}

TEST_F(config_settings, the_environment_overrides_the_file_and_the_defaults) {
  const auto loaded = load("intake: {listen: {port: 1}}\n", {{"HUB__INTAKE__LISTEN__PORT", "0"},
                                                             {"HUB__INTAKE__LISTEN__TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2"},
                                                             {"HUB__INGEST__DRAINING", "1,4"},
                                                             {"HUB__MEDIA__ALLOW_PRIVATE_ADDRESSES", "true"},
                                                             {"HUB__DATABASE__URL", "postgresql://hub@localhost/hub"},
                                                             {"PATH", "/bin"}});
  EXPECT_EQ(hub::to_text(loaded.problems), "");
  EXPECT_EQ(loaded.value.intake.listen.port, 0);
  EXPECT_EQ(loaded.value.intake.listen.trusted_proxies, (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
  EXPECT_EQ(loaded.value.ingest.draining, (std::vector<std::uint32_t>{1, 4}));
  EXPECT_TRUE(loaded.value.media.allow_private_addresses);
  EXPECT_EQ(loaded.value.database.url.reveal(), "postgresql://hub@localhost/hub");
}

TEST_F(config_settings, a_bad_override_is_a_problem_that_names_the_variable) {
  EXPECT_EQ(problems_of("", {{"HUB__INTAKE__LISTEN__PORT", "many"}}),
            "HUB__INTAKE__LISTEN__PORT: intake.listen.port: expected a whole number from 0 to 65535 (found: many)\n");
  EXPECT_EQ(problems_of("", {{"HUB__INTAKE__LISTEN__PRT", "1"}}),
            "HUB__INTAKE__LISTEN__PRT: names no setting; did you mean HUB__INTAKE__LISTEN__PORT?\n");
  EXPECT_EQ(problems_of("", {{"HUB__INTAKE", "1"}}), "HUB__INTAKE: names no setting\n");
  EXPECT_EQ(problems_of("", {{"HUB__BROKER__URL", "verysecret"}}),
            "HUB__BROKER__URL: broker.url: expected an address that begins with amqp:// or amqps://\n");
  EXPECT_EQ(problems_of("", {{"HUB__PROFILE", "\xff"}}), "HUB__PROFILE: the value is not UTF-8 text\n");
  EXPECT_EQ(problems_of("", {{"HUB__CONNECTORS__VIBER__TOKEN", "x"}}),
            "HUB__CONNECTORS__VIBER__TOKEN: expected HUB__CONNECTORS__<CHANNEL>__<ACCOUNT>__<KEY>\n");
}

TEST_F(config_settings, the_environment_reaches_the_settings_of_connectors) {
  const auto loaded =
      load("connectors: {viber: {kyiv-1: {welcome: hello}}}\n", {{"HUB__CONNECTORS__VIBER__KYIV_1__AUTH_TOKEN", "t1"},
                                                                 {"HUB__CONNECTORS__VIBER__KYIV_1__WELCOME", "hi"},
                                                                 {"HUB__CONNECTORS__EMAIL__MAIN__IMAP_PASSWORD", "t2"}});
  EXPECT_EQ(hub::to_text(loaded.problems), "");
  const auto& kyiv = loaded.value.connectors.at("viber").at("kyiv-1");
  EXPECT_EQ(kyiv.find("auth_token")->text, "t1");
  EXPECT_EQ(kyiv.find("welcome")->text, "hi");
  EXPECT_EQ(loaded.value.connectors.at("email").at("main").find("imap_password")->text, "t2");
  EXPECT_EQ(loaded.value.connectors.at("viber").size(), 1u);
}

TEST_F(config_settings, a_secret_may_lie_in_a_file) {
  write("url", "amqp://guest:guest@localhost/\n");
  write("token", "t3\r\n");
  const auto loaded = load("", {{"HUB__BROKER__URL_FILE", (folder_ / "url").string()},
                                {"HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN_FILE", (folder_ / "token").string()}});
  EXPECT_EQ(hub::to_text(loaded.problems), "");
  EXPECT_EQ(loaded.value.broker.url.reveal(), "amqp://guest:guest@localhost/");
  EXPECT_EQ(loaded.value.connectors.at("viber").at("main").find("auth_token")->text, "t3");
  EXPECT_EQ(loaded.value.connectors.at("viber").at("main").find("auth_token_file"), nullptr);
}

TEST_F(config_settings, a_secret_file_that_cannot_be_read_is_a_problem) {
  EXPECT_EQ(problems_of("", {{"HUB__BROKER__URL_FILE", "/nowhere/url"}}),
            "HUB__BROKER__URL_FILE: the file cannot be read: No such file or directory (found: /nowhere/url)\n");
  EXPECT_EQ(problems_of("", {{"HUB__BROKER__URL_FILE", "/nowhere/url"}, {"HUB__BROKER__URL", "amqp://x"}}),
            "HUB__BROKER__URL_FILE: is given beside HUB__BROKER__URL; give one of the two\n");
  EXPECT_EQ(problems_of("", {{"HUB__PROFILE_FILE", "x"}}), "HUB__PROFILE_FILE: names no setting; did you mean HUB__PROFILE?\n");
}

TEST_F(config_settings, the_secrets_file_is_read_and_the_environment_wins) {
  write("secrets.env",
        "# made at first start\n\nHUB__INTERNAL__TOKEN=from-file\nexport HUB__PRIVACY__SEAL_KEY=\"quoted = value\"\n"
        "HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN=abc\nOTHER=1\n");
  auto loaded = load("", {{"HUB__INTERNAL__TOKEN", "from-environment"}});
  EXPECT_EQ(hub::to_text(loaded.problems), "");
  EXPECT_EQ(loaded.value.internal.token.reveal(), "from-environment");
  EXPECT_EQ(loaded.value.privacy.seal_key.reveal(), "quoted = value");
  EXPECT_EQ(loaded.value.connectors.at("viber").at("main").find("auth_token")->text, "abc");

  write("token", "from-named-file");
  loaded = load("", {{"HUB__INTERNAL__TOKEN_FILE", (folder_ / "token").string()}});
  EXPECT_EQ(hub::to_text(loaded.problems), "");
  EXPECT_EQ(loaded.value.internal.token.reveal(), "from-named-file");
}

TEST_F(config_settings, a_bad_line_of_the_secrets_file_is_a_problem_that_shows_no_value) {
  write("secrets.env",
        "HUB__INTERNAL__TOKEN=a\nverysecret\nHUB__INTERNAL__TOKEN=b\nHUB__BROKER__URL=verysecret\nHUB__BROKR__URL=verysecret\n");
  const auto file = (folder_ / "secrets.env").string();
  EXPECT_EQ(problems_of(""),
            "HUB__BROKER__URL (" + file + ":4): broker.url: expected an address that begins with amqp:// or amqps://\n" +
                "HUB__BROKR__URL (" + file + ":5): names no setting; did you mean HUB__BROKER__URL?\n" + file +
                ":2:1: expected KEY=VALUE\n" + file + ":3:1: HUB__INTERNAL__TOKEN was given before in this file\n");
}

TEST_F(config_settings, a_profile_brings_its_rules_and_its_staff) {
  EXPECT_EQ(config::rules_path(load("profile: pilot-cars\n")), "profiles/pilot-cars/routing.yaml");
  EXPECT_EQ(config::staff_path(load("profile: pilot-cars\n")), "profiles/pilot-cars/staff.yaml");
}

// ---- printing ---------------------------------------------------------------------------------------------

TEST_F(config_settings, printing_hides_secrets_and_says_where_each_value_came_from) {
  const auto printed = config::print_settings(load(
      "log: {level: warn}\nbroker: {url: 'amqp://u:verysecret@h/'}\n"
      "connectors: {viber: {main: {auth_token: verysecret, imap_user: verysecret, welcome: hi, lines: [{name: sales, number: "
      "verysecret}]}}}\n",
      {{"HUB__INTAKE__LISTEN__PORT", "0"}, {"HUB__CONNECTORS__WHATSAPP__MAIN__APP_SECRET", "verysecret"}}));
  EXPECT_EQ(printed.find("verysecret"), std::string::npos) << printed;
  for (const std::string line : {"  url: \"***\"  # hub.yaml:2\n", "  level: warn  # hub.yaml:1\n",
                                 "    port: 0  # environment HUB__INTAKE__LISTEN__PORT\n", "  shards: 2  # default\n",
                                 "      auth_token: \"***\"  # hub.yaml:3\n", "      welcome: hi  # hub.yaml:3\n",
                                 "      imap_user: \"***\"  # hub.yaml:3\n", "number: \"***\"  # hub.yaml:3\n",
                                 "      app_secret: \"***\"  # environment HUB__CONNECTORS__WHATSAPP__MAIN__APP_SECRET\n"})
    EXPECT_NE(printed.find(line), std::string::npos) << line << printed;
}

TEST_F(config_settings, printed_settings_read_back_equal) {
  const auto loaded = load(
      "profile: pilot-cars\nintake: {public_url: 'https://hub.example.com/a#b', spool_directory: \"зі пробілом \\\"і\\\" "
      "лапками\",\n"
      "  listen: {trusted_proxies: ['::1', \"10.0.0.1\"], tls: {certificate: 'a: b', key: '- c'}}}\n"
      "database: {deadline: 1500ms}\nmedia: {max_size: 3KiB, allow_private_addresses: true}\ningest: {draining: [3, 8]}\n"
      "connectors:\n  viber:\n    main: {welcome: \"рядок\\nдругий\", hosts: [a.example, 'null'], deep: {n: 5, off: 'no', "
      "nothing: ~, none: [], e: {}}}\n"
      "  email: {}\n");
  ASSERT_EQ(hub::to_text(loaded.problems), "");
  const auto printed = config::print_settings(loaded);
  const auto again = load(printed);
  EXPECT_EQ(hub::to_text(again.problems), "") << printed;
  EXPECT_EQ(again.value, loaded.value) << printed;
}

TEST_F(config_settings, the_reference_lists_every_setting_with_its_environment_name) {
  const auto page = config::reference_page("### viber\n\nhere\n");
  for (const auto& row : config::setting_rows(config::settings{}))
    EXPECT_NE(page.find("`" + config::environment_name(row.path) + "`"), std::string::npos) << row.path;
  EXPECT_NE(page.find("| `ingest.shards` | whole number | `2` | 1 to 64 |"), std::string::npos);
  EXPECT_NE(page.find("`HUB__PRIVACY__SEAL_KEY_FILE`"), std::string::npos);
  EXPECT_NE(page.find("### viber\n\nhere\n"), std::string::npos);
}

// ---- a thousand slips of the finger -----------------------------------------------------------------------

bool has_place(const hub::problem& p) {
  // hub.yaml:12:5, or the file alone where there is no line to name.
  return p.where.starts_with("hub.yaml");
}

TEST_F(config_settings, a_thousand_mutated_files_give_problems_with_places_or_valid_settings) {
  const auto original = read_all(LEADYARD_SOURCE_DIR "/config/hub.yaml");
  std::mt19937 random(20261120);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  const std::string marks = "\"'[]{}:,#&*!|>%@`~?-\t \n0Zы\xff\x01";
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    auto text = original;
    for (std::size_t n = 1 + below(3); n > 0; --n) {
      const auto at = below(text.size());
      switch (below(6)) {
        case 0: text.erase(at, 1 + below(8)); break;
        case 1: text.insert(at, 1, marks[below(marks.size())]); break;
        case 2: text[at] = marks[below(marks.size())]; break;
        case 3: text.insert(at, text.substr(below(text.size()), below(40))); break;
        case 4: {
          const auto line = text.find('\n', at);
          if (line != std::string::npos) text.insert(line + 1, std::string(1 + below(4), ' '));
          break;
        }
        default: text.resize(at + 1); break;
      }
    }
    const auto loaded = load(text);
    for (const auto& p : loaded.problems) {
      EXPECT_TRUE(has_place(p)) << hub::to_text(p) << "\n" << text;
      EXPECT_FALSE(p.what.empty());
    }
    if (!loaded.problems.empty()) {
      ++refused;
      continue;
    }
    // What was taken is whole: printed and read again it is the same.
    const auto again = load(config::print_settings(loaded));
    EXPECT_EQ(hub::to_text(again.problems), "") << text;
    EXPECT_EQ(again.value, loaded.value) << text << "\n----\n" << config::print_settings(loaded);
  }
  EXPECT_GT(refused, 300);
  EXPECT_LT(refused, 1000);
}

}  // namespace
