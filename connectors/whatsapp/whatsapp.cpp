#include "connectors/whatsapp/whatsapp.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/signature.hpp"
#include "connectors/whatsapp/normalize.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/message/json.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace connectors::whatsapp {

namespace {

constexpr std::string_view signature_header = "X-Hub-Signature-256";
constexpr std::size_t longest_challenge = 1024;

std::string parameter(const hub::http::request& request, const std::string& name) {
  const auto found = request.query.find(name);
  return found == request.query.end() ? std::string() : found->second;
}

class whatsapp_connector final : public connector {
 public:
  whatsapp_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    list.push_back({"GET", "/webhooks/whatsapp/{account}", {}});
    list.push_back({"POST", "/webhooks/whatsapp/{account}", {.body = hub::byte_count{longest_body}}});
    return list;
  }

  reception receive(const hub::http::request& request, hub::instant received_at) override {
    if (request.method == "GET") return verify(request);
    reception got;
    if (!is_authentic(request, settings_.app_secret) && !is_authentic(request, settings_.previous_app_secret)) {
      got.verdict = verdict::forged;
      return got;
    }
    auto events = normalize(request.body, received_at);
    if (!events) {
      got.verdict = verdict::unreadable;
      got.reason = hub::to_text(events.error());
      return got;
    }
    got.events = std::move(*events);
    return got;
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    try {
      FAILPOINT("whatsapp.parse", body);
    } catch (const hub::error& e) {
      return hub::problem{"", e.what()};
    }
    return whatsapp::normalize(context_, settings_.phone_number_id, body, received_at);
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    const auto place = open_place(context_, reference);
    if (!place) return place.error();
    if (!place->url.empty() && context_.clock->now() < place->sent_at + url_life) return bytes_at(place->url, place->sent_at);
    media_source source;
    source.url = settings_.api_base + "/" + place->id + "?phone_number_id=" + settings_.phone_number_id;
    source.expires_at = place->sent_at + media_life;
    source.head.set("Authorization", "Bearer " + settings_.access_token.reveal());
    source.next = [this, sent_at = place->sent_at](std::string_view answer) { return named_in(answer, sent_at); };
    return source;
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    if (context_.public_url.empty())
      throw hub::error(hub::failure::permanent, "no public url",
                       "intake.public_url is not set: the platform needs an address to call");
    std::vector<std::string> lines;
    lines.push_back("Meta takes this in its own form only: App Dashboard, WhatsApp, Configuration, Webhook, Edit");
    lines.push_back("Callback URL  " + context_.public_url + "/webhooks/whatsapp/" + context_.account);
    lines.push_back("Verify token  the value of connectors.whatsapp." + context_.account + ".verify_token");
    lines.push_back("then subscribe to the fields messages, smb_message_echoes and user_id_update,");
    lines.push_back("and the app to the account: POST " + settings_.api_base + "/<WABA id>/subscribed_apps");
    co_return lines;
  }

 private:
  /// Meta asks whether the address is ours whenever it is saved.
  reception verify(const hub::http::request& request) const {
    reception got;
    const auto token = parameter(request, "hub.verify_token"), challenge = parameter(request, "hub.challenge");
    const bool ours = parameter(request, "hub.mode") == "subscribe" && !challenge.empty() &&
                      challenge.size() <= longest_challenge &&
                      hub::equal_in_constant_time(token, settings_.verify_token.reveal());
    if (!ours) {
      got.verdict = verdict::forged;
      return got;
    }
    got.answer = challenge;
    got.answer_type = "text/plain";
    return got;
  }

  hub::result<media_source> bytes_at(const std::string& url, hub::instant sent_at) const {
    if (!is_host_allowed(url, settings_.media_hosts)) return hub::problem{"reference", "its host is not among media_hosts"};
    media_source source;
    source.url = url;
    source.expires_at = sent_at + media_life;
    source.head.set("Authorization", "Bearer " + settings_.access_token.reveal());
    return source;
  }

  hub::result<media_source> named_in(std::string_view answer, hub::instant sent_at) const {
    const auto parsed = hub::message::parse_json(answer);
    const auto* object = parsed ? parsed->if_object() : nullptr;
    const auto url = object ? text_if(*object, "url") : std::string_view();
    if (url.empty() || url.size() > longest_media_url) return hub::problem{"media", "the platform did not say where it is"};
    return bytes_at(std::string(url), sent_at);
  }

  account_context context_;
  settings settings_;
};

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  const auto refuse = [&](const std::string& what) { found.push_back({config::to_text(from.at), path + what}); };
  if (found.size() == before && read.app_secret.empty()) refuse(".app_secret: is empty");
  if (found.size() == before && read.verify_token.empty()) refuse(".verify_token: is empty");
  if (read.phone_number_id.find_first_not_of("0123456789") != std::string::npos) refuse(".phone_number_id: expected digits");
  for (const auto& host : read.media_hosts)
    if (host.empty() || host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string::npos)
      refuse(".media_hosts: expected host names in small letters");
  if (found.size() != before) return nullptr;
  while (read.api_base.ends_with('/')) read.api_base.pop_back();
  return std::make_unique<whatsapp_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.whatsapp.main"); }

}  // namespace

bool is_authentic(const hub::http::request& request, const hub::secret& app_secret) {
  if (request.head.count(signature_header) != 1) return false;
  const std::string_view given = *request.head.find(signature_header);
  constexpr std::string_view prefix = "sha256=";
  return given.starts_with(prefix) && is_signed(given.substr(prefix.size()), request.body, app_secret);
}

connector_kind kind() { return {"whatsapp", make, describe_settings}; }

}  // namespace connectors::whatsapp
