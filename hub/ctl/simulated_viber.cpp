#include "hub/ctl/simulated_viber.hpp"

#include "hub/async/within.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/log.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/car_photo.hpp"
#include "hub/ctl/phone_player.hpp"
#include "hub/ctl/viber_player.hpp"
#include "hub/http/client.hpp"
#include "hub/http/server.hpp"
#include "hub/message/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace hub::ctl {

namespace {

using namespace std::chrono_literals;

std::string text_of(const boost::json::object& in, std::string_view name) {
  const auto* value = in.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

http::response answer(int status, std::string_view words, const std::string& more = {}) {
  std::string body = "{\"status\":" + std::to_string(status) + ",\"status_message\":";
  message::append_json_string(body, words);
  return http::response::json(200, body + ",\"chat_hostname\":\"SN-CHAT-07_\"" + more + "}");
}

}  // namespace

struct simulated_viber::state : std::enable_shared_from_this<simulated_viber::state> {
  boost::asio::io_context& loop;
  platform_options options;
  http::client client;
  std::optional<http::server> server;
  std::string webhook, event_types;
  std::vector<sent_message> sent;
  std::set<std::string> served;
  std::uint64_t next_token = 4'990'000'000'000'000'001ULL;

  state(boost::asio::io_context& on, platform_options with) : loop(on), options(std::move(with)), client(on) {}

  /// The status a callback was answered with; 0 when it could not be delivered.
  async::task<int> call_back(viber_event event) {
    http::outgoing call;
    call.method = "POST";
    call.url = webhook;
    call.body = viber_body(event);
    call.head.set("Content-Type", "application/json");
    call.head.set("X-Viber-Content-Signature", sign(options.token, call.body));
    try {
      const auto got = co_await client.fetch(std::move(call));
      co_return got.status;
    } catch (const error& e) {
      log::warn("a callback was not delivered", {{"event", event.event}, {"error", e.what()}});
    }
    co_return 0;
  }

  async::task<> report_fate(std::uint64_t token, std::string receiver) {
    for (const char* fate : {"delivered", "seen"}) {
      co_await async::sleep_for(300ms);
      viber_event event;
      event.event = fate;
      event.time = std::chrono::floor<std::chrono::milliseconds>(real_clock().now());
      event.token = token;
      event.who.id = receiver;
      co_await call_back(std::move(event));
    }
  }

  async::task<http::response> take_webhook(const boost::json::object& wanted) {
    const std::string url = text_of(wanted, "url");
    webhook = url;
    if (url.empty()) co_return answer(0, "ok");
    viber_event probe;
    probe.event = "webhook";
    probe.time = std::chrono::floor<std::chrono::milliseconds>(real_clock().now());
    probe.token = next_token++;
    const int status = co_await call_back(std::move(probe));
    if (status != 200) {
      webhook.clear();
      co_return answer(1, "Result code is not 200, but " + std::to_string(status));
    }
    const std::string types =
        ",\"event_types\":[\"subscribed\",\"unsubscribed\",\"webhook\",\"conversation_started\","
        "\"client_status\",\"action\",\"delivered\",\"failed\",\"message\",\"seen\"]";
    event_types = types;
    co_return answer(0, "ok", types);
  }

  http::response take_message(const boost::json::object& asked) {
    sent_message made;
    made.receiver = text_of(asked, "receiver");
    made.type = text_of(asked, "type");
    made.text = text_of(asked, "text");
    made.tracking = text_of(asked, "tracking_data");
    if (made.receiver.empty()) return answer(4, "missingData");
    if (made.type.empty()) return answer(3, "badData");
    made.token = next_token++;
    sent.push_back(made);
    if (options.receipts && !webhook.empty())
      boost::asio::co_spawn(
          loop,
          [](std::shared_ptr<state> self, std::uint64_t token, std::string to) -> async::task<> {
            co_await self->report_fate(token, std::move(to));
          }(shared_from_this(), made.token, made.receiver),
          boost::asio::detached);
    return answer(0, "ok", ",\"message_token\":" + std::to_string(made.token) + ",\"billing_status\":0");
  }

