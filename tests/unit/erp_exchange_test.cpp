// The dialogue of an exchange: the recorded sessions, repetitions, crashes at every step, refusals.

#include "tests/support/erp_exchange.hpp"

#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace {

using namespace test_support;
using testing::HasSubstr;
using testing::StartsWith;

std::size_t count_of(const std::vector<hub::message::event>& events, std::string_view kind) {
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const auto& e) { return hub::message::kind_of(e) == kind; }));
}

std::set<std::string> keys_of(const std::vector<hub::message::event>& events) {
  std::set<std::string> keys;
  for (const auto& e : events) keys.insert(e.key);
  return keys;
}

/// A whole catalogue exchange, as newer clients end it.
void exchange_catalogue(erp_client& erp) {
  EXPECT_THAT(erp.ask("catalog", "checkauth"), StartsWith("success\nHUBSESS\n"));
  EXPECT_EQ(erp.ask("catalog", "init"), "zip=no\nfile_limit=2097152\n");
  EXPECT_EQ(erp.send("catalog", "import0_1.xml", erp_file("cml_import_full_utf8.xml"), 30'000), "success\nimported 50\n");
  EXPECT_EQ(erp.send("catalog", "offers0_1.xml", erp_file("cml_offers_full_utf8.xml"), 30'000), "success\nimported 50\n");
  EXPECT_EQ(erp.ask("catalog", "deactivate"), "success\n");
  EXPECT_EQ(erp.ask("catalog", "complete"), "success\n");
}

std::string body_of(const boost::json::value& body) {
  const auto& b = body.as_object();
  if (b.contains("text")) return std::string(b.at("text").as_string());
  if (!b.contains("file")) return "\xFF\xD8\xFF";
  const auto bytes = erp_file(std::string(b.at("file").as_string()));
  const auto* length = b.if_contains("length");
  const auto from = static_cast<std::size_t>(b.contains("offset") ? b.at("offset").as_int64() : 0);
  return bytes.substr(from, length && length->is_int64() ? static_cast<std::size_t>(length->as_int64()) : std::string::npos);
}

std::string parameter(const std::string& url, const std::string& name) {
  for (const auto& one : hub::split(url.substr(url.find('?') + 1), '&'))
    if (one.starts_with(name + "=")) return one.substr(name.size() + 1);
  return {};
}

/// Asks what the recorded client asked; returns what it was answered, one answer a line without its line breaks.
std::vector<std::pair<std::string, std::string>> replay(erp_client& erp, const std::string& name) {
  std::vector<std::pair<std::string, std::string>> answers;
  const auto recorded = hub::message::parse_json(erp_file(name)).value();
  for (const auto& step : recorded.at("steps").as_array()) {
    const auto& request = step.at("request").as_object();
    const std::string url(request.at("url").as_string());
    connectors::erp::question q;
    q.type = parameter(url, "type");
    q.mode = parameter(url, "mode");
    q.filename = parameter(url, "filename");
    q.version = parameter(url, "version");
    if (const auto* body = request.if_contains("body")) q.body = body_of(*body);
    const auto& head = request.at("headers").as_object();
    if (const auto* authorization = head.if_contains("Authorization")) q.authorization = std::string(authorization->as_string());
    if (head.contains("Cookie")) q.cookie = "HUBSESS=" + erp.token;
    const auto said = erp.ours().ask(q, erp.now);
    if (q.mode == "checkauth" && said.body.starts_with("success")) erp.token = hub::split(said.body, '\n').at(2);
    if (q.mode == "import") erp.ours().work();
    const auto& want = step.at("response").at("body");
    answers.emplace_back(want.is_string() ? std::string(want.as_string()) : body_of(want), said.body);
  }
  return answers;
}

TEST(erp_dialogue, of_a_recorded_catalogue_is_answered_as_recorded) {
  erp_client erp;
  const auto answers = replay(erp, "cml_http_session_catalog.json");
  ASSERT_EQ(answers.size(), 11u);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& [want, said] = answers[i];
    const auto keyword = said.substr(0, said.find('\n'));
    // Ours reads in the background, so that the first answer to an import is always progress.
    if (i == 8)
      EXPECT_EQ(keyword, "progress");
    else if (i == 1)
      EXPECT_EQ(said, "zip=no\nfile_limit=2097152\n");
    else
      EXPECT_EQ(keyword, want.substr(0, want.find('\n'))) << i;
  }
  EXPECT_THAT(answers[0].second, testing::MatchesRegex("success\nHUBSESS\n[0-9a-f]+\nsessid=[0-9a-f]+\ntimestamp=[0-9]+\n"));
  EXPECT_EQ(answers[7].second, "success\nimported 50\n");
  const auto told = erp.told();
  EXPECT_EQ(count_of(told, "vehicle"), 100u);
  EXPECT_EQ(count_of(told, "exchange"), 1u);
}

TEST(erp_dialogue, of_recorded_orders_is_answered_as_recorded) {
  erp_client erp;
  const auto answers = replay(erp, "cml_http_session_sale.json");
  ASSERT_EQ(answers.size(), 6u);
  EXPECT_THAT(answers[1].second, testing::MatchesRegex("zip=no\nfile_limit=2097152\nsessid=[0-9a-f]+\nversion=2.08\n"));
  EXPECT_THAT(answers[2].second, StartsWith("<?xml version=\"1.0\" encoding=\"windows-1251\"?>"));
  EXPECT_EQ(answers[3].second, "success\n");
  EXPECT_EQ(answers[4].second, "success\n");
  EXPECT_EQ(count_of(erp.told(), "order"), 3u);
}

TEST(erp_dialogue, has_nothing_to_send_in_the_shape_that_was_recorded) {
  erp_client erp;
  erp.ask("sale", "checkauth");
  auto said = erp.ask("sale", "query");
  auto want = erp_file("cml_orders_query_response_empty_cp1251.xml");
  const auto dated = [](std::string& text) {
    const auto at = text.find("T", text.find("20", text.find("2.08") + 4)) - 10;
    text.replace(at, 19, "then");
    while (text.ends_with("\n")) text.pop_back();
  };
  dated(said);
  dated(want);
  EXPECT_EQ(said, want);
}

TEST(erp_dialogue, of_recorded_failures_is_answered_as_recorded) {
  erp_client erp;
  // The recorded client has a session from before.
  erp.ask("catalog", "checkauth");
  const auto cut = erp.send("catalog", "import0_1.xml", erp_file("cml_import_truncated.xml"), 50'000);
  EXPECT_THAT(cut, testing::MatchesRegex("failure\nline [0-9]+: XML is cut: .*\n"));
  const auto answers = replay(erp, "cml_http_session_failures.json");
  for (const std::size_t exact : {0, 1, 2, 4, 5}) EXPECT_EQ(answers.at(exact).second, answers.at(exact).first) << exact;
  EXPECT_EQ(answers.at(3).second, cut);
  EXPECT_TRUE(erp.told().empty());
}

TEST(erp_dialogue, tells_the_same_when_every_step_is_repeated_and_the_program_is_killed_before_each) {
  erp_client plain, hard;
  exchange_catalogue(plain);
  const auto wanted = plain.told();
  EXPECT_EQ(count_of(wanted, "vehicle"), 100u);
  EXPECT_EQ(count_of(wanted, "exchange"), 1u);
  EXPECT_EQ(count_of(wanted, "unparsed"), 0u);
  hard.restarts = hard.repeats = true;
  exchange_catalogue(hard);
  const auto told = hard.told();
  EXPECT_EQ(keys_of(told), keys_of(wanted));
  EXPECT_EQ(told.size(), wanted.size());
  EXPECT_TRUE(hard.told().empty());
}

TEST(erp_dialogue, appends_a_repeated_piece_once_and_begins_anew_with_a_new_document) {
  erp_client erp;
  const auto file = erp_file("cml_import_full_utf8.xml");
  erp.ask("catalog", "checkauth");
  erp.ask("catalog", "file", "import.xml", file.substr(0, 50'000));
  erp.ask("catalog", "file", "import.xml", file.substr(50'000, 50'000));
  // The answer was lost on the way.
  erp.ask("catalog", "file", "import.xml", file.substr(50'000, 50'000));
  erp.ask("catalog", "file", "import.xml", file.substr(100'000));
  EXPECT_EQ(erp.send("catalog", "import.xml", ""), "success\nimported 50\n");
  EXPECT_EQ(erp.ask("catalog", "import", "import.xml"), "success\nimported 50\n");
  // The ERP gave up in the middle and begins again.
  erp.ask("catalog", "file", "offers.xml", erp_file("cml_offers_full_utf8.xml").substr(0, 40'000));
  EXPECT_EQ(erp.send("catalog", "offers.xml", erp_file("cml_offers_full_utf8.xml")), "success\nimported 50\n");
}

TEST(erp_dialogue, leaves_everything_as_it_was_when_a_file_is_refused) {
  erp_client erp;
  exchange_catalogue(erp);
  erp.told();
  erp.ask("catalog", "checkauth");
  erp.ask("catalog", "init");
  EXPECT_THAT(erp.send("catalog", "import0_1.xml", erp_file("cml_import_truncated.xml"), 50'000), StartsWith("failure\n"));
  EXPECT_EQ(erp.ask("catalog", "complete"), "success\n");
  EXPECT_TRUE(erp.told().empty());
  // The next whole one goes through under the same name.
  EXPECT_EQ(erp.send("catalog", "import0_1.xml", erp_file("cml_import_incremental_utf8.xml")), "success\nimported 7\n");
  EXPECT_EQ(count_of(erp.told(), "vehicle"), 7u);
}

TEST(erp_dialogue, says_what_is_gone_only_when_every_file_of_the_session_was_good) {
  erp_client erp;
  erp.ask("catalog", "checkauth");
  EXPECT_EQ(erp.send("catalog", "import0_1.xml", erp_file("cml_import_full_absent_utf8.xml")), "success\nimported 46\n");
  EXPECT_THAT(erp.send("catalog", "import0_2.xml", "<?xml version=\"1.0\"?><a>"), StartsWith("failure\n"));
  erp.ask("catalog", "complete");
  EXPECT_EQ(count_of(erp.told(), "exchange"), 0u);
}

TEST(erp_dialogue, ends_an_old_clients_session_with_its_next_one_or_after_ten_minutes) {
  erp_client erp;
  for (const bool silent : {false, true}) {
    erp.ask("catalog", "checkauth");
    erp.ours().tick(erp.now);
    EXPECT_EQ(erp.send("catalog", "import.xml", erp_file("cml_import_full_utf8.xml")), "success\nimported 50\n");
    EXPECT_EQ(count_of(erp.told(), "exchange"), 0u);
    erp.now += std::chrono::minutes(silent ? 11 : 1);
    if (silent)
      erp.ours().tick(erp.now);
    else
      erp.ask("sale", "checkauth");
    EXPECT_EQ(count_of(erp.told(), "exchange"), 1u);
  }
}

TEST(erp_dialogue, knows_its_client_by_cookie_or_password_and_for_an_hour) {
  erp_client erp;
  EXPECT_EQ(erp.ask("catalog", "init"), "failure\nno session\n");
  erp.ask("catalog", "checkauth");
  const auto good = erp.token;
  erp.token[0] = erp.token[0] == 'a' ? 'b' : 'a';
  EXPECT_EQ(erp.ask("catalog", "init"), "failure\nno session\n");
  erp.token = good;
  EXPECT_THAT(erp.ask("catalog", "init"), StartsWith("zip=no"));
  EXPECT_EQ(erp.ask("crm", "init"), "failure\nunknown type\n");
  erp.now += std::chrono::minutes(61);
  EXPECT_EQ(erp.ask("catalog", "init"), "failure\nno session\n");
}

TEST(erp_dialogue, refuses_what_is_too_large_or_no_file_of_an_exchange) {
  erp_client erp;
  erp.with.largest_file = hub::byte_count{100'000};
  erp.restart();
  erp.ask("catalog", "checkauth");
  const auto piece = std::string(60'000, 'x');
  EXPECT_EQ(erp.ask("catalog", "file", "import.xml", "<?xml " + piece), "success\n");
  EXPECT_THAT(erp.ask("catalog", "file", "import.xml", piece + "2"), StartsWith("failure\nthe file is larger than"));
  EXPECT_THAT(erp.ask("catalog", "import", "import.xml"), StartsWith("failure\nthe file is larger than"));
  EXPECT_EQ(erp.ask("catalog", "file", "run.sh", "x"), "failure\nonly XML files and pictures are taken\n");
  EXPECT_EQ(erp.ask("catalog", "file", "..\\x.xml", "x"), "failure\nbad file name\n");
  EXPECT_EQ(erp.ask("catalog", "file", "a.xml", std::string(3 << 20, 'x')), "failure\na piece is larger than file_limit\n");
}

TEST(erp_dialogue, keeps_pictures_for_whoever_asks_by_the_path_in_the_catalogue) {
  erp_client erp;
  erp.ask("catalog", "checkauth");
  const std::string path = "import_files/2d/2da6aaa1-ef57-5cc6-85bd-61da2c09c39b.jpg";
  EXPECT_EQ(erp.ask("catalog", "file", "upload/1c/webdata/" + path, "\xFF\xD8one"), "success\n");
  EXPECT_EQ(erp.ask("catalog", "file", path, "two"), "success\n");
  erp.restart();
  EXPECT_EQ(erp.ours().photo(path), "\xFF\xD8onetwo");
  EXPECT_EQ(erp.ours().photo("import_files/never.jpg"), std::nullopt);
  EXPECT_EQ(erp.ours().photo("../session"), std::nullopt);
}

TEST(erp_dialogue, leaves_no_number_and_no_name_readable_on_disk) {
  erp_client erp;
  erp.ask("sale", "checkauth");
  EXPECT_EQ(erp.send("sale", "orders-1.xml", erp_file("cml_orders_from_erp_container_utf8.xml")), "success\nimported 4\n");
  std::size_t looked = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(erp.directory.path())) {
    if (!entry.is_regular_file()) continue;
    const auto bytes = bytes_of(entry.path());
    EXPECT_EQ(bytes.find("0000101"), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find("Ганна"), std::string::npos) << entry.path();
    ++looked;
  }
  EXPECT_GE(looked, 3u);
}

}  // namespace
