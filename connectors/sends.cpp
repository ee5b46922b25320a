#include "connectors/sends.hpp"

#include "hub/async/within.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

namespace connectors {

namespace {

using namespace std::chrono_literals;
using hub::http::response;
using hub::message::send_asked;
using hub::message::send_state;
using hub::message::send_told;

/// As long as a worker's attempt is good for; older ones than the journal may have been begun before it.
constexpr auto good_for = 25s;
constexpr auto kept_for = std::chrono::hours(24 * 14);
/// Longer than any question for an attempt can lie about.
constexpr auto handed_back_for = 2min;

std::string digest_of(send_asked what) {
  what.not_after = {};
  return hub::to_hex(hub::sha256(hub::message::to_json(what)));
}

send_told came_too_late() {
  send_told made;
  made.state = send_state::deferred;
  made.reason = "its turn came too late";
  made.counts = false;
  return made;
}

send_told nobody_knows(std::string why) {
  send_told made;
  made.state = send_state::unknown;
  made.reason = std::move(why);
  return made;
}

response told_response(const send_told& told) { return response::json(200, hub::message::to_json(told)); }

}  // namespace

/// While it lives the attempt is this request's.
struct sends::under_way {
  sends& of;
  std::pair<std::uint64_t, std::uint32_t> which;
  under_way(sends& s, std::pair<std::uint64_t, std::uint32_t> w) : of(s), which(w) {}
  under_way(const under_way&) = delete;
  under_way& operator=(const under_way&) = delete;
  ~under_way() { of.under_way_.erase(which); }
};

sends::sends(host& accounts, intake& events, hub::http::client& http, const hub::media::store& files, const media_links& links,
             std::string journal_path, const hub::clock& clock, send_options how)
    : accounts_(accounts),
      events_(events),
      http_(http),
      files_(files),
      links_(links),
      clock_(clock),
      how_(how),
      journal_(std::move(journal_path), clock.now()) {}

send_port sends::port() const {
  return {http_, [this](std::string_view sha256) { return files_.find(sha256); },
          [this](std::string_view sha256, std::string_view extension, std::chrono::seconds valid) {
            return links_.link(sha256, extension, valid);
          }};
}

hub::async::task<response> sends::ask(connector& of, hub::http::request from) {
  const auto parsed = hub::message::parse_json(from.body);
  if (!parsed) co_return response::problem(400, "not JSON", parsed.error().what);
  auto asked = hub::message::from_json<send_asked>(*parsed, hub::message::unknown_members::refuse);
  if (!asked) co_return response::problem(400, "not a message to send", asked.error().what, asked.error().where);
  const auto which = std::pair(asked->outbox_id, asked->attempt);
  if (!under_way_.insert(which).second) co_return response::problem(409, "under way", "this attempt is being sent");
  const under_way mine(*this, which);
  send_entry entry;
  entry.outbox_id = asked->outbox_id;
  entry.attempt = asked->attempt;
  entry.digest = digest_of(*asked);
  entry.channel = of.context().channel;
  entry.account = of.context().account;
  entry.conversation = asked->conversation;
  std::string trouble;
  try {
    auto made = co_await answer(of, std::move(*asked), std::move(entry));
    co_return made;
  } catch (const hub::error& e) {
    if (e.code() != "journal") throw;
    trouble = e.what();
  }
  hub::log::error("nothing can be sent", {{"error", trouble}});
  co_return response::problem(503, "nothing can be sent now", trouble);
}

hub::async::task<response> sends::answer(connector& of, send_asked asked, send_entry entry) {
  const auto look = [this, id = entry.outbox_id, attempt = entry.attempt] { return journal_.find(id, attempt); };
  auto seen = co_await hub::async::on_thread(writing_, look);
  if (seen && seen->digest == entry.digest) {
    if (seen->told) co_return told_response(*seen->told);
    // Begun by a process that is no more; keep_publishing() tells everybody.
    co_return told_response(nobody_knows("hub-connector ended while it was being sent"));
  }
  if (const auto back = handed_back_.find({entry.outbox_id, entry.attempt});
      back != handed_back_.end() && back->second > clock_.now())
    co_return told_response(came_too_late());
  send_told told;
  if (asked.not_after <= clock_.now() && asked.not_after - good_for < journal_.since())
    co_return told_response(nobody_knows("it is older than the journal of what was sent"));
  const bool may_leave = co_await wait_for_turn(of, asked, told);
  if (!may_leave) {
    hand_back(entry);
    co_return told_response(told);
  }

  const auto begin = [this, &entry, now = clock_.now()] { return journal_.begin(entry, now); };
  const bool begun = co_await hub::async::on_thread(writing_, begin);
  // Another process of this volume was quicker.
  if (!begun) co_return response::problem(409, "under way", "this attempt is being sent");
  sending came;
  if (asked.not_after <= clock_.now())
    came.told = came_too_late();
  else
    came = co_await send(of, std::move(asked));
  came.told.reason = hub::scrub_numbers(came.told.reason);
  entry.told = came.told;
  learn(entry);
  std::string trouble;
  try {
    const auto end = [this, &entry] { journal_.end(entry); };
    co_await hub::async::on_thread(writing_, end);
  } catch (const hub::error& e) {
    trouble = e.what();
  }
  // It has left, whatever becomes of the record: the answer and the event say so.
  if (!trouble.empty()) hub::log::error("what came of a message is not on record", {{"error", trouble}});
  co_await publish(std::move(entry), std::move(came.events));
  co_return told_response(came.told);
}

hub::async::task<bool> sends::wait_for_turn(connector& of, const send_asked& asked, send_told& told) {
  const auto account = of.context().channel + ":" + of.context().account;
  const auto allowed = of.pace_of(asked);
  const auto patience = clock_.steady() + how_.longest_wait;
  while (true) {
    const auto now = clock_.steady();
    if (asked.not_after <= clock_.now()) {
      told = came_too_late();
      co_return false;
    }
    const auto turn = turns_.next(account, asked.conversation, allowed, now);
    if (turn <= now) {
      turns_.take(account, asked.conversation, allowed, now);
      co_return true;
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(turn - now);
    if (turn > patience || clock_.now() + wait >= asked.not_after) {
      told = came_too_late();
      told.reason = "the platform's limit";
      told.retry_after_ms = static_cast<std::uint32_t>(std::min<std::int64_t>(wait.count(), 3'600'000));
      co_return false;
    }
    co_await hub::async::sleep_for(wait);
  }
}

hub::async::task<sending> sends::send(connector& of, send_asked asked) {
  sending came;
  try {
    auto to = port();
    auto work = of.send(std::move(to), std::move(asked));
    came = co_await hub::async::within(how_.longest_send, std::move(work));
  } catch (...) {
    // It is told what went wrong, not thrown: whatever this is, bytes may have left.
    const auto failed = hub::classify(std::current_exception());
    came.told = nobody_knows(hub::shorten(hub::clean_text(failed.what), 300));
  }
  co_return came;
}

void sends::hand_back(const send_entry& entry) {
  const auto now = clock_.now();
  std::erase_if(handed_back_, [&](const auto& one) { return one.second <= now; });
  handed_back_[{entry.outbox_id, entry.attempt}] = now + handed_back_for;
}

void sends::learn(const send_entry& entry) {
  const auto account = entry.channel + ":" + entry.account;
  if (entry.told->state == send_state::sent) turns_.taken(account);
  if (entry.told->state == send_state::deferred && entry.told->retry_after_ms)
    turns_.put_off(account, entry.conversation, std::chrono::milliseconds(*entry.told->retry_after_ms), clock_.steady());
}

hub::async::task<bool> sends::publish(send_entry entry, std::vector<hub::message::event> more) {
  const auto now = clock_.now();
  hub::message::event made;
  made.channel = entry.channel;
  made.account = entry.account;
  // With its state: a process that was thought dead may still tell how it ended.
  made.key = entry.channel + ":" + entry.account + ":send:" + std::to_string(entry.outbox_id) + ":" +
             std::to_string(entry.attempt) + ":" + std::string(hub::name_of(entry.told->state)) + ":" + entry.digest.substr(0, 8);
  made.conversation = entry.conversation;
  made.time = now;
  made.data = hub::message::send_outcome{entry.outbox_id, entry.attempt, *entry.told};
  more.insert(more.begin(), std::move(made));
  const auto trace = new_trace();
  for (auto& e : more) {
    e.trace = trace;
    e.received_at = now;
  }
  const bool safe = co_await events_.accept(std::move(more));
  if (!safe) co_return false;
  FAILPOINT("send.published", std::to_string(entry.outbox_id));
  const auto note = [this, &entry] { journal_.published(entry); };
  try {
    co_await hub::async::on_thread(writing_, note);
  } catch (const hub::error& e) {
    hub::log::warn("an outcome will be published once more", {{"error", e.what()}});
  }
  co_return true;
}

hub::async::task<> sends::keep_publishing() {
  while (true) {
    std::string trouble;
    try {
      const auto look = [this] { return journal_.unfinished(); };
      auto left = co_await hub::async::on_thread(writing_, look);
      for (auto& entry : left) {
        if (under_way_.contains({entry.outbox_id, entry.attempt})) continue;
        if (!entry.told) {
          entry.told = nobody_knows("hub-connector ended while it was being sent");
          const auto end = [this, &entry] { journal_.end(entry); };
          co_await hub::async::on_thread(writing_, end);
        }
        std::vector<hub::message::event> nothing_else;
        const bool safe = co_await publish(std::move(entry), std::move(nothing_else));
        if (!safe) break;
      }
      const auto forget = [this, before = clock_.now() - kept_for] { journal_.forget(before); };
      co_await hub::async::on_thread(writing_, forget);
    } catch (const hub::error& e) {
      if (e.kind() == hub::failure::cancelled) throw;
      trouble = e.what();
    }
    if (!trouble.empty()) hub::log::warn("outcomes of messages are not published yet", {{"error", trouble}});
    co_await hub::async::sleep_for(how_.look_again);
  }
}

}  // namespace connectors
