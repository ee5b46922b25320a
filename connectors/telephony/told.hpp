#pragma once
// What webhooks told of calls in this process, beside what the provider's list tells: a call that the list mends was lost on the
// way, or told wrongly. Remembers a bounded number of calls; of one that began before its memory does it says nothing rather
// than something wrong. Used on the loop by the account's connector; pure but for that memory.

#include "hub/message/call_merge.hpp"
#include "hub/message/canonical.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace connectors::telephony {

class told_calls {
 public:
  explicit told_calls(std::size_t most = 5000) : most_(most) {}

  /// From now on webhooks are heard: calls that began before may have been told of to the process before this one. Called again
  /// it changes nothing.
  void begin(hub::instant now) { since_ = since_.value_or(now); }

  /// What a webhook told, as it was received.
  void heard(const std::vector<hub::message::event>& events, hub::instant now);

  /// What the list tells: how many calls stand otherwise by it than by what was heard of them. Each call counts once, and none
  /// before its webhooks had the time to come.
  std::size_t mended_by(const std::vector<hub::message::event>& events, hub::instant now);

 private:
  struct entry {
    hub::message::call_facts facts;
    bool counted = false;
  };
  entry& entry_of(const std::string& call_id, hub::instant now);

  std::optional<hub::instant> since_;
  std::size_t most_;
  std::unordered_map<std::string, entry> calls_;
  std::deque<std::pair<hub::instant, std::string>> order_;  ///< when each was first spoken of
};

}  // namespace connectors::telephony
