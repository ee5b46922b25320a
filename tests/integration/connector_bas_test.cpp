// The exchange of an ERP over HTTP with hub-connector as a process and a real RabbitMQ: what was answered with success is on the
// queues, whatever is killed between two steps.

#include "hub/base/text.hpp"
#include "hub/http/text.hpp"
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

TEST_F(bas, an_order_comes_to_the_erp_and_the_hub_hears_of_it_whatever_is_killed) {
  const std::string order = R"({"hub_id":"lead-7","version":"v1","placed_at":"2026-02-11T07:40:00Z","customer_id":"hub-7",)"
                            R"("customer_name":"Новий Клієнт","vehicles":[{"id":"44f7f348-e396-5700-9584-3c47d7ad26ec",)"
                            R"("name":"Ford Fusion 2015","price":"2331000.50"}],"total":"2331000.50","currency":"UAH"})";
  for (const auto* place : {"erp.order_kept=kill", "erp.orders_given=kill:1@lead", "erp.orders_told=kill", "erp.order_taken=kill",
                            "erp.published=kill"}) {
    SCOPED_TRACE(place);
    const auto url = test_support::fresh_vhost();
    connector_process program(url, "bas: {main: {}}", secrets);
    program.start(place);
    // As a worker does, and the ERP: again until they are answered.
    const auto insist = [&](const std::function<hub::http::incoming()>& ask_it) {
      std::string said;
      const bool answered = wait_until(
          [&] {
            try {
              const auto got = ask_it();
              said = got.body;
              return got.status == 200 && said.find("is starting") == std::string::npos;
            } catch (const hub::error&) {
              program.process().wait(10s);
              program.start();
              return false;
            }
          },
          30s);
      EXPECT_TRUE(answered) << program.log();
      return said;
    };
    EXPECT_EQ(insist([&] { return inside(program, "POST", "/internal/order?channel=bas&account=main", order); }),
              R"({"state":"kept"})");
    insist([&] { return step(program, "checkauth", "", "", "sale"); });
    EXPECT_THAT(insist([&] { return step(program, "query", "", "", "sale"); }), HasSubstr(">lead-7</"));
    EXPECT_EQ(insist([&] { return step(program, "success", "", "", "sale"); }), "success\n");
    if (program.process().wait(2s)) program.start();
    const auto key = "bas:main:order_handed:lead-7:1:" + hub::to_hex(hub::sha256("v1")).substr(0, 16);
    const auto events = take_events(url, {key});
    for (const auto& e : events) {
      EXPECT_EQ(e.key, key);
      EXPECT_EQ(std::get<hub::message::order_handed>(e.data).version, "v1");
    }
    EXPECT_FALSE(events.empty());
    insist([&] { return step(program, "checkauth", "", "", "sale"); });
    EXPECT_EQ(insist([&] { return step(program, "query", "", "", "sale"); }).find("lead-7"), std::string::npos);
    const auto nothing_waits = [&] {
      return inside(program, "GET", "/metrics").body.find("hub_erp_orders_waiting{account=\"main\",channel=\"bas\"} 0") !=
             std::string::npos;
    };
    EXPECT_TRUE(wait_until(nothing_waits, 20s)) << inside(program, "GET", "/metrics").body;
  }
}

TEST_F(bas, a_worker_gets_the_pictures_of_a_vehicle_once_they_are_there) {
  const auto url = test_support::fresh_vhost();
  connector_process program(url, "bas: {main: {}}", secrets);
  program.start();
  begin(program);
  send(program, "import0_1.xml", erp_file("cml_import_full_utf8.xml"));
  EXPECT_EQ(imported(program, "import0_1.xml"), "success\nimported 50\n");
  const std::string id = "2da6aaa1-ef57-5cc6-85bd-61da2c09c39b";
  std::string reference;
  for (const auto& e : take_events(url, {}, 50))
    if (const auto* car = std::get_if<hub::message::vehicle>(&e.data); car && car->id == id)
      reference = car->photos.at(0).reference;
  ASSERT_FALSE(reference.empty());
  const auto fetch = [&] {
    return inside(program, "GET", "/internal/media?channel=bas&account=main&reference=" + hub::http::percent_encode(reference));
  };
  // The ERP sends them when it likes: to be asked for again.
  auto got = fetch();
  EXPECT_GE(got.status, 500);
  ASSERT_TRUE(got.head.find("X-Leadyard-Retry"));
  const std::string first(1000, '\xFF'), second(500, 'x');
  EXPECT_EQ(step(program, "file", "import_files/2d/" + id + ".jpg", first).body, "success\n");
  EXPECT_GE(fetch().status, 500) << "half a picture";
  EXPECT_EQ(step(program, "file", "import_files/2d/" + id + ".jpg", second).body, "success\n");
  EXPECT_EQ(step(program, "complete").body, "success\n");
  got = fetch();
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, first + second);
  program.process().kill();
  program.process().wait(10s);
  program.start();
  EXPECT_TRUE(wait_until([&] { return fetch().body == first + second; }, 20s));
  EXPECT_EQ(inside(program, "GET", "/internal/media?channel=bas&account=main&reference=another").status, 403);
}

}  // namespace
