// hub-connector as a process, with a real RabbitMQ: what it answered 200 is on the queues, whatever is killed.

#include "hub/http/server.hpp"
#include "hub/message/json.hpp"
#include "tests/integration/connector_fixture.hpp"

#include <thread>

namespace {

using namespace connector_tests;

std::string text_body(int n, int person = 0) {
  return R"({"event":"message","timestamp":1794988925311,"message_token":)" +
         std::to_string(6214870800000000000ULL + static_cast<unsigned>(n)) + R"(,"sender":{"id":"person-)" +
         std::to_string(person) + R"("},"message":{"type":"text","text":"hello"}})";
}
std::string key(int n) { return "viber:main:message:" + std::to_string(6214870800000000000ULL + static_cast<unsigned>(n)); }

class connector : public connector_fixture {
 protected:
  static hub::http::outgoing callback(const connector_process& at, const std::string& body) {
    hub::http::outgoing r;
    r.method = "POST";
    r.url = at.webhook();
    r.body = body;
    r.head.set("X-Viber-Content-Signature", hub::to_hex(hub::hmac_sha256(token, body)));
    r.total_time = 10s;
    return r;
  }
  int send(const connector_process& to, int n) { return ask(callback(to, text_body(n, n % 7))).status; }
};

TEST_F(connector, puts_signed_callbacks_on_their_shards) {
  const auto url = test_support::fresh_vhost();
  connector_process program(url);
  program.start();
  ASSERT_TRUE(wait_until([&] { return connectors_list(program).find("\"direct\"") != std::string::npos; }, 20s)) << program.log();
  std::set<std::string> sent;
  for (int n = 0; n < 50; ++n) {
    ASSERT_EQ(send(program, n), 200);
    sent.insert(key(n));
  }
  const auto got = take(url, sent);
  EXPECT_EQ(got.size(), sent.size()) << "each once";
  EXPECT_THAT(connectors_list(program), HasSubstr("\"last_event_at\":\"20"));
}

TEST_F(connector, refuses_what_is_not_signed_and_answers_strangers_alike) {
  connector_process program(test_support::fresh_vhost());
  program.start();
  auto forged = callback(program, text_body(1));
  forged.body += " ";
  const auto refused = ask(forged);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, "");
  auto stranger = callback(program, text_body(1));
  stranger.url += "x";
  auto nowhere = callback(program, text_body(1));
  nowhere.url.replace(nowhere.url.find("/webhooks"), std::string::npos, "/webhooks/none/main");
  const auto a = ask(stranger), b = ask(nowhere);
  EXPECT_EQ(a.status, 404);
  EXPECT_EQ(b.status, 404);
  EXPECT_EQ(a.body, b.body);
}

TEST_F(connector, greets_who_opens_the_chat_in_the_very_answer) {
  connector_process program(test_support::fresh_vhost());
  program.start();
  const auto greeted =
      ask(callback(program, R"({"event":"conversation_started","timestamp":1794988872457,"message_token":1,"type":"open",)"
                            R"("user":{"id":"a"},"subscribed":false})"));
  EXPECT_EQ(greeted.status, 200);
  EXPECT_EQ(greeted.body, R"({"sender":{"name":"Test"},"tracking_data":"hub:welcome","type":"text","text":"Hello"})");
}

TEST_F(connector, quarantines_an_authentic_body_it_cannot_read_and_reads_it_later) {
  const auto url = test_support::fresh_vhost();
  connector_process program(url);
  program.start("viber.parse=throw@person-3");
  const auto body = text_body(3, 3);
  EXPECT_EQ(ask(callback(program, body)).status, 200);
  const auto unparsed = "viber:main:unparsed:" + hub::to_hex(hub::sha256(body));
  EXPECT_EQ(take(url, {unparsed}).count(unparsed), 1u);
  const auto query = std::string("?channel=viber&account=main");
  EXPECT_EQ(inside(program, "POST", "/internal/normalize" + query, body).status, 422);
  program.process().kill(SIGTERM);
  EXPECT_EQ(program.process().wait(15s), 0);
  program.start();
  const auto sealed = hub::seal(hub::secret("seal key of the test"), body);
  for (const auto& given : {body, sealed}) {
    const auto mended = inside(program, "POST", "/internal/normalize" + query, given);
    EXPECT_EQ(mended.status, 200);
    EXPECT_THAT(mended.body, HasSubstr(key(3)));
  }
}

