#include "connectors/telephony/binotel/binotel.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/telephony/account.hpp"
#include "connectors/telephony/binotel/calls.hpp"
#include "connectors/telephony/binotel/normalize.hpp"
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
    boost::json::object ask;
    ask["generalCallID"] = media->url.substr(prefix.size());
    ask["key"] = settings_.key.reveal();
    ask["secret"] = settings_.secret.reveal();
    media_source source;
    source.method = "POST";
    source.url = settings_.api_base + "/stats/call-record.json";
    source.head.set("Content-Type", "application/json");
    source.body = boost::json::serialize(ask);
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

  hub::async::task<webhook_report> inspect_webhook(hub::http::client&) override {
    webhook_report made;
    made.wanted = address_with_token(context_);
    made.why = "Binotel tells nobody which address it calls; its support knows";
    co_return made;
  }

 private:
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
