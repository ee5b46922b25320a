#include "workers/ingest/answers.hpp"

#include "hub/message/reply.hpp"

#include <algorithm>
#include <set>

namespace workers::ingest {

namespace {

using hub::message::chat_message;

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

const std::string& team_of(const lead_row& lead, const opening* given) {
  return given && !given->why.then.team.empty() ? given->why.then.team : lead.team;
}

std::vector<const opening*> by_lead(const state& s) {
  std::vector<const opening*> made(s.leads.size());
  for (const auto& o : s.openings) made[o.lead] = &o;
  return made;
}

// What is older was told late: an outage of ours, or a replay. Nobody sits at the other end any more.
constexpr std::chrono::hours oldest_answered{1};

/// Written by one person to us. A mail counts where it proves who wrote it: an answer to a forged sender goes to a stranger.
bool may_be_answered(const hub::message::event& e, const chat_message& said) {
  if (said.direction != hub::message::direction::incoming || said.type == hub::message::content_type::system || said.automatic ||
      !said.author.empty() || !hub::message::takes_replies(e.channel))
    return false;
  const auto& ids = said.sender.identities;
  return e.channel != "email" || std::any_of(ids.begin(), ids.end(), [](const auto& id) { return id.space == "email"; });
}

/// When a team at rest is at work again, if it has rested since `wrote`.
std::optional<instant> closed_until(const routing::rule_set& rules, const std::string& team, instant wrote, instant now) {
  const auto* hours = rules.working_time_of("", team);
  if (!hours || hours->is_open(now) || hours->is_open(wrote)) return std::nullopt;
  const auto opens = hours->next_edge(now);
  return opens == hours->next_edge(wrote) ? opens : std::nullopt;
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
  const auto openings = by_lead(s);
  for (std::size_t i = 0; i < s.leads.size(); ++i) {
    auto& lead = s.leads[i];
    if (!lead.written_to && !(clocks && lead.clock_from)) continue;
    const auto who = owner_of(lead, openings[i], people);
    const auto& team = team_of(lead, openings[i]);
    // Our own outage is nobody's delay: what was written while we were away is due from now.
    if (clocks && lead.clock_from)
      lead.response_due = rules.first_response_until(std::max(*lead.clock_from, now), who.email, team);
    if (lead.responded) lead.responded_by = who.id;
    lead.now_contacted = lead.written_to && who.id && lead.stage == routing::stage::fresh;
  }
}

void answer_out_of_hours(const routing::rule_set& rules, state& s, instant now) {
  if (!rules.speaks_out_of_hours()) return;
  const auto openings = by_lead(s);
  std::set<std::string_view> conversations;
  for (std::size_t i = 0; i < s.messages.size(); ++i) {
    const auto& [index, customer, e, late_by] = s.messages[i];
    if (!index || now - e->time > oldest_answered || !may_be_answered(*e, std::get<chat_message>(e->data))) continue;
    const auto& lead = s.leads[*index];
    // Who does not wait was answered by a person.
    if (!routing::is_open(lead.stage) || !lead.unanswered_since || lead.late_answer) continue;
    const auto& team = team_of(lead, openings[*index]);
    const auto& text = rules.said_out_of_hours(team, s.customers.at(customer).language);
    if (text.empty()) continue;
    const auto until = closed_until(rules, team, e->time, now);
    if (until && conversations.insert(e->conversation).second) s.answers.push_back({i, *until, text});
  }
}

}  // namespace workers::ingest
