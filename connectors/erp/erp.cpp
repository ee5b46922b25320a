#include "connectors/erp/erp.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/erp/drop.hpp"
#include "connectors/erp/drop_watch.hpp"
#include "connectors/erp/exchange.hpp"
#include "connectors/erp/words.hpp"
#include "connectors/sealed.hpp"
#include "hub/async/within.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <utility>

namespace connectors::erp {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view pattern = "/exchange/bas/{account}";
constexpr std::size_t most_at_once = 200;
constexpr auto longest_wait = 30s;
// One piece, and what an ERP that counts otherwise adds.
constexpr hub::byte_count largest_body{file_limit + (64 << 10)};

std::string value_of(const std::map<std::string, std::string>& from, const std::string& name) {
  const auto found = from.find(name);
  return found == from.end() ? std::string() : found->second;
}

question question_of(hub::http::request from) {
  const auto head = [&from](std::string_view name) {
    const auto* found = from.head.find(name);
    return found ? *found : std::string();
  };
  question made;
  made.type = value_of(from.query, "type");
  made.mode = value_of(from.query, "mode");
  made.filename = value_of(from.query, "filename");
  made.version = value_of(from.query, "version");
  made.sessid = value_of(from.query, "sessid");
  made.cookie = head("Cookie");
  made.authorization = head("Authorization");
  made.body = std::move(from.body);
  return made;
}

class erp_connector final : public connector {
 public:
  erp_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}
  ~erp_connector() override {
    if (exchange_) exchange_->stop();
    asking_.join();
    working_.join();
  }

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    for (const auto* const method : {"GET", "POST"}) list.push_back({method, std::string(pattern), {.body = largest_body}, true});
    return list;
  }

  reception receive(const hub::http::request&, hub::instant) override { return forged_reception(); }

  hub::async::task<hub::http::response> answer(hub::http::request from) override {
    auto asked = question_of(std::move(from));
    // Something to read, or to tell: the thread of run() waits otherwise.
    const bool begins_work = asked.mode == "import" || asked.mode == "success" || asked.mode == "complete";
    erp::answer said{"failure\nthe hub is starting\n"};
    if (exchange_) {
      const auto now = context_.clock->now();
      const auto ask = [this, &asked, now] { return ask_or_say_why(asked, now); };
      said = co_await hub::async::on_thread(asking_, ask);
    }
    if (begins_work) wake();
    // Any other status is taken for trouble on the way.
    hub::http::response made;
    made.status = 200;
    made.head.set("Content-Type", said.content_type);
    made.head.set("Cache-Control", "no-store");
    made.body = std::move(said.body);
    co_return made;
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    if (is_drop(body)) return normalize_drop(context_, settings_, body, received_at);
    return erp::normalize(context_, settings_, body, received_at);
  }

  hub::async::task<hub::result<std::vector<hub::message::event>>> rehearse(std::string file) override {
    if (!exchange_) throw hub::error(hub::failure::transient, "starting", "the exchange is starting");
    const auto now = context_.clock->now();
    const auto read = [this, &file, now] {
      return is_drop(file) ? normalize_drop(context_, settings_, file, now) : exchange_->rehearse(file, now);
    };
    auto told = co_await hub::async::on_thread(working_, read);
    co_return told;
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    auto opened = open_sealed_media(context_, reference);
    if (!opened) return opened.error();
    media_source source;
    source.url = opened->url;
    source.read = [this, path = opened->url]() -> hub::result<std::string> {
      auto bytes = exchange_ ? exchange_->photo(path) : std::nullopt;
      if (!bytes) return hub::problem{"photo", "the ERP has not sent it yet"};
      return std::move(*bytes);
    };
    return source;
  }

  hub::async::task<hub::message::order_told> keep_order(hub::message::order_asked order) override {
    if (!exchange_) throw hub::error(hub::failure::transient, "starting", "the exchange is starting");
    const auto keep = [this, &order] { return exchange_->keep_order(order); };
    const auto refused = co_await hub::async::on_thread(asking_, keep);
    hub::message::order_told told;
    told.state = refused ? hub::message::order_state::refused : hub::message::order_state::kept;
    if (refused) told.why = refused->where + " " + refused->what;
    wake();
    co_return told;
  }

  hub::async::task<> run(intake_port port) override {
    if (!exchange_) exchange_ = std::make_unique<exchange>(context_, settings_, port.directory);
    if (!settings_.drop_directory.empty())
      dropped_ = std::make_unique<drop_watch>(context_, settings_, port.directory + "/dropped");
    auto& waiting = hub::metrics::gauge("hub_erp_orders_waiting", "Orders of the hub that the ERP has not taken.",
                                        {{"channel", context_.channel}, {"account", context_.account}});
    const auto executor = co_await boost::asio::this_coro::executor;
    timer_.emplace(executor);
    while (true) {
      const auto work = [this] { return exchange_->work(); };
      const auto stop = [this] { exchange_->stop(); };
      const bool worked = co_await hub::async::on_thread(working_, work, stop);
      if (worked) FAILPOINT("erp.read", context_.account);
      exchange_->tick(context_.clock->now());
      const auto look = [this] { return dropped_ && dropped_->look(context_.clock->now(), exchange_->ready()); };
      const bool took = co_await hub::async::on_thread(working_, look);
      co_await publish(port);
      waiting.Set(static_cast<double>(exchange_->orders_waiting()));
      port.trouble(dropped_ ? dropped_->trouble() : std::string());
      if (!worked && !took) co_await wait();
    }
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    std::vector<std::string> lines;
    lines.push_back("the ERP is told by its own settings (exchange with a site): " + context_.public_url + "/exchange/bas/" +
                    context_.account + ", with this account's user and password");
    co_return lines;
  }

 private:
  erp::answer ask_or_say_why(const question& asked, hub::instant now) {
    try {
      return exchange_->ask(asked, now);
    } catch (const std::exception& e) {
      hub::log::error("an exchange cannot go on", {{"account", context_.account}, {"error", e.what()}});
      return {"failure\nthe hub cannot keep it now\n"};
    }
  }

  hub::async::task<> publish(intake_port& port) {
    while (true) {
      const auto look = [this] { return exchange_->ready().next(most_at_once); };
      auto events = co_await hub::async::on_thread(working_, look);
      if (events.empty()) co_return;
      const bool safe = co_await port.accept(std::move(events));
      if (!safe)
        throw hub::error(hub::failure::transient, "intake", "objects cannot be kept: neither broker nor spool takes them");
      FAILPOINT("erp.published", context_.account);
      const auto forget = [this] { exchange_->ready().told(); };
      co_await hub::async::on_thread(working_, forget);
    }
  }

  void wake() {
    woken_ = true;
    if (timer_) timer_->cancel();
  }
  hub::async::task<> wait() {
    if (!std::exchange(woken_, false)) {
      timer_->expires_after(longest_wait);
      boost::system::error_code ignored;
      co_await timer_->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ignored));
      woken_ = false;
      const auto state = co_await boost::asio::this_coro::cancellation_state;
      if (state.cancelled() != boost::asio::cancellation_type::none)
        throw hub::error(hub::failure::cancelled, "stopping", "the exchange is stopping");
    }
  }

  account_context context_;
  settings settings_;
  std::unique_ptr<exchange> exchange_;
  std::unique_ptr<drop_watch> dropped_;  ///< where a directory is set
  std::optional<boost::asio::steady_timer> timer_;
  bool woken_ = false;
  boost::asio::thread_pool asking_{1};   ///< answers are quick
  boost::asio::thread_pool working_{1};  ///< reading a file is not
};

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  const auto refuse = [&](const std::string& what) { found.push_back({config::to_text(from.at), path + what}); };
  if (found.size() == before) {
    if (read.user.empty() || read.user.reveal().find(':') != std::string::npos) refuse(".user: expected a name without a colon");
    if (read.password.empty()) refuse(".password: is empty");
    if (!is_zone(read.timezone)) refuse(".timezone: expected a name like Europe/Kyiv");
    if (!read.drop_directory.empty() && !read.drop_directory.starts_with('/'))
      refuse(".drop_directory: expected an absolute path");
    if (read.vin.empty() || read.make.empty() || read.model.empty()) refuse(": vin, make and model need a name each");
  }
  if (found.size() != before) return nullptr;
  return std::make_unique<erp_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.bas.main"); }

}  // namespace

connector_kind kind() { return {"bas", make, describe_settings}; }

}  // namespace connectors::erp
