#include "hub/ctl/connector_client.hpp"

#include "hub/base/announce.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/http/client.hpp"
#include "hub/http/text.hpp"
#include "hub/message/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <future>
#include <map>

namespace hub::ctl {

namespace {

using namespace std::chrono_literals;

std::vector<std::string> admin_urls() {
  const auto home = home_directory();
  std::vector<std::string> found;
  for (const auto& [key, value] : read_status(home))
    if (key == "admin.hub-connector" || key.starts_with("admin.hub-connector.")) found.push_back(value);
  if (!found.empty()) return found;
  if (const auto port = announced_port(home, "hub-connector", "admin"))
    found.push_back("http://127.0.0.1:" + std::to_string(*port));
  return found;
}

std::string text_in(const boost::json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

template <class Number>
Number number_in(const boost::json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  boost::system::error_code failed;
  return value && value->is_number() ? value->to_number<Number>(failed) : Number{};
}

connector_webhook webhook_in(const boost::json::object& from) {
  connector_webhook made;
  made.state = text_in(from, "state");
  made.wanted = text_in(from, "wanted");
  made.found = text_in(from, "found");
  made.why = text_in(from, "why");
  if (from.contains("pending")) made.pending = number_in<std::uint64_t>(from, "pending");
  made.last_error_at = text_in(from, "last_error_at");
  made.last_error = text_in(from, "last_error");
  if (const auto* list = from.if_contains("findings"); list && list->is_array())
    for (const auto& one : list->get_array())
      if (one.is_string()) made.findings.emplace_back(one.get_string());
  return made;
}

}  // namespace

struct connector_client::state {
  secret token;
  std::vector<std::string> urls;
  boost::asio::io_context loop;
  http::client http{loop};
  std::map<std::pair<std::string, std::string>, std::string> owners;  ///< account -> admin URL

  http::outgoing to_ask(const std::string& method, const std::string& url, std::chrono::milliseconds limit) const {
    http::outgoing request;
    request.method = method;
    request.url = url;
    request.head.set("Authorization", "Bearer " + token.reveal());
    request.total_time = limit;
    request.max_body = 64_MiB;
    return request;
  }

  answer ask(const std::string& method, const std::string& base, const std::string& target, const std::string& body,
             const std::string& trace, std::chrono::milliseconds limit) {
    auto request = to_ask(method, base + target, limit);
    if (!trace.empty()) request.head.set("traceparent", trace);
    request.body = body;
    loop.restart();
    auto done = boost::asio::co_spawn(loop, http.fetch(std::move(request)), boost::asio::use_future);
    while (done.wait_for(0s) != std::future_status::ready) loop.run_one();
    try {
      auto got = done.get();
      if (got.status == 401)
        throw error(failure::permanent, "token",
                    "hub-connector does not know our internal token; both read HUB__INTERNAL__TOKEN");
      return {got.status, std::move(got.body)};
    } catch (const http::exchange_error& e) {
      throw not_running("hub-connector at " + base + " does not answer: " + e.what());
    }
  }

