// A program like hub-connector whose one channel is "viber" on a platform as plain as can be (plain_platform.hpp): what tests
// of the host's and the worker's half of sending run against. It says of an exchange what a connector has to say: certainly not
// sent, sent, refused, unknown.

#include "config/reader.hpp"
#include "connectors/connector.hpp"
#include "hub/message/json.hpp"

namespace connectors {

namespace {

using hub::message::send_state;

struct settings {
  std::string auth_token, sender_name, welcome;  // of the channel it stands for; not used
  std::string api_base;
  double per_second = 0;
  double burst = 1;
  std::uint32_t patience_ms = 1000;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("auth_token", self.auth_token, hub::about{.text = "", .secret = true});
    on("sender_name", self.sender_name, hub::about{.text = ""});
    on("welcome", self.welcome, hub::about{.text = ""});
    on("api_base", self.api_base, hub::about{.text = "Where the platform is.", .required = true});
    on("per_second", self.per_second, hub::about{.text = "Of one conversation."});
    on("burst", self.burst, hub::about{.text = "Of one conversation."});
    on("patience_ms", self.patience_ms, hub::about{.text = "How long an answer is waited for."});
  }
};

struct answered {
  std::string id;
  std::optional<std::uint32_t> retry_after_ms;
  bool paused = false;

  bool operator==(const answered&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, hub::about{.text = ""});
    on("retry_after_ms", self.retry_after_ms, hub::about{.text = ""});
    on("paused", self.paused, hub::about{.text = ""});
  }
};

class plain_connector : public connector {
 public:
  plain_connector(const account_context& of, settings how) : of_(of), how_(std::move(how)) {}

  const account_context& context() const override { return of_; }
  std::vector<webhook> webhooks() const override { return {}; }
  reception receive(const hub::http::request&, hub::instant) override { return {}; }
  hub::result<std::vector<hub::message::event>> normalize(std::string_view, hub::instant) override {
    return hub::problem{"", "nothing is read here"};
  }
  hub::result<media_source> open_media(std::string_view) override { return hub::problem{"", "no media"}; }
  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    co_return std::vector<std::string>();
  }

  send_pace pace_of(const hub::message::send_asked&) const override { return {{}, {how_.per_second, how_.burst}}; }

  hub::async::task<sending> send(send_port port, hub::message::send_asked asked) override {
    hub::http::outgoing request;
    request.method = "POST";
    request.url = how_.api_base + "/send";
    request.total_time = std::chrono::milliseconds(how_.patience_ms);
    request.head.set("Content-Type", "application/json");
    request.body = hub::message::to_json(asked);
    sending came;
    hub::http::incoming got;
    try {
      got = co_await port.http.fetch(std::move(request));
    } catch (const hub::http::exchange_error& e) {
      const bool left = e.sent() != hub::http::sent_state::nothing;
      came.told.state = left ? send_state::unknown : send_state::deferred;
      came.told.reason = e.what();
      co_return came;
    }
    const auto parsed = hub::message::parse_json(got.body);
    auto said = parsed ? hub::message::from_json<answered>(*parsed) : hub::result<answered>(hub::problem{});
    if (got.status == 429) {
      came.told.state = send_state::deferred;
      came.told.counts = false;
      came.told.retry_after_ms = said ? said->retry_after_ms.value_or(1000) : 1000;
    } else if (got.status / 100 == 4) {
      came.told.state = send_state::failed;
      came.told.code = std::to_string(got.status);
      came.told.reason = "the platform refuses it";
      came.told.pause_account = got.status == 401;
    } else if (got.status == 200 && said && !said->id.empty()) {
      came.told.state = send_state::sent;
      came.told.platform_ids.push_back(said->id);
    }
    co_return came;
  }

 private:
  account_context of_;
  settings how_;
};

std::unique_ptr<connector> make_plain(const account_context& of, const config::node& from, hub::problems& found) {
  settings how;
  const auto before = found.size();
  config::read(from, how, found, "connectors.viber." + of.account);
  if (found.size() > before) return nullptr;
  return std::make_unique<plain_connector>(of, std::move(how));
}

std::unique_ptr<connector> make_nothing(const account_context&, const config::node&, hub::problems&) { return nullptr; }
std::string no_settings() { return {}; }

}  // namespace

// In place of connectors/registry.cpp, which the linker leaves in its library. "activity" is in everybody's settings.
const std::vector<connector_kind>& registry() {
  static const std::vector<connector_kind> kinds{{"activity", make_nothing, no_settings}, {"viber", make_plain, no_settings}};
  return kinds;
}

}  // namespace connectors
