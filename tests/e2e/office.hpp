#pragma once
// A whole hub as its users have it, for tests of what they do with it: deploy/up in a home of its own, with a profile and
// without the demo. Platforms speak through signed webhooks, people through the API with their own sessions, operators
// through hubctl. No other way in. One office per test suite (it starts in seconds); every test has customers of its own.

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/process.hpp"
#include "tests/support/caller.hpp"
#include "tests/support/process.hpp"
#include "tests/support/waiting.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>

namespace e2e {

namespace json = boost::json;
using namespace std::chrono_literals;

inline std::string text_of(const json::value& v, std::string_view pointer) {
  boost::system::error_code failed;
  const auto* found = v.find_pointer(pointer, failed);
  if (!found || found->is_null()) return {};
  return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

struct answer {
  int status = 0;
  json::value body;
  std::string operator[](std::string_view pointer) const { return text_of(body, pointer); }
};

/// 2026-12-01T10:00:00Z, as many minutes ago.
inline std::string moment(std::chrono::minutes ago = 0min) {
  const auto at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - ago);
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  char text[32];
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}
inline std::string tomorrow() { return moment(-24h).substr(0, 10); }

class office {
 public:
  static constexpr const char* ringostat_token = "token-of-the-office";

  /// `more` are settings on top of those of every office.
  explicit office(std::string profile, std::map<std::string, std::string> more = {})
      : profile_(std::move(profile)), more_(std::move(more)) {
    // In the foreground: it ends with this program, however that ends.
    running_.emplace(LEADYARD_SOURCE_DIR "/deploy/up",
                     test_support::process::options{
                         .arguments = {"--profile", profile_}, .environment = environment(), .output = home_ / "up.log"});
    EXPECT_TRUE(test_support::wait_until([&] { return read_status() == "done"; }, 120s)) << hub::ctl::read_file(home_ / "up.log");
    const auto started = hub::ctl::read_file(home_ / "up.log");
    std::istringstream secrets(hub::ctl::read_file(status_["secrets"]));
    for (std::string line; std::getline(secrets, line);)
      if (const auto at = line.find('='); at != std::string::npos) secrets_[line.substr(0, at)] = line.substr(at + 1);
    std::smatch found;
    EXPECT_TRUE(std::regex_search(started, found, std::regex(R"((admin@example\.test) +(\S+))"))) << started;
    sign_in("admin", found[2].str());
    const auto everybody = ask("admin", "GET", "/api/v1/staff");
    for (const auto& each : everybody.body.as_array()) {
      const auto email = text_of(each, "/email");
      staff_[email.substr(0, email.find('@'))] = text_of(each, "/id");
    }
  }
  ~office() {
    running_->kill(SIGTERM);
    running_->wait(20s);
  }
  office(const office&) = delete;
  office& operator=(const office&) = delete;

  // ---- people ---------------------------------------------------------------------------------------------------

  /// By the part of the e-mail before @: "olha". Signs in at the first request, with a password the admin gave them.
  answer ask(const std::string& who, const std::string& method, const std::string& path, const json::value& body = nullptr) {
    if (!cookies_.contains(who)) sign_in(who, ask("admin", "POST", "/api/v1/staff/" + staff_id(who) + "/password")["/password"]);
    std::map<std::string, std::string> head{{"Cookie", cookies_.at(who)}};
    if (!body.is_null()) head["Content-Type"] = "application/json";
    return parsed(console().ask(method, path, head, body.is_null() ? "" : json::serialize(body)));
  }
  std::string staff_id(const std::string& who) const { return staff_.at(who); }
  /// The one lead of a customer or company of that name, as `who` sees it; waits until it is there.
  answer lead_of(const std::string& who, const std::string& customer, const std::string& status = "all") {
    answer page;
    const auto path = "/api/v1/leads?status=" + status + "&q=" + escaped(customer);
    EXPECT_TRUE(eventually([&] { return (page = ask(who, "GET", path))["/leads/0/id"] != ""; })) << json::serialize(page.body);
    EXPECT_EQ(page["/leads/1/id"], "") << "more than one lead of " << customer;
    return ask(who, "GET", "/api/v1/leads/" + page["/leads/0/id"]);
  }
  std::size_t leads_of(const std::string& who, const std::string& customer) {
    return ask(who, "GET", "/api/v1/leads?status=all&q=" + escaped(customer)).body.at("leads").as_array().size();
  }
  /// A step on a lead: "claim", "stage", ...
  answer step(const std::string& who, const std::string& lead, const std::string& what, const json::value& body = nullptr) {
    return ask(who, "POST", "/api/v1/leads/" + lead + "/" + what, body);
  }

  // ---- for programs that go in by themselves --------------------------------------------------------------------

  /// A new one, from the admin; the person's other sessions end.
  std::string new_password(const std::string& who) {
    return ask("admin", "POST", "/api/v1/staff/" + staff_id(who) + "/password")["/password"];
  }
  /// "console", "webhooks": http://127.0.0.1:...
  const std::string& address(const std::string& of) const { return status_.at(of); }
  const std::string& secret(const std::string& name) const { return secrets_.at(name); }

  // ---- platforms ------------------------------------------------------------------------------------------------

