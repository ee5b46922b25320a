#include "workers/ingest/answers.hpp"

#include <algorithm>

namespace workers::ingest {

namespace {

void hear_customer(lead_row& lead, instant at) {
  if (lead.unanswered_since) {
    // The first one nobody answered; the clock runs already.
    lead.unanswered_since = std::min(*lead.unanswered_since, at);
  } else if (at >= lead.last_activity_at) {
    lead.unanswered_since = lead.clock_from = at;
    lead.changed = true;
  }
}

void hear_person(lead_row& lead, instant at) {
  if (!lead.unanswered_since || at >= *lead.unanswered_since) lead.written_to = true;
  if (!lead.unanswered_since || at < *lead.unanswered_since) return;
  if (!lead.responded_at) {
    lead.responded_at = at;
    lead.responded = true;
  }
  if (at < lead.last_activity_at) {
    lead.late_answer = std::max(lead.late_answer.value_or(at), at);
  } else {
    lead.unanswered_since.reset();
    lead.response_due.reset();
    lead.clock_from.reset();
    lead.late_answer.reset();
  }
  lead.changed = true;
}

struct owner {
  std::optional<id_type> id;
  std::string email;
};

owner owner_of(const lead_row& lead, const opening* given, const roster& people) {
  if (lead.manager) return {lead.manager, lead.owner_email};
  if (!given || !given->receipt.winner) return {};
  for (const auto& [team, members] : people.teams)
    for (const auto& one : members)
      if (one.id == *given->receipt.winner) return {one.id, one.email};
  return {given->receipt.winner, ""};
}

}  // namespace

void hear(lead_row& lead, const hub::message::event& e, const hub::message::chat_message& message) {
  if (!routing::is_open(lead.stage)) return;
  if (message.direction == hub::message::direction::incoming)
    hear_customer(lead, e.time);
  else if (message.type != hub::message::content_type::system)
    hear_person(lead, e.time);
}

void hear_call(lead_row& lead, bool talked, instant at) {
  if (!routing::is_open(lead.stage)) return;
  if (talked)
    hear_person(lead, at);
  else
    hear_customer(lead, at);
}

void settle_answers(const routing::rule_set& rules, state& s, const roster& people, instant now) {
  const bool clocks = rules.first_response_due.within.has_value();
  std::vector<const opening*> openings(s.leads.size());
  for (const auto& o : s.openings) openings[o.lead] = &o;
  for (std::size_t i = 0; i < s.leads.size(); ++i) {
    auto& lead = s.leads[i];
    if (!lead.written_to && !(clocks && lead.clock_from)) continue;
    const auto who = owner_of(lead, openings[i], people);
    const auto& team = openings[i] && !openings[i]->why.then.team.empty() ? openings[i]->why.then.team : lead.team;
    // Our own outage is nobody's delay: what was written while we were away is due from now.
    if (clocks && lead.clock_from)
      lead.response_due = rules.first_response_until(std::max(*lead.clock_from, now), who.email, team);
    if (lead.responded) lead.responded_by = who.id;
    lead.now_contacted = lead.written_to && who.id && lead.stage == routing::stage::fresh;
  }
}

}  // namespace workers::ingest
