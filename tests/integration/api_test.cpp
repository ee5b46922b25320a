// hub-api as its clients meet it: a real database, a real socket, the whole of hub/api between them.

#include "hub/api/routes.hpp"
#include "hub/api/session.hpp"
#include "hub/async/within.hpp"
#include "hub/base/crypto.hpp"
#include "hub/http/client.hpp"
#include "hub/http/server.hpp"
#include "tests/support/servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <thread>

namespace hub::api {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::UnorderedElementsAre;

struct hand_clock : clock {
  std::atomic<std::int64_t> ahead{0};  ///< seconds
  instant now() const override { return real_clock().now() + std::chrono::seconds(ahead.load()); }
  std::chrono::steady_clock::time_point steady() const override {
    return real_clock().steady() + std::chrono::seconds(ahead.load());
  }
};

/// The API on a loop of its own, and clients on another.
class running_api {
 public:
  running_api() : database_url(test_support::fresh_database()) {
    crypto_start();
    db::connect_options to;
    to.url = secret(database_url);
    direct = std::make_unique<db::connection>(to);
    with = std::make_unique<services>(to, 4, home / "media", time);
    server_ = std::make_unique<http::server>(loop_, "api", make_routes(*with), http::listen_options{});
    server_->start();
    client_ = std::make_unique<http::client>(client_loop_);
    threads_.emplace_back([this] { loop_.run(); });
    threads_.emplace_back([this] { client_loop_.run(); });
  }
  ~running_api() {
    asio_stop();
    client_.reset();
    client_work_.reset();
    work_.reset();
    client_loop_.stop();
    loop_.stop();
    for (auto& t : threads_) t.join();
  }

  http::outgoing to(const std::string& method, const std::string& path, const std::string& token = {},
                    std::string body = {}) const {
    http::outgoing made;
    made.method = method;
    made.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    if (!token.empty()) made.head.set("Cookie", "leadyard_session=" + token);
    if (!body.empty()) made.head.set("Content-Type", "application/json");
    made.body = std::move(body);
    made.max_body = 16_MiB;
    made.total_time = 60s;
    return made;
  }
  http::incoming ask(http::outgoing request) { return spawn(fetch(std::move(request))).get(); }
  http::incoming get(const std::string& path, const std::string& token = {}) { return ask(to("GET", path, token)); }
  http::incoming post(const std::string& path, const std::string& token = {}, std::string body = {}) {
    return ask(to("POST", path, token, std::move(body)));
  }
  async::task<http::incoming> fetch(http::outgoing request) {
    auto answer = co_await client_->fetch(std::move(request));
    co_return answer;
  }
  template <class T>
  std::future<T> spawn(async::task<T> work) {
    return boost::asio::co_spawn(client_loop_, std::move(work), boost::asio::use_future);
  }

  /// A session as signing in would make it, without the 50 ms of argon2id.
  std::string session_of(std::int64_t staff) {
    const auto token = random_token();
    const auto hash = sha256(token);
    const std::string bytes(reinterpret_cast<const char*>(hash.data()), hash.size());
    direct->transact([&](pqxx::work& sql) {
      sql.exec_params(
          "insert into hub.web_session (token_hash, staff_id, expires_at) values ($1, $2, now() + interval '12 hours')",
          pqxx::binarystring(bytes), staff);
    });
    return token;
  }
  template <class... Params>
  std::int64_t number(const std::string& sql_text, Params... params) {
    return direct->transact(
        [&](pqxx::work& sql) { return sql.exec_params1(sql_text, params...)[0].template as<std::int64_t>(); });
  }
  template <class... Params>
  void run(const std::string& sql_text, Params... params) {
    direct->transact([&](pqxx::work& sql) { sql.exec_params(sql_text, params...); });
  }

  test_support::temp_dir home;
  std::string database_url;
  hand_clock time;
  std::unique_ptr<db::connection> direct;
  std::unique_ptr<services> with;

 private:
  void asio_stop() {
    auto stopping = boost::asio::co_spawn(loop_, server_->stop(), boost::asio::use_future);
    stopping.wait_for(5s);
  }

  boost::asio::io_context loop_, client_loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()},
      client_work_{client_loop_.get_executor()};
  std::unique_ptr<http::server> server_;
  std::unique_ptr<http::client> client_;
  std::vector<std::thread> threads_;
};

boost::json::value json(const http::incoming& from) { return boost::json::parse(from.body); }

