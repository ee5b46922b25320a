#include "connectors/telephony/binotel/binotel.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/telephony/account.hpp"
#include "connectors/telephony/binotel/calls.hpp"
#include "connectors/telephony/binotel/normalize.hpp"
#include "connectors/telephony/call_back.hpp"
#include "connectors/telephony/form.hpp"
#include "hub/message/json.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace connectors::telephony::binotel {

namespace {

/// Where the recording is, for the next quarter of an hour.
hub::result<media_source> recording_in(std::string_view answer, const std::vector<std::string>& hosts) {
  const auto parsed = hub::message::parse_json(answer);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  if (!root || field(*root, "status") != "success") return hub::problem{"recording", "the provider answered with an error"};
  media_source source;
  source.url = field(*root, "url");
  if (hosts.empty() || !is_host_allowed(source.url, hosts))
    return hub::problem{"recording", "its host is not among recording_hosts"};
  return source;
}

/// The other side of that call, as an answer of call-details spells it; empty where it is not told.
std::string number_in(const boost::json::value& answer, std::string_view call_id) {
  const auto* root = answer.if_object();
  if (!root) return {};
  for (const auto* call : rows_in(*root, "callDetails"))
    if (field(*call, "generalCallID") == call_id) return field(*call, "externalNumber");
  return {};
}

/// What an answer refuses with; empty for a success.
std::string refusal_in(const boost::json::value& answer) {
  const auto* root = answer.if_object();
  if (!root) return "an answer that cannot be read";
  if (field(*root, "status") == "success") return {};
  return "error " + field(*root, "code") + " " + field(*root, "message");
}

class binotel_connector final : public connector {
 public:
  binotel_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    list.push_back({"POST", "/webhooks/binotel/{account}/{token}", {}});
    return list;
  }

  reception receive(const hub::http::request& request, hub::instant received_at) override {
    const auto& from = settings_.addresses;
    if (!from.empty() && std::find(from.begin(), from.end(), request.peer) == from.end()) return forged_reception();
    if (!has_token(request, settings_.token)) return forged_reception();
    auto got = reception_of(normalize(request.body, received_at));
    told_.heard(got.events, received_at);
    got.answer = answer_to(request.body);
    return got;
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    return binotel::normalize(context_, settings_, body, received_at);
  }

  hub::async::task<> run(intake_port port) override {
    if (settings_.key.empty() || settings_.secret.empty() || settings_.poll_every.count() == 0) co_return;
    call_list calls(context_, settings_, calls_of(context_, settings_), told_);
    co_await calls.run(port);
  }

  /// The API says where the recording is, at an address that lives 15 minutes.
  hub::result<media_source> open_media(std::string_view reference) override {
    const auto media = open_sealed_media(context_, reference);
    if (!media) return media.error();
    const auto prefix = "rec:" + context_.channel + ":";
    if (!media->url.starts_with(prefix)) return hub::problem{"reference", "is no recording of this account"};
    if (settings_.key.empty() || settings_.secret.empty())
      return hub::problem{"reference", "recordings are asked for with key and secret, which are not set"};
    auto ask = to_ask("/stats/call-record.json", {{"generalCallID", media->url.substr(prefix.size())}});
    media_source source;
    source.method = std::move(ask.method);
    source.url = std::move(ask.url);
    source.head = std::move(ask.head);
    source.body = std::move(ask.body);
    source.next = [hosts = settings_.recording_hosts](std::string_view answer) { return recording_in(answer, hosts); };
    return source;
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    std::vector<std::string> lines;
    lines.push_back("Binotel's support sets the address on request, for API PUSH and for API CALL COMPLETED, of company " +
                    settings_.company_id + ":");
    lines.push_back("POST " + address_with_token(context_) + ", with the account's token");
    lines.push_back("ask them for the addresses that they call from, too, and put them into `addresses`");
    lines.emplace_back(settings_.key.empty() || settings_.secret.empty()
                           ? "key and secret are not set: calls are not listed, and recordings cannot be asked for"
                           : "the list of calls is asked for, and mends what webhooks lose");
    co_return lines;
  }

  /// calls/internal-number-to-external-number: the extension rings first. The number is Binotel's own spelling of it.
  hub::async::task<call_back_told> call_back(hub::http::client& http, call_back_asked asked) override {
    if (settings_.key.empty() || settings_.secret.empty())
      co_return call_back_told{call_back_state::unsupported, "key and secret of Binotel's API are not set"};
    people who(context_, settings_);
    auto look = to_ask("/stats/call-details.json", {{"generalCallID", asked.call_id}});
    const auto details = co_await ask_provider(http, std::move(look), request_kind::look_up);
    if (details.told.state != call_back_state::placed) co_return details.told;
    const auto number = number_in(details.body, asked.call_id);
    const auto customer = who.read(number);
    if (const auto words = refusal_in(details.body); !words.empty()) co_return refused_by_provider(who, words);
    if (auto why = why_not_rung(who, customer); !why.empty()) co_return call_back_told{call_back_state::refused, std::move(why)};
    auto ring = to_ask("/calls/internal-number-to-external-number.json",
                       {{"internalNumber", asked.extension}, {"externalNumber", number}});
    const auto rung = co_await ask_provider(http, std::move(ring), request_kind::place);
    if (rung.told.state != call_back_state::placed) co_return rung.told;
    if (const auto words = refusal_in(rung.body); !words.empty()) co_return refused_by_provider(who, words);
    co_return rung.told;
  }

  hub::async::task<webhook_report> inspect_webhook(hub::http::client&) override {
    webhook_report made;
    made.wanted = address_with_token(context_);
    made.why = "Binotel tells nobody which address it calls; its support knows";
    co_return made;
  }

 private:
  hub::http::outgoing to_ask(const std::string& method, boost::json::object ask) const {
    ask["key"] = settings_.key.reveal();
    ask["secret"] = settings_.secret.reveal();
    hub::http::outgoing request;
    request.method = "POST";
    request.url = settings_.api_base + method;
    request.head.set("Content-Type", "application/json");
    request.body = boost::json::serialize(ask);
    request.total_time = std::chrono::seconds(8);
    return request;
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
    if (read.company_id.empty()) found.push_back({config::to_text(from.at), path + ".company_id: is empty"});
  }
  if (found.size() != before) return nullptr;
  while (read.api_base.ends_with('/')) read.api_base.pop_back();
  return std::make_unique<binotel_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.binotel.main"); }

}  // namespace

connector_kind kind() { return {"binotel", make, describe_settings}; }

}  // namespace connectors::telephony::binotel
