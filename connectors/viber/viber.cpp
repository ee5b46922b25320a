#include "connectors/viber/viber.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/sealed.hpp"
#include "connectors/sender.hpp"
#include "connectors/signature.hpp"
#include "connectors/viber/normalize.hpp"
#include "connectors/viber/send.hpp"
#include "connectors/viber/sender_json.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <algorithm>

namespace connectors::viber {

namespace {

constexpr std::string_view signature_header = "X-Viber-Content-Signature";

// ---- what the platform is sent ---------------------------------------------------------------------------

struct welcome_json {
  sender_json sender;
  std::string tracking_data = "hub:welcome";
  std::string type = "text";
  std::string text;

  static void describe(auto& self, auto& on) {
    on("sender", self.sender, sometimes);
    on("tracking_data", self.tracking_data, sometimes);
    on("type", self.type, always);
    on("text", self.text, always);
  }
};

struct set_webhook_json {
  std::string url;
  std::vector<std::string> event_types;
  bool send_name = true;
  bool send_photo = true;

  static void describe(auto& self, auto& on) {
    on("url", self.url, always);
    on("event_types", self.event_types, always);
    on("send_name", self.send_name, always);
    on("send_photo", self.send_photo, always);
  }
};

// ---- what it answers -------------------------------------------------------------------------------------

struct answer_json {
  std::int64_t status = -1;
  std::string status_message;
  std::vector<std::string> event_types;

  static void describe(auto& self, auto& on) {
    on("status", self.status, always);
    on("status_message", self.status_message, sometimes);
    on("event_types", self.event_types, sometimes);
  }
};

struct account_json {
  std::int64_t status = -1;
  std::string status_message;
  std::string webhook;
  std::optional<std::vector<std::string>> event_types;

  static void describe(auto& self, auto& on) {
    on("status", self.status, always);
    on("status_message", self.status_message, sometimes);
    on("webhook", self.webhook, sometimes);
    on("event_types", self.event_types, sometimes);
  }
};

/// What each status means for whoever registers (REST page, "Error codes"); the platform's own words follow it.
std::string_view meaning_of(std::int64_t status) {
  switch (status) {
    case 1:
      return "the webhook's address is not valid or did not answer 200: is public_url reachable from outside, with a certificate "
             "of a public authority?";
    case 2: return "the auth token is not valid";
    case 3: return "the request's data is not valid";
    case 4: return "the request lacks a field";
    case 7: return "the account is blocked";
    case 8: return "the account of this token does not exist";
    case 9: return "the account is suspended";
    case 10: return "no webhook is set";
    case 12: return "too many requests, try again in some minutes";
    case 15: return "the account is not authorized";
    default: return "the platform refused";
  }
}

std::string refusal(std::int64_t status, std::string_view words) {
  return std::string(meaning_of(status)) +
         "; the platform says: " + hub::shorten(hub::scrub_numbers(hub::clean_text(words)), 200) + " (status " +
         std::to_string(status) + ")";
}

class viber_connector final : public connector {
 public:
  viber_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    list.push_back({"POST", "/webhooks/viber/{account}", {}});
    return list;
  }

  reception receive(const hub::http::request& request, hub::instant received_at) override {
    const bool known = is_authentic(request, settings_.auth_token) ||
                       (!settings_.previous_auth_token.empty() && is_authentic(request, settings_.previous_auth_token));
    if (!known) return forged_reception();
    auto got = reception_of(normalize(request.body, received_at));
    // Viber shows the greeting only if it stands in this very answer; who is subscribed has been greeted.
    if (!settings_.welcome.empty() && !got.events.empty())
      if (const auto* opened = std::get_if<hub::message::conversation_opened>(&got.events.front().data);
          opened && !opened->subscribed)
        got.answer = welcome_answer(settings_);
    return got;
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    try {
      FAILPOINT("viber.parse", body);
    } catch (const hub::error& e) {
      return hub::problem{"", e.what()};
    }
    return viber::normalize(context_, body, received_at);
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    const auto media = open_sealed_media(context_, reference);
    if (!media) return media.error();
    if (!is_host_allowed(media->url, settings_.media_hosts))
      return hub::problem{"reference", "its host is not among media_hosts"};
    media_source source;
    source.url = media->url;
    source.expires_at = media->expires_at;
    return source;
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client& http) override {
    if (context_.public_url.empty())
      throw hub::error(hub::failure::permanent, "no public url",
                       "intake.public_url is not set: the platform needs an address to call");
    hub::http::outgoing call;
    call.method = "POST";
    call.url = settings_.api_base + "/set_webhook";
    call.head.set("X-Viber-Auth-Token", settings_.auth_token.reveal());
    call.head.set("Content-Type", "application/json");
    call.body = set_webhook_request(context_, settings_);
    // The platform calls us back before it answers.
    call.total_time = std::chrono::seconds(30);
    const auto answer = co_await http.fetch(std::move(call));
    if (answer.status != 200)
      throw hub::error(answer.status >= 500 ? hub::failure::transient : hub::failure::permanent,
                       "http " + std::to_string(answer.status), "set_webhook answered HTTP " + std::to_string(answer.status));
    auto lines = read_set_webhook_answer(answer.body);
    if (!lines) throw hub::error(hub::failure::permanent, "set_webhook refused", hub::to_text(lines.error()));
    lines->insert(lines->begin(), "webhook " + webhook_address(context_) + " is set");
    co_return std::move(*lines);
  }

