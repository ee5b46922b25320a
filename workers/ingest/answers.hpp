#pragma once
// Who waits for an answer, and until when: the clock of the first response (docs/domain.md, "First response"). Pure; the
// wall clock is handed in.

#include "workers/ingest/fold.hpp"

namespace workers::ingest {

/// What a message does to the clock of its lead: the first unanswered one starts it, a reply by a person stops it. Called
/// before the lead learns the message's time, which tells whether it is late.
void hear(lead_row& lead, const hub::message::event& e, const hub::message::chat_message& message);
/// The same for a call: one in which people talked is a reply, a missed one waits for one.
void hear_call(lead_row& lead, bool talked, instant at);

/// Once owners are chosen: when answers are due on the owner's calendar, who is credited, which leads leave `new`.
void settle_answers(const routing::rule_set& rules, state& s, const roster& people, instant now);

/// After that: who wrote to a team that is not at work, and is told so. Live messages only: of the same span of closed hours as
/// `now`, and of the last hour. It answers nothing: the customer goes on waiting for a person.
void answer_out_of_hours(const routing::rule_set& rules, state& s, instant now);

}  // namespace workers::ingest
