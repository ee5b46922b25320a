#include "connectors/send_turns.hpp"

#include <algorithm>

namespace connectors {

namespace {

using namespace std::chrono_literals;
using span = std::chrono::steady_clock::duration;

constexpr double slowest = 32;
/// A platform that refuses now and then is no reason to stay below its limit; one that refuses this share is.
constexpr double too_often = 0.1;
/// How much the newest attempt weighs in that share: as much as fifty count.
constexpr double newest = 0.02;
/// What was under way when an account was slowed down says nothing about its new pace.
constexpr auto settles = 1s;
/// Whoever wakes up so little late keeps to the schedule, or timers would cost a part of every interval.
constexpr auto slack = 50ms;
constexpr auto kept_unused = 10min;

span seconds(double n) { return std::chrono::duration_cast<span>(std::chrono::duration<double>(n)); }

}  // namespace

// full_at - now is what has been taken and is not back yet: one may go while that leaves room for one more.
send_turns::moment send_turns::bucket::ready(const pace& allowed, double slower) const {
  if (allowed.per_second <= 0) return held_until;
  const double each = slower / allowed.per_second;
  return std::max(held_until, full_at - seconds(each * (std::max(1.0, allowed.burst) - 1)));
}

void send_turns::bucket::take(const pace& allowed, double slower, moment now) {
  used = now;
  if (allowed.per_second > 0) full_at = (full_at + slack >= now ? full_at : now) + seconds(slower / allowed.per_second);
}

send_turns::moment send_turns::next(const std::string& account, const std::string& conversation, const send_pace& allowed,
                                    moment now) {
  auto& of = accounts_[account];
  forget_unused(of, now);
  auto& own = of.conversations[conversation];
  own.used = now;
  // What no document limits is slowed down too once the platform complains: from ten a second on.
  pace whole = allowed.account;
  if (whole.per_second <= 0 && of.slower > 1) whole = {10, 1};
  return std::max(of.own.ready(whole, of.slower), own.ready(allowed.conversation, 1));
}

void send_turns::take(const std::string& account, const std::string& conversation, const send_pace& allowed, moment now) {
  auto& of = accounts_[account];
  pace whole = allowed.account;
  if (whole.per_second <= 0 && of.slower > 1) whole = {10, 1};
  of.own.take(whole, of.slower, now);
  of.conversations[conversation].take(allowed.conversation, 1, now);
}

void send_turns::put_off(const std::string& account, const std::string& conversation, std::chrono::milliseconds for_so_long,
                         moment now) {
  auto& of = accounts_[account];
  auto& own = of.conversations[conversation];
  own.used = now;
  own.held_until = std::max(own.held_until, now + for_so_long);
  of.refused += (1 - of.refused) * newest;
  const bool several = !of.last_put_off.empty() && of.last_put_off != conversation;
  if (several && of.refused > too_often && (of.slower == 1 || now - of.slowed_at >= settles)) {
    of.slower = std::min(slowest, of.slower * 1.5);
    of.slowed_at = now;
  }
  of.last_put_off = conversation;
}

void send_turns::taken(const std::string& account) {
  auto& of = accounts_[account];
  of.refused -= of.refused * newest;
  of.slower = std::max(1.0, of.slower * 0.98);
  if (of.slower < 1.01) of.slower = 1;
}

std::size_t send_turns::size() const {
  std::size_t n = 0;
  for (const auto& [name, of] : accounts_) n += of.conversations.size();
  return n;
}

void send_turns::forget_unused(account_state& of, moment now) {
  if (of.conversations.size() < 1000) return;
  std::erase_if(of.conversations, [&](const auto& one) {
    return one.second.used + kept_unused < now && one.second.held_until < now && one.second.full_at < now;
  });
}

}  // namespace connectors
