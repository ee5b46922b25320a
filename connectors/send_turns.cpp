#include "connectors/send_turns.hpp"

#include <algorithm>

namespace connectors {

namespace {

using namespace std::chrono_literals;
using span = std::chrono::steady_clock::duration;

constexpr double slowest = 32;
/// Told to two conversations within so short a time, it is no conversation's fault.
constexpr auto together = 5s;
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
  if (allowed.per_second > 0) full_at = std::max(full_at, now) + seconds(slower / allowed.per_second);
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
  if (!of.last_put_off.empty() && of.last_put_off != conversation && now - of.put_off_at < together)
    of.slower = std::min(slowest, of.slower * 1.5);
  of.last_put_off = conversation;
  of.put_off_at = now;
}

void send_turns::taken(const std::string& account) {
  auto& of = accounts_[account];
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