  const std::string& owner(const std::string& channel, const std::string& account) {
    const auto found = owners.find({channel, account});
    if (found == owners.end())
      throw error(failure::permanent, no_account, "no connector has an account " + channel + "/" + account);
    return found->second;
  }
};

std::string connector_client::answer::problem() const {
  const auto parsed = message::parse_json(body);
  const auto* fields = parsed ? parsed->if_object() : nullptr;
  if (!fields) return "HTTP " + std::to_string(status);
  auto words = text_in(*fields, "title");
  for (const char* more : {"field", "detail"})
    if (const auto text = text_in(*fields, more); !text.empty()) words += ": " + text;
  return words;
}

connector_client::connector_client(const config::settings& settings) : state_(std::make_unique<state>()) {
  state_->token = settings.internal.token;
  state_->urls = admin_urls();
  if (state_->urls.empty())
    throw not_running("no hub-connector runs in " + home_directory() +
                      "; start the system with ./deploy/up, or set LEADYARD_HOME");
  if (state_->token.empty())
    throw error(failure::permanent, "token", "HUB__INTERNAL__TOKEN is neither set nor in the secrets file");
}

connector_client::~connector_client() = default;

std::vector<connector_account> connector_client::accounts() {
  std::vector<connector_account> list;
  for (const auto& url : state_->urls) {
    const auto got = state_->ask("GET", url, "/internal/connectors", {}, {}, 10s);
    const auto parsed = message::parse_json(got.body);
    const auto* root = parsed ? parsed->if_object() : nullptr;
    const auto* entries = root ? root->if_contains("connectors") : nullptr;
    if (got.status != 200 || !entries || !entries->is_array())
      throw error(failure::permanent, "answer", "hub-connector answered what this hubctl does not understand");
    connector_account shared;
    shared.mode = text_in(*root, "mode");
    if (const auto* spool = root->if_contains("spool"); spool && spool->is_object()) {
      const auto& fields = spool->get_object();
      shared.spooled = number_in<std::uint64_t>(fields, "pending");
      shared.spooled_bytes = number_in<std::uint64_t>(fields, "bytes");
      shared.oldest_seconds = number_in<std::int64_t>(fields, "oldest_seconds");
      const auto* writable = fields.if_contains("writable");
      shared.spool_writable = !writable || !writable->is_bool() || writable->get_bool();
    }
    for (const auto& entry : entries->get_array()) {
      const auto* fields = entry.if_object();
      if (!fields) continue;
      auto one = shared;
      one.channel = text_in(*fields, "channel");
      one.account = text_in(*fields, "account");
      one.public_url = text_in(*fields, "public_url");
      one.trouble = text_in(*fields, "trouble");
      one.events = number_in<std::uint64_t>(*fields, "events");
      if (auto at = text_in(*fields, "last_event_at"); !at.empty()) one.last_event_at = std::move(at);
      state_->owners[{one.channel, one.account}] = url;
      list.push_back(std::move(one));
    }
  }
  return list;
}

std::vector<connector_webhook> connector_client::webhooks_of(const std::vector<connector_account>& accounts) {
  std::vector<std::future<http::incoming>> asked;
  state_->loop.restart();
  for (const auto& a : accounts) {
    const auto target =
        "/internal/webhook?channel=" + hub::http::percent_encode(a.channel) + "&account=" + hub::http::percent_encode(a.account);
    auto request = state_->to_ask("GET", state_->owner(a.channel, a.account) + target, 8s);
    asked.push_back(boost::asio::co_spawn(state_->loop, state_->http.fetch(std::move(request)), boost::asio::use_future));
  }
  std::vector<connector_webhook> told;
  for (auto& one : asked) {
    while (one.wait_for(0s) != std::future_status::ready) state_->loop.run_one();
    connector_webhook made;
    made.state = "unknown";
    try {
      const auto got = one.get();
      const auto parsed = message::parse_json(got.body);
      if (const auto* fields = parsed ? parsed->if_object() : nullptr; fields && got.status == 200)
        made = webhook_in(*fields);
      else
        made.why = "hub-connector answered HTTP " + std::to_string(got.status);
    } catch (const http::exchange_error& e) {
      made.why = std::string("hub-connector does not answer: ") + e.what();
    }
    told.push_back(std::move(made));
  }
  return told;
}

connector_client::answer connector_client::register_webhook(const std::string& channel, const std::string& account) {
  if (state_->owners.empty()) accounts();
  // The platform is asked, and asks back, meanwhile.
  return state_->ask(
      "POST", state_->owner(channel, account),
      "/internal/register?channel=" + hub::http::percent_encode(channel) + "&account=" + hub::http::percent_encode(account), {},
      {}, 45s);
}

connector_client::answer connector_client::judge(const std::string& channel, const std::string& account) {
  if (state_->owners.empty()) accounts();
  return state_->ask(
      "POST", state_->owner(channel, account),
      "/internal/judge?channel=" + hub::http::percent_encode(channel) + "&account=" + hub::http::percent_encode(account), {}, {},
      120s);
}

std::vector<std::string> connector_client::lines_of(const answer& good) {
  std::vector<std::string> lines;
  const auto parsed = message::parse_json(good.body);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto* list = root ? root->if_contains("lines") : nullptr;
  if (list && list->is_array())
    for (const auto& line : list->get_array())
      if (line.is_string()) lines.emplace_back(line.get_string());
  return lines;
}

connector_client::answer connector_client::normalize(const std::string& channel, const std::string& account,
                                                     const std::string& body, const std::string& received_at,
                                                     const std::string& traceparent) {
  if (state_->owners.empty()) accounts();
  auto target =
      "/internal/normalize?channel=" + hub::http::percent_encode(channel) + "&account=" + hub::http::percent_encode(account);
  if (!received_at.empty()) target += "&received_at=" + hub::http::percent_encode(received_at);
  return state_->ask("POST", state_->owner(channel, account), target, body, traceparent, 20s);
}

connector_client::answer connector_client::rehearse(const std::string& channel, const std::string& account,
                                                    const std::string& file) {
  if (state_->owners.empty()) accounts();
  return state_->ask(
      "POST", state_->owner(channel, account),
      "/internal/rehearse?channel=" + hub::http::percent_encode(channel) + "&account=" + hub::http::percent_encode(account), file,
      {}, 120s);
}

}  // namespace hub::ctl