TEST_F(connector, takes_a_websites_activities_in_and_tells_the_site_what_is_wrong_with_them) {
  const auto url = test_support::fresh_vhost();
  connector_process program(url);
  program.start();
  ASSERT_TRUE(wait_until([&] { return connectors_list(program).find("\"direct\"") != std::string::npos; }, 20s)) << program.log();
  const auto send = [&](const std::string& body, const std::string& secret = site_secret) {
    hub::http::outgoing r;
    r.method = "POST";
    r.url = program.webhook("activity");
    r.body = body;
    r.head.set("X-Leadyard-Signature", hub::to_hex(hub::hmac_sha256(secret, body)));
    r.total_time = 10s;
    return ask(std::move(r));
  };
  const auto body = [](const std::string& id, const std::string& cost) {
    return R"({"id":")" + id + R"(","activity":"quote","at":"2026-11-20T08:00:00Z","company":{"id":"c-1"},"total_cost":)" + cost +
           "}";
  };
  const auto forged = send(body("a-1", "5"), "another secret");
  EXPECT_EQ(forged.status, 401);
  EXPECT_EQ(forged.body, "");
  const auto refused = send(body("a-2", "-5"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(*refused.head.find("Content-Type"), "application/problem+json");
  EXPECT_THAT(refused.body, HasSubstr(R"("field":"/total_cost")"));
  EXPECT_EQ(send(std::string(65 << 10, ' ') + body("a-3", "5")).status, 413);
  // The same activity twice has the same key, the worker knows it again; then one more, so that all came before it.
  for (const auto* id : {"a-4", "a-4", "a-5"}) EXPECT_EQ(send(body(id, "5")).status, 200);
  const auto got = take(url, {"activity:main:a-4", "activity:main:a-5"});
  EXPECT_EQ(got, (std::multiset<std::string>{"activity:main:a-4", "activity:main:a-4", "activity:main:a-5"}));
}

TEST_F(connector, lets_only_programs_of_the_hub_in) {
  connector_process program(test_support::fresh_vhost());
  program.start();
  for (const auto& shown : {std::string(), std::string("wrong"), std::string(internal_token) + "x"})
    EXPECT_EQ(inside(program, "GET", "/internal/connectors", {}, shown).status, 401);
  EXPECT_EQ(inside(program, "GET", "/internal/media?channel=viber&account=main&reference=abc").status, 403);
  EXPECT_EQ(inside(program, "GET", "/internal/media?channel=viber&account=none&reference=abc").status, 404);
  EXPECT_EQ(inside(program, "GET", "/readyz").status, 200);
  EXPECT_EQ(inside(program, "GET", "/livez").status, 200);
  EXPECT_THAT(inside(program, "GET", "/metrics").body, HasSubstr("hub_spool_pending"));
}

TEST_F(connector, answers_on_while_the_broker_is_killed_and_drains_when_it_is_back) {
  test_support::own_rabbitmq broker;
  connector_process program(broker.url());
  program.start();
  ASSERT_TRUE(wait_until([&] { return connectors_list(program).find("\"direct\"") != std::string::npos; }, 30s)) << program.log();
  std::set<std::string> sent;
  int n = 0, slow = 0;
  const auto post = [&] {
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_EQ(send(program, n), 200);
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_LT(took, 2500ms);
    slow += took > 700ms;
    sent.insert(key(n++));
  };
  // RabbitMQ 3.10 writes a new queue's place in its directory half a second late: a node killed before that has
  // the queue's name and no queue. Traffic until then, as a hub in service has it.
  for (const auto settled = std::chrono::steady_clock::now() + 2s; std::chrono::steady_clock::now() < settled;) post();
  slow = 0;
  broker.kill();
  for (int i = 0; i < 100; ++i) post();
  EXPECT_LE(slow, 1) << "one request waits, the rest do not";
  EXPECT_EQ(inside(program, "GET", "/readyz").status, 200);
  EXPECT_THAT(connectors_list(program), HasSubstr("\"mode\":\"spool\""));

  // The connector dies with a full spool; its successor adopts it.
  program.process().kill(SIGKILL);
  program.process().wait(5s);
  program.start();
  for (int i = 0; i < 10; ++i) post();
  broker.start();
  ASSERT_TRUE(wait_until([&] { return connectors_list(program).find("\"direct\"") != std::string::npos; }, 60s)) << program.log();
  EXPECT_THAT(connectors_list(program), HasSubstr("\"pending\":0"));
  const auto got = take(broker.url(), sent, 60s);
  for (const auto& k : sent) EXPECT_TRUE(got.contains(k)) << k;
}

TEST_F(connector, hands_out_media_once_fetched_and_forgets_them_when_told) {
  std::atomic<int> asked{0};
  boost::asio::io_context platform_loop;
  hub::http::router routes;
  hub::http::route picture;
  picture.method = "GET";
  picture.pattern = "/{name}";
  picture.handle = [&](hub::http::request r) -> hub::async::task<hub::http::response> {
    ++asked;
    const auto name = r.params.at("name");
    if (name == "gone.jpg") co_return hub::http::response::text(404, "");
    if (name == "busy.jpg") co_return hub::http::response::text(503, "");
    hub::http::response answer;
    if (name == "moved.jpg") {
      answer.status = 302;
      answer.head.set("Location", "/a.jpg");
    } else if (name == "round.jpg") {
      answer.status = 302;
      answer.head.set("Location", "/round.jpg");
    } else {
      answer.body = "the bytes of a picture";
    }
    co_return answer;
  };
  routes.add(std::move(picture));
  hub::http::server platform(platform_loop, "platform", std::move(routes), {});
  platform.start();
  std::thread serving([&] { platform_loop.run(); });
  const auto port = std::to_string(platform.port());

  const auto url = test_support::fresh_vhost();
  connector_process program(url);
  program.start();
  const auto seal = [&](const std::string& address, const std::string& account = "main") {
    return hub::seal(hub::secret("seal key of the test"), "viber\n" + account + "\n4102444800000\n" + address);
  };
  const auto media = [&](const std::string& method, const std::string& reference) {
    return inside(program, method, "/internal/media?channel=viber&account=main&reference=" + reference);
  };
  const auto reference = seal("http://127.0.0.1:" + port + "/a.jpg");
  EXPECT_EQ(media("GET", reference).body, "the bytes of a picture");
  EXPECT_EQ(media("GET", reference).body, "the bytes of a picture");
  EXPECT_EQ(asked, 1) << "a second worker's question is answered from disk";
  EXPECT_EQ(media("DELETE", reference).status, 204);
  EXPECT_EQ(media("GET", reference).status, 200);
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(media("GET", seal("http://127.0.0.1:" + port + "/moved.jpg")).body, "the bytes of a picture");
  EXPECT_EQ(media("GET", seal("http://127.0.0.1:" + port + "/gone.jpg")).status, 410);
  const auto busy = media("GET", seal("http://127.0.0.1:" + port + "/busy.jpg"));
  EXPECT_EQ(busy.status, 502);
  EXPECT_NE(busy.head.find("X-Leadyard-Retry"), nullptr);
  EXPECT_EQ(media("GET", seal("http://127.0.0.1:" + port + "/round.jpg")).status, 502);
  EXPECT_EQ(media("GET", seal("ftp://127.0.0.1:" + port + "/a.jpg")).status, 403);
  EXPECT_EQ(media("GET", seal("http://127.0.0.1:" + port + "/a.jpg", "other")).status, 403);
  const auto expired = hub::seal(hub::secret("seal key of the test"), "viber\nmain\n1000\nhttp://127.0.0.1:" + port + "/b.jpg");
  EXPECT_EQ(media("GET", expired).status, 410);
  platform_loop.stop();
  serving.join();
}

}  // namespace
