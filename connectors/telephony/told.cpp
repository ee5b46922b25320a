#include "connectors/telephony/told.hpp"

#include <algorithm>
#include <variant>

namespace connectors::telephony {

using hub::message::call_facts;
using hub::message::call_record;

namespace {

using namespace std::chrono_literals;

// Webhooks of a call that is just over are on their way, and the provider's clock is not ours.
constexpr auto patience = 2min;
constexpr auto clocks_differ = 1min;

/// Only what the call's state depends on: nobody's name stays here.
call_facts state_facts(const call_record& call) {
  auto facts = hub::message::facts_of(call);
  facts.customer.reset();
  facts.manager.reset();
  facts.line.reset();
  facts.recording.reset();
  return facts;
}

std::optional<hub::instant> begun(const call_record& call) {
  return call.started_at ? call.started_at : call.answered_at ? call.answered_at : call.ended_at;
}

}  // namespace

told_calls::entry& told_calls::entry_of(const std::string& call_id, hub::instant now) {
  const auto [at, is_new] = calls_.try_emplace(call_id);
  if (!is_new) return at->second;
  order_.emplace_back(now, call_id);
  if (calls_.size() > most_) {
    // What is forgotten was spoken of then: of calls from before nothing can be said any more.
    since_ = std::max(*since_, order_.front().first);
    calls_.erase(order_.front().second);
    order_.pop_front();
  }
  return calls_.at(call_id);
}

void told_calls::heard(const std::vector<hub::message::event>& events, hub::instant now) {
  if (!since_) return;
  for (const auto& one : events)
    if (const auto* call = std::get_if<call_record>(&one.data)) merge(entry_of(call->call_id, now).facts, state_facts(*call));
}

std::size_t told_calls::mended_by(const std::vector<hub::message::event>& events, hub::instant now) {
  std::size_t mended = 0;
  for (const auto& one : events) {
    const auto* call = std::get_if<call_record>(&one.data);
    const auto at = call ? begun(*call) : std::nullopt;
    if (!since_ || !at || *at < *since_ + clocks_differ || one.time > now - patience) continue;
    auto& known = entry_of(call->call_id, now);
    const auto before = outcome_of(known.facts).state;
    merge(known.facts, state_facts(*call));
    if (outcome_of(known.facts).state == before || known.counted) continue;
    known.counted = true;
    ++mended;
  }
  return mended;
}

}  // namespace connectors::telephony
