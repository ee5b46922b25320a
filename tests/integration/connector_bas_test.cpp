// The exchange of an ERP over HTTP with hub-connector as a process and a real RabbitMQ: what was answered with success is on the
// queues, whatever is killed between two steps.

#include "hub/base/text.hpp"
#include "tests/integration/connector_fixture.hpp"
#include "tests/support/erp_files.hpp"

namespace {

using namespace connector_tests;
using test_support::erp_file;
using testing::StartsWith;

class bas : public connector_fixture {
 protected:
  static inline const std::map<std::string, std::string> secrets{{"HUB__CONNECTORS__BAS__MAIN__USER", "erp_demo"},
                                                                 {"HUB__CONNECTORS__BAS__MAIN__PASSWORD", "sample-password"}};

  hub::http::incoming step(const connector_process& at, const std::string& mode, const std::string& filename = "",
                           const std::string& body = "", const std::string& type = "catalog") {
    hub::http::outgoing r;
    r.method = mode == "file" ? "POST" : "GET";
    r.url = at.webhook();
    r.url.replace(r.url.find("/webhooks"), std::string::npos, "/exchange/bas/main?type=" + type + "&mode=" + mode);
    if (!filename.empty()) r.url += "&filename=" + filename;
    r.body = body;
    r.total_time = 10s;
    if (mode == "checkauth")
      r.head.set("Authorization", "Basic " + hub::to_base64("erp_demo:sample-password"));
    else
      r.head.set("Cookie", "HUBSESS=" + session_);
    auto said = ask(std::move(r));
    if (mode == "checkauth" && said.body.starts_with("success")) session_ = hub::split(said.body, '\n').at(2);
    return said;
  }
  /// As the ERP does: again while it is progress; what is killed on the way is brought back and asked again.
  std::string imported(connector_process& at, const std::string& filename) {
    std::string said;
    const bool ended = wait_until(
        [&] {
          try {
            said = step(at, "import", filename).body;
          } catch (const hub::error&) {
            at.process().wait(10s);
            at.start();
            said.clear();
          }
          return !said.empty() && !said.starts_with("progress") && said.find("is starting") == std::string::npos;
        },
        30s);
    EXPECT_TRUE(ended) << at.log();
    return said;
  }
  void send(const connector_process& at, const std::string& filename, const std::string& bytes) {
    for (std::size_t from = 0; from < bytes.size(); from += 40'000)
      ASSERT_EQ(step(at, "file", filename, bytes.substr(from, 40'000)).body, "success\n");
  }
  void begin(const connector_process& at) {
    ASSERT_TRUE(wait_until([&] { return step(at, "checkauth").body.starts_with("success\nHUBSESS\n"); }, 20s)) << at.log();
    ASSERT_THAT(step(at, "init").body, StartsWith("zip=no\n"));
  }

  std::string session_;
};

TEST_F(bas, a_catalogue_comes_to_the_queues_with_what_it_held) {
  const auto url = test_support::fresh_vhost();
  connector_process program(url, "bas: {main: {}}", secrets);
  program.start();
  begin(program);
  send(program, "import0_1.xml", erp_file("cml_import_full_utf8.xml"));
  EXPECT_EQ(imported(program, "import0_1.xml"), "success\nimported 50\n");
  send(program, "offers0_1.xml", erp_file("cml_offers_full_utf8.xml"));
  EXPECT_EQ(imported(program, "offers0_1.xml"), "success\nimported 50\n");
  EXPECT_EQ(step(program, "complete").body, "success\n");
  const auto events = take_events(url, {}, 101);
  std::map<std::string, int> kinds;
  for (const auto& e : events) ++kinds[std::string(hub::message::kind_of(e))];
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"exchange", 1}, {"vehicle", 100}}));
}

TEST_F(bas, a_client_without_its_password_or_session_is_told_so_with_200) {
  connector_process program(test_support::fresh_vhost(), "bas: {main: {}}", secrets);
  program.start();
  ASSERT_TRUE(wait_until([&] { return step(program, "import", "a.xml").body == "failure\nno session\n"; }, 20s));
  EXPECT_EQ(step(program, "import", "a.xml").status, 200);
  hub::http::outgoing stranger;
  stranger.url = program.webhook();
  stranger.url.replace(stranger.url.find("/webhooks"), std::string::npos, "/exchange/bas/other?type=catalog&mode=checkauth");
  EXPECT_EQ(ask(stranger).status, 404);
}

TEST_F(bas, a_file_that_was_cut_puts_nothing_on_the_queues) {
  const auto url = test_support::fresh_vhost();
  connector_process program(url, "bas: {main: {}}", secrets);
  program.start();
  begin(program);
  send(program, "import0_1.xml", erp_file("cml_import_truncated.xml"));
  EXPECT_THAT(imported(program, "import0_1.xml"), StartsWith("failure\nline "));
  send(program, "orders-1.xml", erp_file("cml_orders_from_erp_cp1251.xml"));
  EXPECT_EQ(imported(program, "orders-1.xml"), "success\nimported 6\n");
  const auto events = take_events(url, {}, 6);
  for (const auto& e : events) EXPECT_NE(hub::message::kind_of(e), "vehicle") << e.key;
}

TEST_F(bas, killed_wherever_it_stands_it_tells_everything_after_its_restart) {
  test_support::erp_account expected;
  expected.import("cml_import_full_utf8.xml");
  std::set<std::string> wanted;
  for (const auto& e : expected.events) wanted.insert(e.key);
  ASSERT_EQ(wanted.size(), 50u);
  for (const auto* place : {"erp.complete=kill", "erp.ready=kill", "erp.read=kill", "erp.published=kill"}) {
    SCOPED_TRACE(place);
    const auto url = test_support::fresh_vhost();
    connector_process program(url, "bas: {main: {}}", secrets);
    program.start(place);
    begin(program);
    send(program, "import0_1.xml", erp_file("cml_import_full_utf8.xml"));
    EXPECT_EQ(imported(program, "import0_1.xml"), "success\nimported 50\n");
    // Killed after its answer it is not asked again.
    if (program.process().wait(2s)) program.start();
    const auto keys = take(url, wanted);
    for (const auto& key : wanted) EXPECT_GE(keys.count(key), 1u) << key;
  }
}

}  // namespace