  async::task<http::response> call(http::request asked) {
    const auto body = message::parse_json(asked.body);
    if (!body || !body->is_object()) co_return answer(3, "badData");
    const auto& fields = body->as_object();
    const std::string* header = asked.head.find("X-Viber-Auth-Token");
    if ((header ? *header : text_of(fields, "auth_token")) != options.token) co_return answer(2, "invalidAuthToken");
    const std::string method = asked.params["method"];
    if (method == "set_webhook") {
      auto made = co_await take_webhook(fields);
      co_return made;
    }
    if (method == "send_message") co_return take_message(fields);
    if (method == "get_account_info") {
      std::string more = R"(,"id":"pa:0000000000000000001","name":"Simulated dealer","subscribers_count":12,"webhook":)";
      message::append_json_string(more, webhook);
      co_return answer(0, "ok", more + event_types);
    }
    co_return http::response::text(404, "no such method");
  }

  /// "/media/<number>.png": every number is another picture, paper (pdf) or recording (wav), and the same one each time.
  http::response media(const std::string& name) {
    const auto dot = name.find('.');
    const std::string number = name.substr(0, dot);
    if (dot == std::string::npos || number.empty() || number.size() > 18 ||
        number.find_first_not_of("0123456789") != std::string::npos)
      return http::response::text(404, "no such media");
    served.insert(name);
    const std::string kind = name.substr(dot + 1);
    http::response made;
    made.body = kind == "pdf"   ? make_pdf(std::stoull(number))
                : kind == "wav" ? make_recording(std::stoull(number))
                                : draw_car_photo(std::stoull(number));
    made.head.set("Content-Type", kind == "pdf" ? "application/pdf" : kind == "wav" ? "audio/x-wav" : "image/png");
    return made;
  }
};

simulated_viber::simulated_viber(boost::asio::io_context& loop, platform_options options)
    : state_(std::make_shared<state>(loop, std::move(options))) {}

simulated_viber::~simulated_viber() = default;

void simulated_viber::start() {
  auto* const self = state_.get();  // the server is stopped before the state ends
  http::router routes;
  routes.add({.method = "GET", .pattern = "/media/{name}", .handle = [self](http::request asked) -> async::task<http::response> {
                co_return self->media(asked.params["name"]);
              }});
  // The Bot API's way to the same pictures: "123_png" is /media/123.png.
  routes.add({.method = "GET", .pattern = "/{bot}/getFile", .handle = [](http::request asked) -> async::task<http::response> {
                auto name = asked.query["file_id"];
                std::replace(name.begin(), name.end(), '_', '.');
                co_return http::response::json(200, R"({"ok":true,"result":{"file_path":"media/)" + name + "\"}}");
              }});
  routes.add(
      {.method = "GET",
       .pattern = "/file/{bot}/media/{name}",
       .handle = [self](http::request asked) -> async::task<http::response> { co_return self->media(asked.params["name"]); }});
  routes.add({.method = "POST", .pattern = "/pa/{method}", .handle = [self](http::request asked) {
                return self->call(std::move(asked));
              }});
  http::listen_options listen;
  listen.address = state_->options.address;
  listen.port = state_->options.port;
  state_->server.emplace(state_->loop, "platform", std::move(routes), std::move(listen));
  state_->server->start();
}

async::task<> simulated_viber::stop() {
  if (state_->server) co_await state_->server->stop();
}

std::string simulated_viber::url() const {
  return "http://" + state_->options.address + ":" + std::to_string(state_->server->port());
}

void simulated_viber::set_webhook(std::string url) { state_->webhook = std::move(url); }
const std::string& simulated_viber::webhook() const { return state_->webhook; }
const std::vector<simulated_viber::sent_message>& simulated_viber::sent() const { return state_->sent; }
std::size_t simulated_viber::media_served() const { return state_->served.size(); }

}  // namespace hub::ctl
