#include "workers/sender/sender.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"

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

}  // namespace

sender::sender(const sender_options& options, circuits& accounts, unsigned number)
    : options_(options),
      accounts_(accounts),
      looks_after_(number == 0),
      rows_(options.database, options.process + ":" + std::to_string(number)),
      line_(options) {}

void sender::run(std::stop_token stopping) {
  line_.run(stopping, options_.idle, [this] {
    if (looks_after_) look_after();
    return work() || ask_about_orphan();
  });
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

void sender::send(const begun& attempt, bool asked_before) {
  auto what = line_.ask(attempt, asked_before);
  // hub-connector does not do the same attempt twice: who lost its answer asks for it. From then on only what it tells of the
  // attempt counts: that it is away, or refuses to begin anything, does not say that nothing has left.
  for (int again = 0; again < 2 && !what.told && !what.away && !line_.abandoned(); ++again) {
    line_.pause(1s);
    asked_before = true;
    what = line_.ask(attempt, asked_before);
  }
  if (what.away && !asked_before) what.told = deferred("hub-connector does not answer", false);
  settle(attempt, what);
}

void sender::settle(const begun& attempt, const connector_line::heard& what) {
  const auto account = attempt.channel + ":" + attempt.account;
  const auto now = std::chrono::steady_clock::now();
  const auto& told = what.told;
  // Its event, or the next one who asks, settles the row.
  if (!told) return accounts_.neither(account);
  FAILPOINT("sender.told", std::to_string(attempt.ask.outbox_id));
  if (what.away)
    accounts_.neither(account);
  else if (told->state == send_state::sent || told->state == send_state::failed)
    accounts_.succeeded(account);
  else if (told->state == send_state::unknown || told->counts)
    accounts_.failed(account, now);
  else
    accounts_.neither(account);
  if (told->pause_account)
    log::error("an account sends nothing until a person resumes it",
               {{"channel", attempt.channel}, {"account", attempt.account}, {"code", told->code}, {"reason", told->reason}});
  count_outcome(*told);
  rows_.settle(attempt, *told);
}

}  // namespace workers::sender
