#include "workers/sender/sender.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
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

void count_outcome(const send_told& told) {
  hub::metrics::counter("hub_sends_total", "Attempts to send, by what came of them.",
                        {{"outcome", std::string(hub::name_of(told.state))}})
      .Increment();
  static auto& unknown = hub::metrics::counter("hub_send_unknown_total", "Attempts of which nobody knows whether they left.");
  static auto& limited = hub::metrics::counter("hub_rate_limited_total", "Attempts that a platform put off.");
  if (told.state == send_state::unknown) unknown.Increment();
  if (told.state == send_state::deferred && told.retry_after_ms) limited.Increment();
}

send_told deferred(std::string why, bool counts) {
  send_told made;
  made.state = send_state::deferred;
  made.reason = std::move(why);
  made.counts = counts;
  return made;
}

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

sender::sender(const sender_options& options, circuits& accounts, unsigned number, bool tells_people)
    : options_(options),
      accounts_(accounts),
      looks_after_(number == 0),
      tells_people_(tells_people),
      rows_(options.database, options.process + ":" + std::to_string(number)),
      notices_(options.database, options.notices) {
  loop_ = std::make_unique<boost::asio::io_context>(1);
  client_ = std::make_unique<hub::http::client>(*loop_);
}

sender::~sender() { close(); }

void sender::close() {
  const std::lock_guard lock(mutex_);
  client_.reset();
  loop_.reset();
}

void sender::run(std::stop_token stopping) {
  stopping_ = stopping;
  hub::backoff database_away(200ms, 5s);
  while (!stopping.stop_requested() && !abandoned_) {
    try {
      rest_ = 0ms;
      if (looks_after_) look_after();
      const bool any = tells_people_ ? tell_people() : work() || ask_about_orphan();
      if (!any) rest_ = std::max(rest_, tells_people_ ? 4 * options_.idle : options_.idle);
      database_away.reset();
      if (rest_ <= 4 * options_.idle && std::exchange(troubled_, false)) log::info("sender works again");
    } catch (...) {
      // Everything about one message ended in its row; what arrives here is the database, or the machine.
      const auto failed = hub::classify(std::current_exception());
      if (!std::exchange(troubled_, true)) log::warn("sender cannot work", {{"code", failed.code}, {"error", failed.what}});
      rest_ = database_away.next();
    }
    if (rest_ > 0ms) pause(rest_);
  }
}

void sender::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stopping_, time, [] { return false; });
}

void sender::abandon() {
  abandoned_ = true;
  const std::lock_guard lock(mutex_);
  if (loop_) loop_->stop();
}

void sender::look_after() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_after_ < 1s) return;
  looked_after_ = now;
  const auto done = rows_.sweep(options_.silence, options_.resent);
  for (auto n = done.unknown; n > 0; --n) {
    send_told nobody_told;
    count_outcome(nobody_told);
  }
  if (done.unknown > 0) log::warn("nobody told what became of messages; they wait for a person", {{"messages", done.unknown}});
  if (done.expired > 0) log::warn("messages could not be sent in time", {{"messages", done.expired}});

  const auto waiting = rows_.count();
  for (const char* state : {"queued", "sending", "unknown", "failed"}) {
    const auto at = waiting.rows.find(state);
    hub::metrics::gauge("hub_outbox_rows", "Messages of ours by state; of unknown and failed those nobody has looked at.",
                        {{"state", state}})
        .Set(at == waiting.rows.end() ? 0 : static_cast<double>(at->second));
  }
  for (const char* channel : {"viber", "whatsapp", "telegram", "email"}) {
    const auto oldest = waiting.oldest_seconds.find(channel);
    hub::metrics::gauge("hub_outbox_oldest_seconds", "Age of the oldest message that is not sent.", {{"channel", channel}})
        .Set(oldest == waiting.oldest_seconds.end() ? 0 : oldest->second);
    const auto paused = waiting.paused.find(channel);
    hub::metrics::gauge("hub_accounts_paused", "Accounts that send nothing until a person resumes them.", {{"channel", channel}})
        .Set(paused == waiting.paused.end() ? 0 : static_cast<double>(paused->second));
  }
}