std::string header(const http::incoming& from, std::string_view name) {
  const auto* found = from.head.find(name);
  return found ? *found : std::string();
}

/// Staff of two teams and five leads; ids are asked for by name.
class api : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    hub_ = new running_api;
    const auto hash = hash_password("a right password");
    for (const auto& [name, role] : std::vector<std::pair<std::string, std::string>>{{"ann", "manager"},
                                                                                     {"bob", "manager"},
                                                                                     {"eve", "manager"},
                                                                                     {"sue", "supervisor"},
                                                                                     {"adam", "admin"},
                                                                                     {"ada", "admin"},
                                                                                     {"ian", "analyst"}})
      staff_[name] = hub_->number(
          "insert into hub.staff (name, email, role, password_hash) values ($1, $1 || '@example.com', $2::text::hub.user_role, "
          "$3) returning id",
          name, role, hash);
    hub_->run("select hub.activate_rules(repeat('a', 64), '', 'test', $1::jsonb)",
              std::string(R"([{"name": "sales", "members": [{"email": "ann@example.com"}, {"email": "bob@example.com"},
                {"email": "sue@example.com", "supervisor": true}, {"email": "ada@example.com", "supervisor": true}]},
                {"name": "service", "members": [{"email": "eve@example.com"}]}])"));
    for (const auto& [name, team, owner] :
         std::vector<std::tuple<std::string, std::string, std::string>>{{"anns", "sales", "ann"},
                                                                        {"waiting", "sales", ""},
                                                                        {"bobs", "sales", "bob"},
                                                                        {"service waiting", "service", ""},
                                                                        {"eves", "service", "eve"}})
      leads_[name] = make_lead("Customer of " + name, team, owner);
    for (const auto& [name, id] : staff_) sessions_[name] = hub_->session_of(id);
  }
  static void TearDownTestSuite() {
    delete hub_;
    hub_ = nullptr;
  }

  static std::int64_t make_lead(const std::string& customer_name, const std::string& team, const std::string& owner) {
    const auto customer = hub_->number("insert into hub.customer (first_name) values ($1) returning id", customer_name);
    const auto lead = hub_->number(
        "insert into hub.lead (customer_id, source_channel, team_id, manager_id, assigned_at, queued_at, queue_reason, "
        "last_activity_at)"
        " select $1::bigint, 'viber', t.id, s.id, case when s.id is not null then now() end, case when s.id is null then now() "
        "end,"
        "        case when s.id is null then 'everybody is at capacity' end, now()"
        "   from hub.team t left join hub.staff s on s.name = $3 where t.name = $2 returning id",
        customer, team, owner);
    const auto message = hub_->number(
        "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at)"
        " values ($1, $2, 'viber', 'incoming', 'photo', 'a secret of ' || $3, now()) returning id",
        lead, customer, customer_name);
    auto file = hub_->with->media.begin();
    file.write("\xff\xd8\xff\xe0 a picture of lead " + std::to_string(lead));
    const auto kept = file.finish();
    const auto media = hub_->number(
        "insert into hub.media (file_path, file_type, uploaded_at, lead_id, customer_id, sha256, size, original_name)"
        " values ($1, 'image/jpeg', now(), $2, $3, $4, $5, 'car.jpg') returning id",
        kept.path, lead, customer, kept.sha256, static_cast<std::int64_t>(kept.size));
    hub_->run("insert into hub.message_media (message_id, part, media_id) values ($1, '0', $2)", message, media);
    customers_[lead] = customer;
    media_[lead] = media;
    return lead;
  }

  static std::string lead_path(const std::string& name) { return "/api/v1/leads/" + std::to_string(leads_[name]); }
  static std::string sign_in_body(const std::string& email, const std::string& password) {
    return boost::json::serialize(boost::json::object{{"email", email}, {"password", password}});
  }

  inline static running_api* hub_ = nullptr;
  inline static std::map<std::string, std::int64_t> staff_, leads_;
  inline static std::map<std::int64_t, std::int64_t> customers_, media_;  ///< by lead
  inline static std::map<std::string, std::string> sessions_;
};

// ---- signing in -----------------------------------------------------------------------------------------