  /// What a company did on the website; `at` is the site's time, `event` the site's id of it (a new one when empty).
  int website(const std::string& company, const std::string& activity, const std::string& cost = "",
              const std::string& at = moment(), const std::string& event = "") {
    std::string id = company;
    std::replace(id.begin(), id.end(), ' ', '-');
    json::object body{{"id", event.empty() ? "act-" + std::to_string(++events_) : event},
                      {"activity", activity},
                      {"at", at},
                      {"company", {{"id", id}, {"name", company}, {"url", "https://site.example/" + id}}},
                      {"data", json::object{}}};
    if (!cost.empty()) {
      body["total_cost"] = json::parse(cost);
      body["currency"] = "USD";
    }
    const auto bytes = json::serialize(body);
    return post("/webhooks/activity/main", "X-Leadyard-Signature", "HUB__CONNECTORS__ACTIVITY__MAIN__SECRET", bytes);
  }
  /// What somebody writes over Viber; the name is their id, too.
  int viber(const std::string& name, const std::string& text) {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    const json::object body{{"event", "message"},
                            {"timestamp", now.count()},
                            {"message_token", 6214870000000000000 + ++events_},
                            {"sender", {{"id", hub::to_hex(hub::sha256(name))}, {"name", name}, {"language", "uk"}}},
                            {"message", {{"type", "text"}, {"text", text}}}};
    const auto bytes = json::serialize(body);
    return post("/webhooks/viber/main", "X-Viber-Content-Signature", "HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN", bytes);
  }

  /// What Ringostat tells of a call: "incoming_before_call", "incoming_after_call"; `more` are further fields.
  int ringostat(const std::string& event, const std::string& call, const std::string& number, const json::object& more = {}) {
    json::object body{{"event", event}, {"uniqueid", call}, {"call_type", "in"}, {"userfield", number}, {"dst", "380000000100"}};
    for (const auto& [name, value] : more) body[name] = value;
    test_support::caller platform([this] { return port("webhooks"); });
    return platform
        .ask("POST", "/webhooks/ringostat/main/" + std::string(ringostat_token), {{"Content-Type", "application/json"}},
             json::serialize(body))
        .status;
  }

  /// For platforms that lead a dialogue of their own.
  test_support::caller platform() {
    return test_support::caller([this] { return port("webhooks"); });
  }

  // ---- operators ------------------------------------------------------------------------------------------------

  hub::ctl::finished hubctl(std::vector<std::string> words) {
    return test_support::run("hubctl", {.arguments = std::move(words), .environment = environment()}, 60s);
  }
  const std::string& home() const { return home_.path(); }

  static bool eventually(const std::function<bool()>& is) { return test_support::wait_until(is, 15s); }

 private:
  std::map<std::string, std::string> environment() const {
    std::map<std::string, std::string> made{{"LEADYARD_HOME", home_.path()},
                                            {"LEADYARD_BIN", LEADYARD_BIN_DIR},
                                            {"HUB__CONNECTORS__RINGOSTAT__MAIN__TOKEN", ringostat_token},
                                            {"HUB__CONNECTORS__RINGOSTAT__MAIN__TIME_ZONE", "UTC"},
                                            {"HUB__CONNECTORS__RINGOSTAT__MAIN__RECORDING_HOSTS", "127.0.0.1"},
                                            {"HUB__CONNECTORS__BAS__MAIN__USER", "erp_demo"},
                                            {"HUB__CONNECTORS__BAS__MAIN__PASSWORD", "sample-password"},
                                            {"HUB__MEDIA__ALLOW_PRIVATE_ADDRESSES", "true"}};
    for (const auto& [name, value] : more_) made[name] = value;
    return made;
  }
  /// How far the start has come: "done" at its end.
  std::string read_status() {
    std::istringstream lines(hubctl({"status"}).output);
    for (std::string line; std::getline(lines, line);)
      if (const auto at = line.find('='); at != std::string::npos) status_[line.substr(0, at)] = line.substr(at + 1);
    return status_["afterwards"];
  }
  std::uint16_t port(const std::string& of) const {
    const auto& address = status_.at(of);
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  test_support::caller console() {
    return test_support::caller([this] { return port("api"); });
  }
  void sign_in(const std::string& who, const std::string& password) {
    const json::object body{{"email", who + "@example.test"}, {"password", password}};
    const auto got = console().ask("POST", "/api/v1/session", {{"Content-Type", "application/json"}}, json::serialize(body));
    EXPECT_EQ(got.status, 200) << who << ": " << got.body;
    cookies_[who] = got.cookie;
  }
  int post(const std::string& path, const std::string& header, const std::string& secret, const std::string& bytes) {
    const auto digest = hub::hmac_sha256(secrets_.at(secret), bytes);
    test_support::caller platform([this] { return port("webhooks"); });
    return platform.ask("POST", path, {{header, hub::to_hex(digest)}, {"Content-Type", "application/json"}}, bytes).status;
  }
  static answer parsed(const test_support::caller::answer& got) {
    boost::system::error_code failed;
    auto body = json::parse(got.body, failed);
    return {got.status, failed ? json::value(got.body) : body};
  }
  static std::string escaped(const std::string& text) {
    std::string out;
    for (const unsigned char c : text) {
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", c);
      out += std::isalnum(c) ? std::string(1, static_cast<char>(c)) : std::string(hex);
    }
    return out;
  }

  std::string profile_;
  std::map<std::string, std::string> more_;
  test_support::temp_dir home_;
  std::optional<test_support::process> running_;
  std::map<std::string, std::string> status_, secrets_, staff_, cookies_;
  std::int64_t events_ = 0;
};

/// One hub for all tests of a file.
template <const char* Profile>
class in_office : public testing::Test {
 protected:
  static void SetUpTestSuite() { begin({}); }
  static void begin(const std::map<std::string, std::string>& more) {
    hub::crypto_start();
    hub_ = new office(Profile, more);
  }
  static void TearDownTestSuite() {
    delete hub_;
    hub_ = nullptr;
  }
  static office& hub() { return *hub_; }

 private:
  inline static office* hub_ = nullptr;
};

}  // namespace e2e
