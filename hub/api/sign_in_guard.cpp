#include "hub/api/sign_in_guard.hpp"

#include <algorithm>

namespace hub::api {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t most_records = 20'000;
constexpr auto forget_after = 1h;

// Three views of one attempt. The pair is strict: nobody shares it. An office shares its address and a stranger can
// spoil anybody's account, so those two begin later, and the account's wait stays short.
std::string pair_key(const std::string& account, const std::string& peer) { return "p " + peer + " " + account; }
std::string peer_key(const std::string& peer) { return "a " + peer; }
std::string account_key(const std::string& account) { return "e " + account; }

}  // namespace

std::optional<std::chrono::seconds> sign_in_guard::begin(const std::string& account, const std::string& peer) {
  const auto wait = std::max({wait_of(pair_key(account, peer)), wait_of(peer_key(peer)), wait_of(account_key(account))});
  if (wait > 0s) return std::chrono::ceil<std::chrono::seconds>(wait);
  make_room();
  count(pair_key(account, peer), 5, 15min);
  count(peer_key(peer), 50, 5min);
  count(account_key(account), 20, 30s);
  return std::nullopt;
}

void sign_in_guard::forgive(const std::string& account, const std::string& peer) {
  records_.erase(pair_key(account, peer));
  records_.erase(account_key(account));
  // The address keeps its count: one right password must not buy a guesser fifty more tries at others.
  if (const auto at = records_.find(peer_key(peer)); at != records_.end() && at->second.attempts > 0) --at->second.attempts;
}

std::chrono::steady_clock::duration sign_in_guard::wait_of(const std::string& key) const {
  const auto at = records_.find(key);
  return at == records_.end() ? 0s : at->second.free_at - clock_.steady();
}

void sign_in_guard::count(const std::string& key, unsigned free_attempts, std::chrono::seconds longest) {
  auto& r = records_[key];
  const auto now = clock_.steady();
  if (r.attempts > 0 && now - r.last > forget_after) r.attempts = 0;
  r.last = now;
  ++r.attempts;
  if (r.attempts < free_attempts) return;
  const auto doubled = std::chrono::seconds(1) * (1 << std::min(r.attempts - free_attempts, 20U));
  r.free_at = now + std::min<std::chrono::seconds>(doubled, longest);
}

void sign_in_guard::make_room() {
  if (records_.size() < most_records) return;
  const auto now = clock_.steady();
  std::erase_if(records_, [&](const auto& r) { return now - r.second.last > forget_after; });
  // A flood of invented accounts: what no longer waits goes first, and if all of them wait, all go.
  if (records_.size() >= most_records) std::erase_if(records_, [&](const auto& r) { return r.second.free_at <= now; });
  if (records_.size() >= most_records) records_.clear();
}

}  // namespace hub::api
