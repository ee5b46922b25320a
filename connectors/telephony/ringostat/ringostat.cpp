#include "connectors/telephony/ringostat/ringostat.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/telephony/account.hpp"
#include "connectors/telephony/call_back.hpp"
#include "connectors/telephony/form.hpp"
#include "connectors/telephony/ringostat/calls.hpp"
#include "connectors/telephony/ringostat/normalize.hpp"
#include "hub/base/time_zone.hpp"
#include "hub/http/text.hpp"

#include <boost/json/serialize.hpp>

namespace connectors::telephony::ringostat {

namespace {

using namespace std::chrono_literals;

/// calls/list finds a call by the time it began; by its id nothing documented does.
constexpr auto around = 2min;

/// What a JSON-RPC answer refuses with, which comes as a 200 like any other; empty for a success.
std::string refusal_in(const boost::json::value& answer) {
  const auto* root = answer.if_object();
  if (!root) return "an answer that cannot be read";
  if (!root->contains("error")) return root->contains("result") ? "" : "an answer without a result";
  const auto words = field_at(*root, "error/message");
  return words.empty() ? "an error without words" : words;
}

class ringostat_connector final : public connector {
 public:
  ringostat_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    for (const auto* method : {"GET", "POST", "PUT"}) list.push_back({method, "/webhooks/ringostat/{account}/{token}", {}});
    return list;
  }

  reception receive(const hub::http::request& request, hub::instant received_at) override {
    if (!has_token(request, settings_.token)) return forged_reception();
    // A look at whether the address answers tells nothing.
    if (request.method == "HEAD") return {};
    const auto told = told_in(request);
    auto got = reception_of_told({context_, settings_, received_at}, told, normalize(told, received_at));
    told_.heard(got.events, received_at);
    return got;
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    return ringostat::normalize(context_, settings_, body, received_at);
  }

  hub::async::task<> run(intake_port port) override {
    if (settings_.api_key.empty() || settings_.poll_every.count() == 0) co_return;
    call_list calls(context_, settings_, calls_of(context_, settings_), told_);
    co_await calls.run(port);
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    return linked_recording(context_, reference, settings_.recording_hosts);
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    const auto address = address_with_token(context_);
    std::vector<std::string> lines;
    lines.emplace_back(
        "Ringostat has no call for this; in the project's cabinet open Integration, Webhooks 2.0 and add an event each, method "
        "POST, body JSON, with the account's token in place of <token>:");
    lines.push_back("incoming, before the call:              " + address + "?ev=before_call");
    lines.push_back("incoming, answer:                       " + address + "?ev=answer");
    lines.push_back("incoming and outgoing, after the call:  " + address + "?ev=after_call");
    lines.push_back("fields: " + wanted_fields());
    lines.emplace_back(settings_.api_key.empty()
                           ? "api_key is not set: what a webhook loses stays lost, for Ringostat repeats none"
                           : "the list of calls is asked for, and mends what webhooks lose");
    co_return lines;
  }

  /// Api\V2\Callback.external: `caller` is the client, `callee` ours, and manager_dst 0 rings ours first.
  hub::async::task<call_back_told> call_back(hub::http::client& http, call_back_asked asked) override {
    if (settings_.api_key.empty())
      co_return call_back_told{call_back_state::unsupported, "api_key of Ringostat's API is not set"};
    people who(context_, settings_);
    auto look = to_look_up(asked.started_at);
    const auto list = co_await ask_provider(http, std::move(look), request_kind::look_up);
    if (list.told.state != call_back_state::placed) co_return list.told;
    const auto customer = customer_in(context_, settings_, who, list.body, asked.call_id);
    if (auto why = why_not_rung(who, customer); !why.empty()) co_return call_back_told{call_back_state::refused, std::move(why)};
    auto ring = to_ring(customer, asked.extension);
    const auto rung = co_await ask_provider(http, std::move(ring), request_kind::place);
    if (rung.told.state != call_back_state::placed) co_return rung.told;
    if (const auto words = refusal_in(rung.body); !words.empty()) co_return refused_by_provider(who, words);
    co_return rung.told;
  }

  hub::async::task<webhook_report> inspect_webhook(hub::http::client&) override {
    webhook_report made;
    made.wanted = address_with_token(context_);
    made.why = "Ringostat tells nobody which address it calls; compare it in the project's cabinet, Integration, Webhooks 2.0";
    co_return made;
  }

 private:
  hub::http::outgoing to_ask(const std::string& method, const std::string& target) const {
    hub::http::outgoing request;
    request.method = method;
    request.url = settings_.api_base + target;
    request.head.set("Auth-key", settings_.api_key.reveal());
    request.total_time = 8s;
    return request;
  }
  hub::http::outgoing to_look_up(hub::instant began) const {
    const auto clock = [&](hub::instant at) { return hub::http::percent_encode(hub::to_wall_clock(at, settings_.time_zone)); };
    return to_ask("GET", "/calls/list?export_type=json&fields=uniqueid,calldate,call_type,caller,dst&from=" +
                             clock(began - around) + "&to=" + clock(began + around));
  }
  hub::http::outgoing to_ring(const party& customer, const std::string& extension) const {
    boost::json::object params;
    params["caller"] = customer.e164.substr(1);
    params["caller_type"] = "default";
    params["callee"] = extension;
    params["callee_type"] = "default";
    params["manager_dst"] = 0;
    params["direction"] = "out";
    if (!settings_.project_id.empty()) params["projectId"] = settings_.project_id;
    boost::json::object call;
    call["jsonrpc"] = "2.0";
    call["id"] = 1;
    call["method"] = R"(Api\V2\Callback.external)";
    call["params"] = std::move(params);
    auto request = to_ask("POST", "/a/v2");
    request.head.set("Content-Type", "application/json");
    request.body = boost::json::serialize(call);
    return request;
  }
  /// What each is called in a webhook, as the settings look for it first.
  std::string wanted_fields() const {
    const auto& f = settings_.fields;
    std::string names;
    for (const auto* paths : {&f.call_id, &f.calldate, &f.call_type, &f.client_in, &f.client_out, &f.project_number,
                              &f.disposition, &f.duration, &f.billsec, &f.waittime, &f.extension, &f.sip_login, &f.recording})
      if (!paths->empty()) names += (names.empty() ? "" : ", ") + paths->front();
    return names;
  }

  account_context context_;
  settings settings_;
  told_calls told_;
};

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  if (found.size() == before) {
    check_token(read.token, from, path, found);
    check_common(read, from, path, found);
    check_polling(read, from, path, found);
    check_hosts(read.recording_hosts, from, path, found);
    if (read.fields.call_id.empty())
      found.push_back({config::to_text(from.at), path + ".fields.call_id: a call without an id is none"});
  }
  if (found.size() != before) return nullptr;
  while (read.api_base.ends_with('/')) read.api_base.pop_back();
  return std::make_unique<ringostat_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.ringostat.main"); }

}  // namespace

connector_kind kind() { return {"ringostat", make, describe_settings}; }

}  // namespace connectors::telephony::ringostat
