#include "connectors/whatsapp/whatsapp.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/multipart.hpp"
#include "connectors/sealed.hpp"
#include "connectors/sender.hpp"
#include "connectors/signature.hpp"
#include "connectors/whatsapp/media.hpp"
#include "connectors/whatsapp/normalize.hpp"
#include "connectors/whatsapp/send.hpp"
#include "connectors/whatsapp/templates.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/text.hpp"
#include "hub/http/text.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>

namespace connectors::whatsapp {

namespace {

constexpr std::string_view signature_header = "X-Hub-Signature-256";
constexpr std::string_view signature_prefix = "sha256=";
constexpr std::size_t longest_challenge = 512;
constexpr std::chrono::seconds time_for_upload{30};
constexpr int most_uploads = 2;
constexpr std::chrono::seconds time_for_page{10};
constexpr int most_pages = 20, templates_a_page = 100;
constexpr hub::byte_count largest_webhook{4ULL << 20};  ///< Meta, "Overview": up to 3 MB

std::string graph_host(const settings& of) {
  const auto parsed = boost::urls::parse_uri(of.api_base);
  return parsed ? std::string(parsed->encoded_host()) : std::string();
}

std::vector<std::string> allowed_hosts(const settings& of) {
  auto hosts = of.media_hosts;
  hosts.push_back(graph_host(of));
  return hosts;
}

media_source with_token(const settings& of, std::string url, hub::instant expires_at) {
  media_source made;
  made.url = std::move(url);
  made.expires_at = expires_at;
  made.head.set("Authorization", "Bearer " + of.access_token.reveal());
  made.fleeting = true;
  return made;
}

std::string secret_name(const account_context& of, std::string_view which) {
  std::string name = "HUB__CONNECTORS__" + of.channel + "__" + of.account + "__" + std::string(which);
  for (char& c : name) c = c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return name;
}

class whatsapp_connector final : public connector {
 public:
  whatsapp_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    list.push_back({"GET", "/webhooks/whatsapp/{account}", {}});
    list.push_back({"POST", "/webhooks/whatsapp/{account}", {.body = largest_webhook}});
    return list;
  }

  reception receive(const hub::http::request& request, hub::instant received_at) override {
    if (request.method == "GET" || request.method == "HEAD") return answer_verification(request, settings_.verify_token);
    const bool known = is_authentic(request, settings_.app_secret) ||
                       (!settings_.previous_app_secret.empty() && is_authentic(request, settings_.previous_app_secret));
    return known ? reception_of(read_batch(request.body, received_at)) : forged_reception();
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    auto events = read_batch(body, received_at);
    // A replayed element that is refused again has not gone on.
    if (events && events->size() == 1)
      if (const auto* refused = std::get_if<hub::message::unparsed>(&events->front().data))
        return hub::problem{"", refused->reason};
    return events;
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    return source_of(context_, settings_, reference, context_.clock ? context_.clock->now() : hub::real_clock().now());
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    if (context_.public_url.empty())
      throw hub::error(hub::failure::permanent, "no public url",
                       "intake.public_url is not set: the platform needs an address to call");
    co_return registration_lines(context_, settings_);
  }

  hub::async::task<webhook_report> inspect_webhook(hub::http::client&) override {
    webhook_report made;
    made.wanted = webhook_address(context_);
    made.why =
        "Meta cannot be asked with these credentials; compare the Callback URL in the app's dashboard, WhatsApp, Configuration";
    co_return made;
  }

  /// Pages "Throughput" and "About the platform": 80 messages a second; to one person one in six seconds, and 45 of them ahead.
  send_pace pace_of(const send_asked&) const override {
    send_pace made;
    made.account = {80, 1};
    made.conversation = {1.0 / 6, 45};
    return made;
  }

  hub::async::task<sending> send(send_port port, send_asked what) override {
    sending made;
    const auto to = receiver_of(context_, what);
    if (!to) {
      made.told = told_refused(to.error());
      co_return made;
    }
    std::string media_id;
    if (!what.prepared && !what.files.empty()) {
      auto uploaded = co_await upload(port, what);
      if (uploaded.media_id.empty()) {
        made.told = std::move(uploaded.told);
        co_return made;
      }
      media_id = std::move(uploaded.media_id);
    }
    auto body = message_request(context_, settings_, what, *to, media_id);
    if (!body) {
      made.told = told_refused(body.error());
      co_return made;
    }
    if (const auto late = too_late(context_, what)) {
      made.told = *late;
      co_return made;
    }
    auto call = post("messages", "application/json", std::move(*body));
    const auto answer = co_await ask_once(port.http, std::move(call));
    made.told = answer.lost ? *answer.lost : read_message_answer(context_, answer.got, what.attempt);
    co_return made;
  }

