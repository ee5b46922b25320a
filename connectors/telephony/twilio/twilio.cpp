#include "connectors/telephony/twilio/twilio.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/telephony/account.hpp"
#include "connectors/telephony/call_back.hpp"
#include "connectors/telephony/form.hpp"
#include "connectors/telephony/twilio/calls.hpp"
#include "connectors/telephony/twilio/normalize.hpp"
#include "connectors/telephony/twilio/signature.hpp"
#include "connectors/telephony/twilio/webhook_info.hpp"
#include "hub/base/crypto.hpp"

namespace connectors::telephony::twilio {

namespace {

/// Whom to ring, and the line of ours that the call was on; anonymous where there is none.
std::pair<party, party> sides_of(people& who, const boost::json::value& answer) {
  const auto* call = answer.if_object();
  if (!call) return {};
  const auto from = who.read(field(*call, "from")), to = who.read(field(*call, "to"));
  if (who.is_own(from)) return {to, from};
  if (who.is_own(to)) return {from, to};
  return {from, {}};
}

constexpr auto inspect_time = std::chrono::seconds(4);
constexpr std::string_view signature_header = "X-Twilio-Signature";

class twilio_connector final : public connector {
 public:
  twilio_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    list.push_back({"POST", "/webhooks/twilio/{account}", {}});
    return list;
  }

  reception receive(const hub::http::request& request, hub::instant received_at) override {
    if (!is_authentic(request)) return forged_reception();
    auto got = reception_of(normalize(request.body, received_at));
    told_.heard(got.events, received_at);
    return got;
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    return twilio::normalize(context_, settings_, body, received_at);
  }

  hub::async::task<> run(intake_port port) override {
    if (settings_.poll_every.count() == 0) co_return;
    call_list calls(context_, settings_, calls_of(context_, settings_), told_);
    co_await calls.run(port);
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    auto source = linked_recording(context_, reference, settings_.recording_hosts);
    if (!source) return source;
    source->url += ".mp3";
    source->head.set("Authorization", basic_authorization(settings_));
    return source;
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    std::vector<std::string> lines;
    const auto callback = address() + "#rc=5&rp=all";
    lines.push_back("in Twilio's console, Phone Numbers, at each number: Call status changes: " + callback + ", HTTP POST");
    lines.push_back("where programs or TwiML make calls: StatusCallback and RecordingStatusCallback: " + callback);
    lines.push_back("StatusCallbackEvent: initiated ringing answered completed, also on the nouns inside of Dial");
    lines.push_back("without `#rc=5&rp=all` Twilio tries only once more; the address takes no query of its own");
    co_return lines;
  }

  hub::async::task<call_back_told> call_back(hub::http::client& http, call_back_asked asked) override {
    call_back_told told;
    if (settings_.ring_address.empty()) {
      told.why = "ring_address is not set: an extension has no address at Twilio that the hub knows";
      co_return told;
    }
    told.state = call_back_state::refused;
    told.why = "the extension is none: letters, digits, . _ - only";
    if (!is_plain_extension(asked.extension)) co_return told;
    auto look = call_question(settings_, asked.call_id);
    const auto found = co_await ask_provider(http, std::move(look), request_kind::look_up);
    if (found.told.state != call_back_state::placed) co_return found.told;
    people who(context_, settings_);
    const auto [customer, line] = sides_of(who, found.body);
    told.why = why_not_rung(who, customer);
    if (told.why.empty() && line.kind != party_kind::external) told.why = "our own side of this call is none of `lines`";
    if (!told.why.empty()) co_return told;
    const auto address = filled(settings_.ring_address, "extension", asked.extension);
    auto ring = ring_question(settings_, address, customer.e164, line.e164);
    const auto rung = co_await ask_provider(http, std::move(ring), request_kind::place);
    co_return rung.told;
  }

  hub::async::task<webhook_report> inspect_webhook(hub::http::client& http) override {
    auto ask = numbers_question(settings_);
    ask.total_time = inspect_time;
    const auto answer = co_await http.fetch(std::move(ask));
    co_return read_numbers(address(), answer.status, answer.body);
  }

 private:
  /// As Twilio calls it, whatever a proxy makes of it; without a query, which would come back in another spelling.
  std::string address() const { return context_.public_url + "/webhooks/twilio/" + context_.account; }

  bool is_authentic(const hub::http::request& request) const {
    if (request.head.count(signature_header) != 1 || !request.query.empty()) return false;
    const auto& given = *request.head.find(signature_header);
    const auto fields = parse_form(request.body);
    if (!fields) return false;
    const auto by = [&](const hub::secret& token) { return is_signed(given, token, address(), *fields, request.body); };
    return by(settings_.auth_token) || by(settings_.previous_auth_token);
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
  const auto refuse = [&](const std::string& what) { found.push_back({config::to_text(from.at), path + what}); };
  if (found.size() == before) {
    if (read.account_sid.empty()) refuse(".account_sid: is empty");
    if (read.auth_token.empty()) refuse(".auth_token: is empty");
    if (context.public_url.empty()) refuse(": Twilio signs the address that it calls, and intake.public_url is not set");
    check_common(read, from, path, found);
    check_polling(read, from, path, found);
    check_hosts(read.recording_hosts, from, path, found);
  }
  if (found.size() != before) return nullptr;
  while (read.api_base.ends_with('/')) read.api_base.pop_back();
  return std::make_unique<twilio_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.twilio.main"); }

}  // namespace

connector_kind kind() { return {"twilio", make, describe_settings}; }

}  // namespace connectors::telephony::twilio
