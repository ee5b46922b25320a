#pragma once
// hub-api as its clients meet it: a real database, a real socket, the whole of hub/api between them. One API and one
// database per executable; what a test adds it takes away again.

#include "hub/api/openapi.hpp"
#include "hub/api/routes.hpp"
#include "hub/api/session.hpp"
#include "hub/base/crypto.hpp"
#include "hub/http/client.hpp"
#include "hub/http/server.hpp"
#include "routing/rules.hpp"
#include "routing/teams_json.hpp"
#include "tests/support/contract.hpp"
#include "tests/support/servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <atomic>
#include <future>
#include <map>
#include <memory>
#include <regex>
#include <thread>

namespace hub::api {

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
  explicit running_api(http::listen_options how = {}) : database_url(test_support::fresh_database()) {
    crypto_start();
    db::connect_options to;
    to.url = secret(database_url);
    direct = std::make_unique<db::connection>(to);
    with = std::make_unique<services>(to, 4, home / "media", time);
    server_ = std::make_unique<http::server>(loop_, "api", make_routes(*with), std::move(how));
    server_->start();
    client_ = std::make_unique<http::client>(client_loop_);
    inner_client_ = std::make_unique<http::client>(loop_);
    threads_.emplace_back([this] { loop_.run(); });
    threads_.emplace_back([this] { client_loop_.run(); });
  }
  ~running_api() {
    asio_stop();
    client_.reset();
    inner_client_.reset();
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
  /// Every answer, and the body of every request that was accepted, is held against docs/openapi.yaml.
  async::task<http::incoming> fetch(http::outgoing request) {
    const auto method = request.method, url = request.url, body = request.body;
    auto answer = co_await client_->fetch(std::move(request));
    hold_to_contract(method, url.substr(url.find('/', std::string_view("http://").size())), body, answer);
    co_return answer;
  }
  template <class T>
  std::future<T> spawn(async::task<T> work) {
    return boost::asio::co_spawn(client_loop_, std::move(work), boost::asio::use_future);
  }

  /// On the API's own loop, as its handlers ask others.
  http::client& client() { return *inner_client_; }

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
  static void hold_to_contract(const std::string& method, std::string path, const std::string& body,
                               const http::incoming& answer) {
    static const test_support::contract contract(openapi_json(), "/api/v1");
    static const std::regex alias("/admin/crm/(assign|convert|lost)-lead/([^?]+)"), action("/admin/crm/add-action/([^?]+)");
    path = std::regex_replace(path, alias, "/api/v1/leads/$2/$1");
    path = std::regex_replace(path, action, "/api/v1/leads/$1/actions");
    if (!path.starts_with("/api/")) return;
    const auto* type = answer.head.find("Content-Type");
    for (const auto& wrong : contract.check_answer(method, path, answer.status, type ? *type : "", answer.body))
      ADD_FAILURE() << method << " " << path << " answered " << answer.status << ": " << wrong;
    if (answer.status / 100 == 2)
      for (const auto& wrong : contract.check_request(method, path, body))
        ADD_FAILURE() << method << " " << path << " accepted " << body << ": " << wrong;
  }

  void asio_stop() {
    auto stopping = boost::asio::co_spawn(loop_, server_->stop(), boost::asio::use_future);
    stopping.wait_for(5s);
  }

  boost::asio::io_context loop_, client_loop_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{loop_.get_executor()},
      client_work_{client_loop_.get_executor()};
  std::unique_ptr<http::server> server_;
  std::unique_ptr<http::client> client_, inner_client_;
  std::vector<std::thread> threads_;
};

inline boost::json::value json(const http::incoming& from) { return boost::json::parse(from.body); }

inline std::string header(const http::incoming& from, std::string_view name) {
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
    const std::string text = rules_text();
    const auto rules = routing::read_rules(text, "test rules").rules;
    hub_->run("select hub.activate_rules($1, $2, 'test', $3::jsonb)", rules->hash, text, routing::teams_json(*rules));
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

  /// Two teams, and a pipeline that sells vehicles.
  static std::string rules_text() {
    return R"(version: 1
teams:
  sales: {members: [ann@example.com, bob@example.com], supervisors: [sue@example.com, ada@example.com]}
  service: {members: [eve@example.com]}
pipelines:
  sales: {sells_vehicles: true}
rules:
  - {name: everything, then: {team: sales, strategy: manual}}
)";
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

  /// A route with `id` for each {name} in it.
  static std::string filled(std::string_view route, std::int64_t id) {
    return std::regex_replace(std::string(route), std::regex("\\{[a-z_]+\\}"), std::to_string(id));
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

}  // namespace hub::api
