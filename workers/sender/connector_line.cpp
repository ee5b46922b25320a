#include "workers/sender/connector_line.hpp"

#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/text.hpp"
#include "hub/http/text.hpp"
#include "hub/message/json.hpp"

#include <boost/asio/co_spawn.hpp>

#include <utility>

namespace workers::sender {

namespace {

namespace log = hub::log;
using namespace std::chrono_literals;
using hub::message::send_state;
using hub::message::send_told;

/// Nothing where the answer does not say what became of the attempt.
std::optional<send_told> told_by(const hub::http::incoming& got) {
  if (got.status == 404) return deferred("no connector has this account", true);
  // Refused before it was begun: the journal of attempts cannot be written, or the tokens of the programs differ.
  if (got.status == 503 || got.status == 401) return deferred("hub-connector cannot send now", false);
  if (got.status == 400 || got.status == 413 || got.status == 422) {
    send_told made;
    made.state = send_state::failed;
    made.reason = "hub-connector does not understand it: " + hub::shorten(hub::clean_text(got.body), 300);
    return made;
  }
  if (got.status != 200) return std::nullopt;
  const auto parsed = hub::message::parse_json(got.body);
  auto told = parsed ? hub::message::from_json<send_told>(*parsed) : hub::result<send_told>(hub::problem{});
  if (!told) return std::nullopt;
  return std::move(*told);
}

}  // namespace

send_told deferred(std::string why, bool counts) {
  send_told made;
  made.state = send_state::deferred;
  made.reason = std::move(why);
  made.counts = counts;
  return made;
}

connector_line::connector_line(const sender_options& options)
    : options_(options),
      loop_(std::make_unique<boost::asio::io_context>(1)),
      client_(std::make_unique<hub::http::client>(*loop_)) {}

connector_line::~connector_line() { close(); }

void connector_line::close() {
  const std::lock_guard lock(mutex_);
  client_.reset();
  loop_.reset();
}

void connector_line::run(std::stop_token stopping, std::chrono::milliseconds idle, const std::function<bool()>& work) {
  stopping_ = stopping;
  hub::backoff database_away(200ms, 5s);
  bool troubled = false;  // said in the log, until it works again
  while (!stopping.stop_requested() && !abandoned_) {
    try {
      rest_ = 0ms;
      if (!work()) rest_ = std::max(rest_, idle);
      database_away.reset();
      if (std::exchange(troubled, false)) log::info("sender works again");
    } catch (...) {
      // Everything about one message ended in its row; what arrives here is the database, or the machine.
      const auto failed = hub::classify(std::current_exception());
      if (!std::exchange(troubled, true)) log::warn("sender cannot work", {{"code", failed.code}, {"error", failed.what}});
      rest_ = database_away.next();
    }
    if (rest_ > 0ms) pause(rest_);
  }
}

void connector_line::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stopping_, time, [] { return false; });
}

void connector_line::abandon() {
  abandoned_ = true;
  const std::lock_guard lock(mutex_);
  if (loop_) loop_->stop();
}

void connector_line::say_away(bool away) {
  if (away) rest_ = away_for_.next();
  if (away == std::exchange(away_, away)) return;
  if (away) return log::warn("hub-connector cannot be reached; messages wait");
  away_for_.reset();
  log::info("hub-connector is reached again");
}

connector_line::heard connector_line::ask(const begun& attempt, bool asked_before) {
  heard what;
  const std::string base = options_.connector_url();
  if (base.empty()) {
    what.away = true;
    say_away(true);
    return what;
  }
  hub::http::outgoing request;
  request.method = "POST";
  request.url = base + "/internal/send?channel=" + hub::http::percent_encode(attempt.channel) +
                "&account=" + hub::http::percent_encode(attempt.account);
  request.head.set("Authorization", "Bearer " + options_.internal_token.reveal());
  request.head.set("Content-Type", "application/json");
  request.body = hub::message::to_json(attempt.ask);
  request.total_time = options_.answer;

  bool finished = false;
  hub::http::incoming answer;
  std::exception_ptr failed;
  loop_->restart();
  boost::asio::co_spawn(*loop_, client_->fetch(std::move(request)), [&](std::exception_ptr e, hub::http::incoming got) {
    failed = std::move(e);
    answer = std::move(got);
    finished = true;
    loop_->stop();  // idle connections would keep it running
  });
  if (!abandoned_) loop_->run();
  if (!finished) {
    close();
    return what;
  }
  if (!failed) {
    if (answer.status == 200 || !asked_before) what.told = told_by(answer);
  } else {
    try {
      std::rethrow_exception(failed);
    } catch (const hub::http::exchange_error& e) {
      what.away = e.sent() == hub::http::sent_state::nothing;
    } catch (const std::exception& e) {
      log::warn("cannot ask hub-connector to send", {{"error", e.what()}});
    }
  }
  say_away(what.away);
  return what;
}

}  // namespace workers::sender
