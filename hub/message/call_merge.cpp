#include "hub/message/call_merge.hpp"

#include <functional>
#include <tuple>

namespace hub::message {

namespace {

constexpr std::uint32_t weight_of_summary = 3, weight_of_end = 2, weight_of_answer = 1;

std::uint32_t weight_of(const call_record& of) {
  switch (of.source) {
    case call_source::completed:
    case call_source::poll:
    case call_source::cdr: return weight_of_summary;
    case call_source::timeout: return 0;
    case call_source::webhook: break;
  }
  switch (of.step) {
    case call_step::started: return 0;
    case call_step::answered:
    case call_step::recording_ready: return weight_of_answer;
    case call_step::ended:
    case call_step::missed: break;
  }
  return weight_of_end;
}

bool is_end(call_step step) { return step == call_step::ended || step == call_step::missed; }

template <class T>
std::optional<told<T>> weighed(const std::optional<T>& value, std::uint32_t weight) {
  return value ? std::optional<told<T>>({*value, weight}) : std::nullopt;
}

/// What is empty was not told.
template <class T>
std::optional<told<T>> weighed_if_any(const T& value, std::uint32_t weight) {
  return value.empty() ? std::nullopt : std::optional<told<T>>({value, weight});
}

/// The part names the recording; sealed anew each time, so the reference only decides between equal parts.
struct greater_recording {
  bool operator()(const attachment& a, const attachment& b) const {
    const auto key = [](const attachment& one) {
      return std::tie(one.part, one.reference, one.type, one.expires_at, one.file_name, one.size, one.seconds);
    };
    return key(a) > key(b);
  }
};

template <class T, class Preferred = std::greater<T>>
bool take(std::optional<told<T>>& mine, const std::optional<told<T>>& theirs, Preferred preferred = {}) {
  if (!theirs) return false;
  if (mine && (mine->weight > theirs->weight || (mine->weight == theirs->weight && !preferred(theirs->value, mine->value))))
    return false;
  mine = theirs;
  return true;
}

template <class T>
std::optional<T> told_value(const std::optional<told<T>>& fact) {
  return fact ? std::optional<T>(fact->value) : std::nullopt;
}

template <class T>
T value_or_none(const std::optional<told<T>>& fact) {
  return fact ? fact->value : T{};
}

}  // namespace

call_facts facts_of(const call_record& of) {
  const auto weight = weight_of(of);
  call_facts made;
  made.begun = of.step != call_step::recording_ready;
  made.over = is_end(of.step);
  made.direction = weighed(of.direction, weight);
  made.customer = weighed_if_any(of.customer, weight);
  made.manager = weighed_if_any(of.manager, weight);
  made.line = weighed_if_any(of.line, weight);
  made.started_at = weighed(of.started_at, weight);
  made.answered_at = weighed(of.answered_at, weight);
  made.ended_at = weighed(of.ended_at, weight);
  made.waiting_seconds = weighed(of.waiting_seconds, weight);
  made.talk_seconds = weighed(of.talk_seconds, weight);
  made.disposition = weighed(of.disposition, weight);
  if (of.step == call_step::answered) made.disposition = told<call_disposition>{call_disposition::answered, weight};
  made.recording = weighed(of.recording, weight);
  return made;
}

bool merge(call_facts& into, const call_facts& more) {
  bool changed = (more.begun && !into.begun) || (more.over && !into.over);
  into.begun = into.begun || more.begun;
  into.over = into.over || more.over;
  changed |= take(into.direction, more.direction);
  changed |= take(into.customer, more.customer);
  changed |= take(into.manager, more.manager);
  changed |= take(into.line, more.line);
  changed |= take(into.started_at, more.started_at, std::less<instant>{});
  changed |= take(into.answered_at, more.answered_at, std::less<instant>{});
  changed |= take(into.ended_at, more.ended_at);
  changed |= take(into.waiting_seconds, more.waiting_seconds);
  changed |= take(into.talk_seconds, more.talk_seconds);
  changed |= take(into.disposition, more.disposition);
  changed |= take(into.recording, more.recording, greater_recording{});
  return changed;
}

call_outcome outcome_of(const call_facts& facts) {
  call_outcome made;
  made.direction = told_value(facts.direction);
  made.customer = value_or_none(facts.customer);
  made.manager = value_or_none(facts.manager);
  made.line = value_or_none(facts.line);
  made.started_at = told_value(facts.started_at);
  made.answered_at = told_value(facts.answered_at);
  made.ended_at = told_value(facts.ended_at);
  made.waiting_seconds = told_value(facts.waiting_seconds);
  made.talk_seconds = told_value(facts.talk_seconds);
  made.disposition = told_value(facts.disposition);
  made.recording = told_value(facts.recording);
  const bool answered = made.disposition == call_disposition::answered;
  if (facts.over)
    made.state = answered ? call_state::ended : call_state::missed;
  else if (facts.begun)
    made.state = answered ? call_state::answered : call_state::started;
  if (made.state != call_state::missed) return made;
  made.talk_seconds = 0;
  made.answered_at.reset();
  if (!made.disposition) made.disposition = call_disposition::no_answer;
  return made;
}

}  // namespace hub::message
