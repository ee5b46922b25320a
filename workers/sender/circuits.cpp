#include "workers/sender/circuits.hpp"

#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"

namespace workers::sender {

void circuits::tell(const std::string& account, bool open) {
  const auto colon = account.find(':');
  hub::metrics::gauge("hub_circuit_open", "1 while nothing is tried at a platform that took nothing.",
                      {{"channel", account.substr(0, colon)}, {"account", account.substr(colon + 1)}})
      .Set(open ? 1 : 0);
}

std::vector<std::string> circuits::closed_to_us(moment now) {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> made;
  for (const auto& [account, one] : known_)
    if (one.open && (one.trying || now < one.until)) made.push_back(account);
  return made;
}

bool circuits::begin(const std::string& account, moment now) {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(account);
  if (at == known_.end() || !at->second.open) return true;
  if (at->second.trying || now < at->second.until) return false;
  at->second.trying = true;
  return true;
}

void circuits::succeeded(const std::string& account) {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(account);
  if (at == known_.end()) return;
  if (at->second.open) {
    hub::log::info("a platform takes messages again", {{"account", account}});
    tell(account, false);
  }
  known_.erase(at);
}

void circuits::failed(const std::string& account, moment now) {
  const std::lock_guard lock(mutex_);
  auto& one = known_.try_emplace(account, circuit{0, false, false, {}, hub::backoff(first_, longest_)}).first->second;
  ++one.in_a_row;
  one.trying = false;
  if (!one.open && one.in_a_row < failures_) return;
  if (!one.open) {
    hub::log::warn("a platform takes no messages; they wait", {{"account", account}});
    tell(account, true);
  }
  one.open = true;
  one.until = now + one.wait.next();
}

void circuits::neither(const std::string& account) {
  const std::lock_guard lock(mutex_);
  const auto at = known_.find(account);
  if (at != known_.end()) at->second.trying = false;
}

}  // namespace workers::sender