TEST_F(api, opens_a_session_for_the_right_password_and_keeps_only_its_hash) {
  const auto answer = hub_->post("/api/v1/session", "", sign_in_body(" Ann@Example.com ", "a right password"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json(answer).at("name").as_string(), "ann");
  const auto line = header(answer, "Set-Cookie");
  EXPECT_THAT(line, HasSubstr("; HttpOnly"));
  EXPECT_THAT(line, HasSubstr("; SameSite=Lax"));
  EXPECT_THAT(line, HasSubstr("; Path=/"));
  const auto token = line.substr(line.find('=') + 1, line.find(';') - line.find('=') - 1);
  EXPECT_EQ(hub_->get("/api/v1/me", token).status, 200);
  EXPECT_EQ(hub_->number("select count(*) from hub.web_session where token_hash = sha256(convert_to($1, 'utf8'))", token), 1);
  EXPECT_EQ(hub_->number("select count(*) from hub.web_session w where w::text like '%' || $1 || '%'", token), 0);

  auto sign_out = hub_->to("DELETE", "/api/v1/session", token);
  EXPECT_EQ(hub_->ask(sign_out).status, 204);
  EXPECT_EQ(hub_->get("/api/v1/me", token).status, 401);
}

TEST_F(api, answers_a_wrong_password_and_an_unknown_person_alike) {
  const auto wrong = hub_->post("/api/v1/session", "", sign_in_body("bob@example.com", "a wrong password"));
  const auto unknown = hub_->post("/api/v1/session", "", sign_in_body("nobody@example.com", "a wrong password"));
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(header(wrong, "Set-Cookie"), "");
  EXPECT_EQ(header(wrong, "Content-Type"), "application/problem+json");
}

TEST_F(api, slows_down_guesses_and_lets_the_person_in_again_after_the_wait) {
  std::set<int> answers;
  for (int i = 0; i < 8; ++i) answers.insert(hub_->post("/api/v1/session", "", sign_in_body("eve@example.com", "guess")).status);
  EXPECT_THAT(answers, UnorderedElementsAre(401, 429));
  const auto right = hub_->post("/api/v1/session", "", sign_in_body("eve@example.com", "a right password"));
  EXPECT_EQ(right.status, 429);
  EXPECT_GT(std::stoi(header(right, "Retry-After")), 0);
  hub_->time.ahead += 60;
  EXPECT_EQ(hub_->post("/api/v1/session", "", sign_in_body("eve@example.com", "a right password")).status, 200);
  hub_->time.ahead -= 60;
}

TEST_F(api, names_the_field_of_a_bad_sign_in) {
  const auto answer = hub_->post("/api/v1/session", "", R"({"email": "ann@example.com"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(json(answer).at("field").as_string(), "password");
  EXPECT_EQ(hub_->post("/api/v1/session", "", "{").status, 400);
  EXPECT_EQ(hub_->post("/api/v1/session", "", R"({"email": "a@example.com", "password": "x", "role": "admin"})").status, 400);
}

TEST_F(api, ends_a_session_after_half_an_hour_without_use_and_keeps_it_while_used) {
  const auto used = hub_->session_of(staff_["ann"]);
  const auto left = hub_->session_of(staff_["ann"]);
  for (int minutes = 20; minutes <= 60; minutes += 20) {
    hub_->time.ahead = minutes * 60;
    EXPECT_EQ(hub_->get("/api/v1/me", used).status, 200);
    auto by_itself = hub_->to("GET", "/api/v1/me", left);
    by_itself.head.set("Leadyard-Background", "true");
    EXPECT_EQ(hub_->ask(by_itself).status, minutes < 30 ? 200 : 401);
  }
  hub_->time.ahead = 13 * 3600;
  EXPECT_EQ(hub_->get("/api/v1/me", used).status, 401);
  hub_->time.ahead = 0;
}

TEST_F(api, shuts_out_a_person_who_is_deactivated) {
  const auto token = hub_->session_of(staff_["bob"]);
  EXPECT_EQ(hub_->get("/api/v1/leads", token).status, 200);
  hub_->run("update hub.staff set active = false where name = 'bob'");
  EXPECT_EQ(hub_->get("/api/v1/leads", token).status, 401);
  hub_->run("update hub.staff set active = true where name = 'bob'");
}

// ---- other sites ----------------------------------------------------------------------------------------

TEST_F(api, refuses_every_change_that_another_site_asks_for) {
  for (const auto& row : policy()) {
    if (row.method == "GET") continue;
    std::string path(row.route);
    if (const auto at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, std::to_string(leads_["waiting"]));
    for (const auto& [name, value] :
         std::vector<std::pair<std::string, std::string>>{{"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}}) {
      auto request = hub_->to(std::string(row.method), path, sessions_["ann"], row.method == "POST" ? "{}" : "");
      request.head.set(name, value);
      EXPECT_EQ(hub_->ask(request).status, 403) << path << " " << name;
    }
  }
  EXPECT_EQ(hub_->number("select count(*) from hub.lead where id = $1 and manager_id is null", leads_["waiting"]), 1);
}

TEST_F(api, changes_nothing_by_get) { EXPECT_EQ(hub_->get(lead_path("waiting") + "/claim", sessions_["ann"]).status, 405); }

// ---- who sees what --------------------------------------------------------------------------------------

struct sight {
  std::set<std::string> visible, open;
};

TEST_F(api, shows_each_role_exactly_the_leads_of_the_policy_on_every_route) {
  const std::set<std::string> everything{"anns", "waiting", "bobs", "service waiting", "eves"};
  const std::set<std::string> sales{"anns", "waiting", "bobs"};
  const std::map<std::string, sight> expected{{"ann", {{"anns", "waiting"}, {"anns", "waiting"}}},
                                              {"bob", {{"bobs", "waiting"}, {"bobs", "waiting"}}},
                                              {"eve", {{"eves", "service waiting"}, {"eves", "service waiting"}}},
                                              {"sue", {sales, sales}},
                                              {"ada", {everything, sales}},
                                              {"adam", {everything, {}}},
                                              {"ian", {everything, {}}}};
  for (const auto& [who, sees] : expected) {
    const auto& token = sessions_[who];
    std::set<std::int64_t> listed, wanted;
    const auto page = json(hub_->get("/api/v1/leads?limit=200", token));
    for (const auto& lead : page.at("leads").as_array()) listed.insert(lead.at("id").as_int64());
    for (const auto& name : sees.visible) wanted.insert(leads_[name]);
    EXPECT_EQ(listed, wanted) << who;
    for (const auto& name : everything) {
      SCOPED_TRACE(who + " looks at " + name);
      const auto id = leads_[name];
      const bool visible = sees.visible.count(name), open = sees.open.count(name);
      const auto one = hub_->get(lead_path(name), token);
      const auto timeline = hub_->get(lead_path(name) + "/timeline", token);
      const auto customer = hub_->get("/api/v1/customers/" + std::to_string(customers_[id]), token);
      const auto file = hub_->get("/api/v1/media/" + std::to_string(media_[id]), token);
      EXPECT_EQ(one.status, visible ? 200 : 404);
      EXPECT_EQ(timeline.status, visible ? 200 : 404);
      EXPECT_EQ(customer.status, visible ? 200 : 404);
      EXPECT_EQ(file.status, who == "ian" ? 403 : open ? 200 : 404);
      for (const auto* answer : {&one, &timeline, &customer}) {
        if (open) {
          EXPECT_THAT(answer->body, HasSubstr(answer == &timeline ? "a secret of" : "Customer of"));
        } else {
          EXPECT_THAT(answer->body, Not(HasSubstr("a secret of")));
          EXPECT_THAT(answer->body, Not(HasSubstr("Customer of")));
        }
      }
    }
  }
}

TEST_F(api, lets_nobody_in_without_a_session) {
  for (const auto& row : policy()) {
    if (row.open) continue;
    std::string path(row.route);
    if (const auto at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, std::to_string(leads_["anns"]));
    EXPECT_EQ(hub_->ask(hub_->to(std::string(row.method), path)).status, 401) << path;
    EXPECT_EQ(hub_->ask(hub_->to(std::string(row.method), path, random_token())).status, 401) << path;
  }
}

TEST_F(api, does_not_find_masked_customers_by_name) {
  EXPECT_EQ(json(hub_->get("/api/v1/leads?q=Customer", sessions_["ian"])).at("leads").as_array().size(), 0u);
  EXPECT_EQ(json(hub_->get("/api/v1/leads?q=customer%20of%20ANNS", sessions_["sue"])).at("leads").as_array().size(), 1u);
  EXPECT_EQ(json(hub_->get("/api/v1/leads?q=%25", sessions_["sue"])).at("leads").as_array().size(), 0u);
}

TEST_F(api, filters_and_pages_without_gap_or_double) {
  std::set<std::int64_t> seen;
  std::string before;
  for (int page = 0; page < 10; ++page) {
    const auto answer = json(hub_->get("/api/v1/leads?limit=2" + before, sessions_["adam"]));
    for (const auto& lead : answer.at("leads").as_array()) EXPECT_TRUE(seen.insert(lead.at("id").as_int64()).second);
    if (answer.at("next").is_null()) break;
    before = "&before=" + std::string(answer.at("next").as_string());
  }
  EXPECT_EQ(seen.size(), 5u);
  const auto count = [&](const std::string& query) {
    return json(hub_->get("/api/v1/leads?" + query, sessions_["sue"])).at("leads").as_array().size();
  };
  EXPECT_EQ(count("owner=none"), 1u);
  EXPECT_EQ(count("owner=me"), 0u);
  EXPECT_EQ(count("owner=" + std::to_string(staff_["ann"])), 1u);
  EXPECT_EQ(count("team=sales"), 3u);
  EXPECT_EQ(count("team=service"), 0u);
  EXPECT_EQ(count("status=lost"), 0u);
  for (const auto& [query, field] : std::vector<std::pair<std::string, std::string>>{{"status=nonsense", "status"},
                                                                                     {"limit=0", "limit"},
                                                                                     {"limit=x", "limit"},
                                                                                     {"before=1", "before"},
                                                                                     {"owner=-1", "owner"}}) {
    const auto answer = hub_->get("/api/v1/leads?" + query, sessions_["sue"]);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(json(answer).at("field").as_string(), field);
  }
}

TEST_F(api, writes_down_who_looked_at_a_customer_once_a_look) {
  const auto lead = make_lead("Looked at", "sales", "ann");
  const auto looks = [&] {
    return hub_->number(
        "select count(*) from hub.audit where action = 'customer_view' and subject = 'customer:' || $1::bigint and staff_id = $2",
        customers_[lead], staff_["ann"]);
  };
  EXPECT_EQ(looks(), 0);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(hub_->get("/api/v1/customers/" + std::to_string(customers_[lead]), sessions_["ann"]).status, 200);
  EXPECT_EQ(looks(), 1);
  hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where id = $1", lead);
  hub_->run("delete from hub.message_media where media_id = $1", media_[lead]);
}

// ---- claiming -------------------------------------------------------------------------------------------

TEST_F(api, lets_only_the_team_of_a_lead_claim_it) {
  EXPECT_EQ(hub_->post(lead_path("waiting") + "/claim", sessions_["eve"]).status, 404);
  EXPECT_EQ(hub_->post(lead_path("waiting") + "/claim", sessions_["adam"]).status, 404);
  EXPECT_EQ(hub_->post(lead_path("waiting") + "/claim", sessions_["ian"]).status, 403);
  EXPECT_EQ(hub_->post("/api/v1/leads/999999/claim", sessions_["ann"]).status, 404);
  EXPECT_EQ(hub_->post("/api/v1/leads/nonsense/claim", sessions_["ann"]).status, 404);
  const auto taken = hub_->post(lead_path("bobs") + "/claim", sessions_["ann"]);
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(json(taken).at("owner").at("name").as_string(), "bob");
}

TEST_F(api, gives_each_lead_to_one_of_64_and_tells_all_others_who_that_was) {
  constexpr int people = 64, count = 100;
  hub_->run(
      "insert into hub.staff (name, email, role) select 'racer ' || n, 'racer' || n || '@example.com', 'manager' from "
      "generate_series(1, $1::int) n",
      people);
  hub_->run("insert into hub.team (name) values ('racers')");
  hub_->run(
      "insert into hub.team_member (team_id, staff_id, position) select t.id, s.id, 0 from hub.team t, hub.staff s where t.name "
      "= 'racers' and s.name like 'racer %'");
  const auto customer = hub_->number("insert into hub.customer (first_name) values ('Raced for') returning id");
  const auto first = hub_->number(
      "with made as (insert into hub.lead (customer_id, source_channel, pipeline, team_id, queued_at, last_activity_at)"
      " select $1::bigint, 'viber', 'race ' || n, t.id, now(), now() from hub.team t, generate_series(1, $2::int) n where t.name "
      "= 'racers' returning id)"
      " select min(id) from made",
      customer, count);

  struct result_of {
    std::map<std::int64_t, std::int64_t> won_by;     ///< lead -> person
    std::multimap<std::int64_t, std::int64_t> told;  ///< lead -> who the loser was told
    std::map<int, int> answers;
  } all;
  std::vector<std::pair<std::int64_t, std::string>> racers;
  hub_->direct->transact([&](pqxx::work& sql) {
    for (const auto& row : sql.exec("select id from hub.staff where name like 'racer %' order by id"))
      racers.emplace_back(row[0].as<std::int64_t>(), "");
  });
  for (auto& [id, token] : racers) token = hub_->session_of(id);

  auto race = [&](std::int64_t person, std::string token, int offset) -> async::task<int> {
    for (int i = 0; i < count; ++i) {
      const auto lead = first + (i + offset) % count;
      auto request = hub_->to("POST", "/api/v1/leads/" + std::to_string(lead) + "/claim", token);
      const auto answer = co_await hub_->fetch(std::move(request));
      ++all.answers[answer.status];
      if (answer.status == 200) {
        EXPECT_TRUE(all.won_by.emplace(lead, person).second) << "two winners of " << lead;
      } else if (answer.status == 409) {
        const auto body = boost::json::parse(answer.body);
        EXPECT_FALSE(body.at("since").is_null());
        all.told.emplace(lead, body.at("owner").at("id").as_int64());
      }
    }
    co_return 0;
  };
  std::vector<std::future<int>> running;
  for (std::size_t n = 0; n < racers.size(); ++n)
    running.push_back(hub_->spawn(race(racers[n].first, racers[n].second, static_cast<int>(n) % 7)));
  for (auto& r : running) r.get();

  EXPECT_EQ(all.answers[200], count);
  EXPECT_EQ(all.answers[409], count * (people - 1));
  for (const auto& [lead, told] : all.told) EXPECT_EQ(told, all.won_by.at(lead));
  EXPECT_EQ(hub_->number("select count(*) from hub.lead where pipeline like 'race %' and manager_id is not null and version = 2"),
            count);
  EXPECT_EQ(
      hub_->number(
          "select count(*) from hub.ownership_history h join hub.lead l on l.id = h.lead_id where l.pipeline like 'race %'"),
      count);
  EXPECT_EQ(hub_->number("select sum(open_leads) from hub.staff where name like 'racer %'"), count);
  hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where pipeline like 'race %'");
}

// ---- what strangers sent --------------------------------------------------------------------------------

TEST_F(api, hands_out_a_file_in_ranges_and_never_as_something_that_runs) {
  const auto path = "/api/v1/media/" + std::to_string(media_[leads_["anns"]]);
  const auto whole = hub_->get(path, sessions_["ann"]);
  ASSERT_EQ(whole.status, 200);
  EXPECT_EQ(header(whole, "Content-Type"), "image/jpeg");
  EXPECT_EQ(header(whole, "X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(header(whole, "Content-Security-Policy"), HasSubstr("sandbox"));
  EXPECT_EQ(header(whole, "Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_THAT(header(whole, "Content-Disposition"), testing::StartsWith("inline"));

  auto part = hub_->to("GET", path, sessions_["ann"]);
  part.head.set("Range", "bytes=4-9");
  const auto range = hub_->ask(part);
  EXPECT_EQ(range.status, 206);
  EXPECT_EQ(range.body, whole.body.substr(4, 6));
  EXPECT_EQ(header(range, "Content-Range"), "bytes 4-9/" + std::to_string(whole.body.size()));

  auto beyond = hub_->to("GET", path, sessions_["ann"]);
  beyond.head.set("Range", "bytes=100000-");
  EXPECT_EQ(hub_->ask(beyond).status, 416);
  auto again = hub_->to("GET", path, sessions_["ann"]);
  again.head.set("If-None-Match", header(whole, "ETag"));
  EXPECT_EQ(hub_->ask(again).status, 304);

  hub_->run("update hub.media set file_type = 'text/html', original_name = e'<script>\\r\\nx.html' where id = $1",
            media_[leads_["anns"]]);
  const auto hostile = hub_->get(path, sessions_["ann"]);
  EXPECT_EQ(header(hostile, "Content-Type"), "application/octet-stream");
  EXPECT_THAT(header(hostile, "Content-Disposition"), testing::StartsWith("attachment"));
  EXPECT_THAT(header(hostile, "Content-Disposition"), Not(HasSubstr("<")));
  hub_->run("update hub.media set file_type = 'image/jpeg', original_name = 'car.jpg' where id = $1", media_[leads_["anns"]]);
}

TEST_F(api, hands_out_hostile_words_as_json_text_and_as_nothing_else) {
  const std::vector<std::string> hostile{"<script>alert(1)</script>",     "\"><img src=x onerror=alert(1)>",
                                         "'; drop table hub.lead; --",    "{\"owner\": null}",
                                         "\xe2\x80\xaetxt.exe",           "line\nbreak\ttab\\",
                                         "</title><svg/onload=alert(1)>", "${7*7} {{7*7}} %s%n"};
  for (const auto& text : hostile) {
    const auto lead = make_lead(text, "sales", "ann");
    hub_->run("update hub.message set content = $1 where lead_id = $2", text, lead);
    hub_->run(
        "insert into hub.media_fetch (event_key, part, message_id, channel, account, type, reference, file_name, state)"
        " select 'k' || $1::bigint, '1', m.id, 'viber', 'main', 'file', 'r', $2, 'pending' from hub.message m where m.lead_id = "
        "$1::bigint",
        lead, text);
    const auto path = "/api/v1/leads/" + std::to_string(lead);
    const auto one = hub_->get(path, sessions_["ann"]);
    const auto timeline = hub_->get(path + "/timeline", sessions_["ann"]);
    ASSERT_EQ(one.status, 200) << one.body;
    ASSERT_EQ(timeline.status, 200) << timeline.body;
    for (const auto* answer : {&one, &timeline}) {
      EXPECT_EQ(header(*answer, "Content-Type"), "application/json");
      EXPECT_EQ(header(*answer, "X-Content-Type-Options"), "nosniff");
      EXPECT_EQ(header(*answer, "Cache-Control"), "no-store");
    }
    EXPECT_EQ(json(one).at("lead").at("customer").at("name").as_string(), text);
    const auto parsed = json(timeline);
    EXPECT_EQ(parsed.at("messages").at(0).at("text").as_string(), text);
    std::set<std::string> names;
    for (const auto& m : parsed.at("messages").at(0).at("media").as_array()) names.emplace(m.at("name").as_string());
    EXPECT_TRUE(names.count(text));
    hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where id = $1", lead);
  }
}

TEST_F(api, serves_a_page_that_allows_no_script_but_its_own) {
  const auto page = hub_->get("/");
  ASSERT_EQ(page.status, 200);
  const auto rule = header(page, "Content-Security-Policy");
  EXPECT_THAT(rule, HasSubstr("default-src 'none'"));
  EXPECT_THAT(rule, HasSubstr("require-trusted-types-for 'script'"));
  EXPECT_THAT(rule, Not(HasSubstr("unsafe")));
  EXPECT_THAT(page.body, Not(HasSubstr("style=")));
  EXPECT_THAT(page.body, Not(HasSubstr("onclick")));
  EXPECT_EQ(hub_->get("/page.js").status, 200);
  EXPECT_EQ(hub_->get("/page.css").status, 200);
  EXPECT_EQ(json(hub_->get("/api/v1/openapi.json")).at("openapi").as_string(), "3.1.0");
}

TEST_F(api, orders_the_timeline_by_the_platforms_clock_and_pages_backwards) {
  const auto lead = make_lead("Talkative", "sales", "ann");
  hub_->run("delete from hub.message_media where media_id = $1", media_[lead]);
  hub_->run("delete from hub.message where lead_id = $1", lead);
  hub_->run(
      "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at)"
      " select $1, $2, 'viber', 'incoming', 'text', n::text, timestamptz '2026-01-01' + ((n * 37) % 101) * interval '1 minute' "
      "from generate_series(1, 100) n",
      lead, customers_[lead]);
  std::vector<std::string> times;
  std::string before;
  for (int page = 0; page < 20; ++page) {
    const auto answer = json(hub_->get("/api/v1/leads/" + std::to_string(lead) + "/timeline?limit=7" + before, sessions_["ann"]));
    std::vector<std::string> these;
    for (const auto& m : answer.at("messages").as_array()) these.emplace_back(m.at("at").as_string());
    times.insert(times.begin(), these.begin(), these.end());
    if (answer.at("earlier").is_null()) break;
    before = "&before=" + std::string(answer.at("earlier").as_string());
  }
  EXPECT_EQ(times.size(), 100u);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
  EXPECT_EQ(std::set<std::string>(times.begin(), times.end()).size(), 100u);
  hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where id = $1", lead);
}

}  // namespace
}  // namespace hub::api