  hub::async::task<hub::message::templates_told> list_templates(hub::http::client& http) override {
    hub::message::templates_told made;
    if (settings_.waba_id.empty()) made.why = "waba_id of the account is not set";
    std::string after;
    for (int n = 0; n < most_pages && made.why.empty(); ++n) {
      auto call = page_of_templates(after);
      const auto got = co_await ask_once(http, std::move(call));
      if (got.lost) {
        made.why = got.lost->reason;
        break;
      }
      auto page = read_template_page(got.got);
      if (!page) {
        made.why = page.error().what;
        break;
      }
      for (auto& one : page->told.templates) made.templates.push_back(std::move(one));
      made.left_out += page->told.left_out;
      after = std::move(page->after);
      if (after.empty()) co_return made;
    }
    if (made.why.empty()) made.why = "the account has more templates than are read";
    // A part of the list would look like all of it.
    made.templates.clear();
    co_return made;
  }

 private:
  hub::http::outgoing page_of_templates(const std::string& after) const {
    hub::http::outgoing made;
    made.method = "GET";
    made.url = settings_.api_base + "/" + settings_.api_version + "/" + settings_.waba_id +
               "/message_templates?fields=name,language,status,category,components,parameter_format&limit=" +
               std::to_string(templates_a_page) + (after.empty() ? "" : "&after=" + hub::http::percent_encode(after));
    made.head.set("Authorization", "Bearer " + settings_.access_token.reveal());
    made.total_time = time_for_page;
    made.max_body = hub::byte_count{4ULL << 20};
    return made;
  }

  hub::http::outgoing post(const std::string& edge, std::string content_type, std::string body) const {
    hub::http::outgoing made;
    made.method = "POST";
    made.url = settings_.api_base + "/" + settings_.api_version + "/" + settings_.phone_number_id + "/" + edge;
    made.head.set("Authorization", "Bearer " + settings_.access_token.reveal());
    made.head.set("Content-Type", std::move(content_type));
    made.body = std::move(body);
    return made;
  }

  /// Puts the file where a message can name it. Nobody receives anything by it, so it may be repeated, and is never unknown.
  hub::async::task<upload_answer> upload(send_port port, const send_asked& what) {
    upload_answer made;
    if (const auto kind = kind_of_file(what); !kind) {
      made.told = told_refused(kind.error());
      co_return made;
    }
    const auto& file = what.files.front();
    auto bytes = co_await files_.read(port.file(file.sha256), file.size);
    if (!bytes) {
      made.told = told_refused(bytes.error());
      co_return made;
    }
    std::vector<form_part> parts;
    parts.push_back({"messaging_product", "whatsapp"});
    parts.push_back({"type", file.type});
    parts.push_back({"file", std::move(*bytes), outgoing_name(file), file.type});
    const auto form = make_form(parts, "leadyard-" + hub::random_token());
    for (int n = 0; n < most_uploads; ++n) {
      if (const auto late = too_late(context_, what)) {
        made.told = *late;
        break;
      }
      auto call = post("media", form.content_type, form.bytes);
      call.total_time = time_for_upload;
      const auto answer = co_await ask_once(port.http, std::move(call));
      if (answer.lost) {
        made.told = *answer.lost;
        made.told.state = send_state::deferred;
        made.repeatable = true;
      } else {
        made = read_upload_answer(answer.got, what.attempt);
      }
      if (!made.repeatable) break;
    }
    co_return made;
  }

  hub::result<std::vector<hub::message::event>> read_batch(std::string_view body, hub::instant received_at) const {
    try {
      FAILPOINT("whatsapp.parse", body);
    } catch (const hub::error& e) {
      return hub::problem{"", e.what()};
    }
    return whatsapp::normalize(context_, settings_.phone_number_id, body, received_at);
  }