bool sender::work() {
  const auto taken = rows_.take(options_.lease, accounts_.closed_to_us(std::chrono::steady_clock::now()));
  if (!taken) return false;
  FAILPOINT("sender.taken", std::to_string(taken->id));
  const auto account = taken->channel + ":" + taken->account;
  if (!accounts_.begin(account, std::chrono::steady_clock::now())) return false;
  std::optional<begun> attempt;
  try {
    attempt = rows_.begin(*taken, options_.good_for);
  } catch (...) {
    accounts_.neither(account);
    throw;
  }
  if (!attempt) {
    accounts_.neither(account);
    return true;
  }
  FAILPOINT("sender.begun", std::to_string(taken->id));
  send(*attempt, false);
  return true;
}

bool sender::ask_about_orphan() {
  const auto attempt = rows_.take_orphan(options_.ask_again, options_.lease);
  if (!attempt) return false;
  send(*attempt, true);
  return true;
}

bool sender::tell_people() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  if (const auto moment = std::chrono::steady_clock::now(); moment - collected_ >= 5s) {
    collected_ = moment;
    notices_.collect(now);
  }
  const auto attempt = notices_.begin(now, options_.good_for);
  if (!attempt) return false;
  const auto what = ask(*attempt, false);
  if (what.away) rest_ = away_.next();
  const auto told = what.told ? *what.told : what.away ? deferred("hub-connector does not answer", false) : send_told();
  if (told.state == send_state::failed || told.state == send_state::unknown)
    log::warn("a notice may not have arrived", {{"notice", attempt->ask.outbox_id},
                                                {"channel", attempt->channel},
                                                {"state", std::string(hub::name_of(told.state))},
                                                {"reason", told.reason}});
  notices_.settle(*attempt, told, std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
  return !what.away;
}

void sender::send(const begun& attempt, bool asked_before) {
  auto what = ask(attempt, asked_before);
  // hub-connector does not do the same attempt twice: who lost its answer asks for it. From then on only what it tells of the
  // attempt counts: that it is away, or refuses to begin anything, does not say that nothing has left.
  for (int again = 0; again < 2 && !what.told && !what.away && !abandoned_; ++again) {
    pause(1s);
    asked_before = true;
    what = ask(attempt, asked_before);
  }
  if (what.away) {
    rest_ = away_.next();
    if (!std::exchange(troubled_, true)) log::warn("hub-connector cannot be reached; messages wait");
    if (!asked_before) what.told = deferred("hub-connector does not answer", false);
  }
  settle(attempt, what);
}

sender::heard sender::ask(const begun& attempt, bool asked_before) {
  heard what;
  const std::string base = options_.connector_url();
  if (base.empty()) {
    what.away = true;
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
    return what;
  }
  try {
    std::rethrow_exception(failed);
  } catch (const hub::http::exchange_error& e) {
    what.away = e.sent() == hub::http::sent_state::nothing;
  } catch (const std::exception& e) {
    log::warn("cannot ask hub-connector to send", {{"error", e.what()}});
  }
  return what;
}

void sender::settle(const begun& attempt, const heard& what) {
  const auto account = attempt.channel + ":" + attempt.account;
  const auto now = std::chrono::steady_clock::now();
  const auto& told = what.told;
  // Its event, or the next one who asks, settles the row.
  if (!told) return accounts_.neither(account);
  FAILPOINT("sender.told", std::to_string(attempt.ask.outbox_id));
  if (what.away) {
    accounts_.neither(account);
  } else {
    away_.reset();
    if (told->state == send_state::sent || told->state == send_state::failed)
      accounts_.succeeded(account);
    else if (told->state == send_state::unknown || told->counts)
      accounts_.failed(account, now);
    else
      accounts_.neither(account);
  }
  if (told->pause_account)
    log::error("an account sends nothing until a person resumes it",
               {{"channel", attempt.channel}, {"account", attempt.account}, {"code", told->code}, {"reason", told->reason}});
  count_outcome(*told);
  rows_.settle(attempt, *told);
}

}  // namespace workers::sender
