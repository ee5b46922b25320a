#include "connectors/telephony/ringostat/ringostat.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/telephony/account.hpp"
#include "connectors/telephony/ringostat/calls.hpp"
#include "connectors/telephony/ringostat/normalize.hpp"

namespace connectors::telephony::ringostat {

namespace {

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

  hub::async::task<webhook_report> inspect_webhook(hub::http::client&) override {
    webhook_report made;
    made.wanted = address_with_token(context_);
    made.why = "Ringostat tells nobody which address it calls; compare it in the project's cabinet, Integration, Webhooks 2.0";
    co_return made;
  }

 private:
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