  account_context context_;
  settings settings_;
  file_reader files_;
};

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_version(std::string_view text) {
  return text.starts_with('v') && text.size() > 1 && text.find_first_not_of("0123456789.", 1) == std::string_view::npos;
}

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  const auto refuse = [&](const std::string& what, const std::string& value = {}) {
    found.push_back({config::to_text(from.at), path + what, value});
  };
  if (found.size() == before) {
    if (read.app_secret.empty()) refuse(".app_secret: is empty");
    if (read.verify_token.empty()) refuse(".verify_token: is empty");
    if (read.access_token.empty()) refuse(".access_token: is empty");
    if (read.phone_number_id.empty() || !is_digits(read.phone_number_id))
      refuse(".phone_number_id: expected Meta's id of the number, digits only");
    if (!is_digits(read.waba_id)) refuse(".waba_id: expected digits only", read.waba_id);
    if (!is_version(read.api_version)) refuse(".api_version: expected a version such as v26.0", read.api_version);
    if (graph_host(read).empty()) refuse(".api_base: expected an address", read.api_base);
  }
  for (const auto& host : read.media_hosts)
    if (host.empty() || host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string::npos)
      refuse(".media_hosts: expected host names in small letters", host);
  if (found.size() != before) return nullptr;
  while (read.api_base.ends_with('/')) read.api_base.pop_back();
  return std::make_unique<whatsapp_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.whatsapp.main"); }

}  // namespace

bool is_authentic(const hub::http::request& request, const hub::secret& app_secret) {
  if (request.head.count(signature_header) != 1) return false;
  std::string_view given = *request.head.find(signature_header);
  if (!given.starts_with(signature_prefix)) return false;
  given.remove_prefix(signature_prefix.size());
  return is_signed(given, request.body, app_secret);
}

reception answer_verification(const hub::http::request& request, const hub::secret& verify_token) {
  const auto given = [&](const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  reception got;
  const auto challenge = given("hub.challenge");
  const bool ours = !verify_token.empty() && hub::equal_in_constant_time(given("hub.verify_token"), verify_token.reveal());
  if (!ours || given("hub.mode") != "subscribe" || challenge.empty() || challenge.size() > longest_challenge) {
    got.verdict = verdict::forged;
    got.status = 403;
    return got;
  }
  got.answer = hub::clean_text(challenge);
  got.answer_type = "text/plain";
  return got;
}

hub::result<media_source> source_of(const account_context& of, const settings& with, std::string_view reference,
                                    hub::instant now) {
  const auto place = open_place(of, reference);
  if (!place) return place.error();
  const auto hosts = allowed_hosts(with);
  const auto expires_at = place->sent + media_life;
  // A clock that lags behind Meta's by a little is no reason to ask for another address.
  const bool fresh = now < place->sent + address_life && now > place->sent - address_life;
  if (fresh && !place->url.empty() && is_host_allowed(place->url, hosts)) return with_token(with, place->url, expires_at);
  auto made = with_token(
      with, with.api_base + "/" + with.api_version + "/" + place->id + "?phone_number_id=" + with.phone_number_id, expires_at);
  made.fleeting = false;
  made.next = [&with, hosts, expires_at](std::string_view answer) -> hub::result<media_source> {
    const auto url = address_in(answer);
    if (!url) return url.error();
    if (!is_host_allowed(*url, hosts)) return hub::problem{"media", "its host is not among media_hosts"};
    return with_token(with, *url, expires_at);
  };
  return made;
}

std::vector<std::string> registration_lines(const account_context& of, const settings& with) {
  const auto waba = with.waba_id.empty() ? std::string("<WABA id>") : with.waba_id;
  return {
      "Meta has no call for this with the account's credentials; in the app's dashboard open WhatsApp, Configuration:",
      "Callback URL: " + webhook_address(of),
      "Verify token: the value of " + secret_name(of, "VERIFY_TOKEN") + " in the secrets file",
      "press Verify and save; Meta then calls the address, so the hub must be reachable",
      "Webhook fields to subscribe: messages, smb_message_echoes, user_id_update",
      "then subscribe the app to the account once: POST " + with.api_base + "/" + with.api_version + "/" + waba +
          "/subscribed_apps with the access token",
  };
}

connector_kind kind() { return {"whatsapp", make, describe_settings}; }

}  // namespace connectors::whatsapp
