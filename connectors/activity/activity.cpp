#include "connectors/activity/activity.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/activity/normalize.hpp"
#include "connectors/signature.hpp"

namespace connectors::activity {

namespace {

constexpr std::string_view signature_header = "X-Leadyard-Signature";

class activity_connector final : public connector {
 public:
  activity_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    list.push_back({"POST", "/webhooks/activity/{account}", {.body = hub::byte_count{longest_body}}});
    return list;
  }

  reception receive(const hub::http::request& request, hub::instant received_at) override {
    reception got;
    const bool known = is_authentic(request, settings_.secret) || is_authentic(request, settings_.previous_secret);
    if (!known) {
      got.verdict = verdict::forged;
      got.status = 401;
      return got;
    }
    auto events = normalize(request.body, received_at);
    if (!events) {
      got.verdict = verdict::refused;
      got.field = events.error().where;
      got.reason = events.error().what;
      return got;
    }
    got.events = std::move(*events);
    return got;
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    return activity::normalize(context_, body, received_at);
  }

  hub::result<media_source> open_media(std::string_view) override {
    return hub::problem{"reference", "activities have no media"};
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    std::vector<std::string> lines;
    lines.push_back("the website is told by its own settings: POST " + context_.public_url + "/webhooks/activity/" +
                    context_.account + ", signed with this account's secret");
    co_return lines;
  }

 private:
  account_context context_;
  settings settings_;
};

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  if (found.size() == before && read.secret.empty()) found.push_back({config::to_text(from.at), path + ".secret: is empty"});
  if (found.size() != before) return nullptr;
  return std::make_unique<activity_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.activity.main"); }

}  // namespace

bool is_authentic(const hub::http::request& request, const hub::secret& secret) {
  if (request.head.count(signature_header) != 1) return false;
  return is_signed(*request.head.find(signature_header), request.body, secret);
}

connector_kind kind() { return {"activity", make, describe_settings}; }

}  // namespace connectors::activity