  hub::async::task<webhook_report> inspect_webhook(hub::http::client& http) override {
    hub::http::outgoing call;
    call.method = "POST";
    call.url = settings_.api_base + "/get_account_info";
    call.head.set("X-Viber-Auth-Token", settings_.auth_token.reveal());
    call.head.set("Content-Type", "application/json");
    call.body = "{}";
    call.total_time = std::chrono::seconds(4);
    const auto answer = co_await http.fetch(std::move(call));
    if (answer.status != 200)
      throw hub::error(answer.status >= 500 ? hub::failure::transient : hub::failure::permanent,
                       "http " + std::to_string(answer.status),
                       "get_account_info answered HTTP " + std::to_string(answer.status));
    co_return read_account_info(context_, settings_, answer.body);
  }

  /// A hundred messages an hour to one person who does not answer: half of them at once, half over the hour.
  send_pace pace_of(const send_asked&) const override {
    send_pace made;
    made.conversation = {50.0 / 3600, 50};
    return made;
  }

  hub::async::task<sending> send(send_port port, send_asked what) override {
    sending made;
    auto request = request_for(port, what);
    if (!request) {
      made.told = told_refused(request.error());
      co_return made;
    }
    if (const auto late = too_late(context_, what)) {
      made.told = *late;
      co_return made;
    }
    hub::http::outgoing call;
    call.method = "POST";
    call.url = settings_.api_base + "/send_message";
    call.head.set("X-Viber-Auth-Token", settings_.auth_token.reveal());
    call.head.set("Content-Type", "application/json");
    call.body = std::move(*request);
    auto answer = co_await ask_once(port.http, std::move(call));
    made.told = answer.lost ? std::move(*answer.lost) : read_send_answer(answer.got);
    if (says_unsubscribed(made.told)) made.events.push_back(unsubscribed_event(context_, what));
    co_return made;
  }

 private:
  hub::result<std::string> request_for(const send_port& port, const send_asked& what) const {
    const auto* receiver = addressee(context_, what);
    if (!receiver) return hub::problem{"recipient", "nobody here is known by a Viber id of this account"};
    std::string link;
    if (!what.files.empty()) {
      const auto form = form_of_file(what);
      if (!form) return form.error();
      const auto& file = what.files.front();
      if (port.file(file.sha256).empty()) return hub::problem{"file", "the file is not in the media store any more"};
      link = port.link(file.sha256, form->extension, link_life);
    }
    return send_message_request(settings_, what, receiver->id, link);
  }

  account_context context_;
  settings settings_;
};

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  if (found.size() == before && read.auth_token.empty())
    found.push_back({config::to_text(from.at), path + ".auth_token: is empty"});
  for (const auto& host : read.media_hosts)
    if (host.empty() || host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string::npos)
      found.push_back({config::to_text(from.at), path + ".media_hosts: expected host names in small letters", host});
  if (!read.welcome.empty() && read.sender_name.empty())
    found.push_back({config::to_text(from.at), path + ".welcome: needs sender_name too"});
  if (found.size() != before) return nullptr;
  while (read.api_base.ends_with('/')) read.api_base.pop_back();
  return std::make_unique<viber_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.viber.main"); }

}  // namespace

bool is_authentic(const hub::http::request& request, const hub::secret& token) {
  const auto given = request.head.count(signature_header);
  std::string_view hex;
  if (given == 1) {
    hex = *request.head.find(signature_header);
  } else if (given == 0) {
    const auto query = request.query.find("sig");
    if (query != request.query.end()) hex = query->second;
  }
  return is_signed(hex, request.body, token);
}

std::string welcome_answer(const settings& of) {
  if (of.welcome.empty()) return {};
  welcome_json answer;
  answer.sender.name = of.sender_name;
  answer.sender.avatar = of.sender_avatar;
  answer.text = of.welcome;
  return hub::message::to_json(answer);
}

std::string set_webhook_request(const account_context& of, const settings& with) {
  set_webhook_json request;
  request.url = webhook_address(of);
  request.event_types = with.event_types;
  return hub::message::to_json(request);
}

hub::result<std::vector<std::string>> read_set_webhook_answer(std::string_view body) {
  const auto parsed = hub::message::parse_json(body);
  if (!parsed) return hub::problem{"set_webhook", "answered with something that is not JSON"};
  const auto answer = hub::message::from_json<answer_json>(*parsed);
  if (!answer) return hub::problem{"set_webhook", "answered without a status"};
  if (answer->status != 0) return hub::problem{"set_webhook", refusal(answer->status, answer->status_message)};
  std::string types;
  for (const auto& type : answer->event_types) types += (types.empty() ? "" : ", ") + hub::shorten(hub::clean_text(type), 40);
  std::vector<std::string> lines;
  if (!types.empty()) lines.push_back("the platform will send: " + types);
  return lines;
}

webhook_report read_account_info(const account_context& of, const settings& with, std::string_view body) {
  webhook_report made;
  made.state = webhook_state::unknown;
  const auto parsed = hub::message::parse_json(body);
  const auto answer = parsed ? hub::message::from_json<account_json>(*parsed) : hub::result<account_json>(parsed.error());
  if (!answer) {
    made.why = "get_account_info answered with something that cannot be read";
    return made;
  }
  // 10: "webhookNotSet".
  if (answer->status != 0 && answer->status != 10) {
    made.why = refusal(answer->status, answer->status_message);
    return made;
  }
  made = compare_webhooks(webhook_address(of), answer->webhook);
  if (!answer->webhook.empty() && answer->event_types)
    if (const auto missing = missing_words(with.event_types, *answer->event_types); !missing.empty())
      made.findings.push_back("the platform does not send: " + missing);
  return made;
}

connector_kind kind() { return {"viber", make, describe_settings}; }

}  // namespace connectors::viber
