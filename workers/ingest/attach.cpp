#include "workers/ingest/attach.hpp"

#include <algorithm>

namespace workers::ingest {

namespace {

using hub::message::event;

bool in_pipeline(const lead_row& lead, const std::string& pipeline) { return pipeline.empty() || lead.pipeline == pipeline; }

bool window_passed(const lead_row& lead, instant at) { return lead.attach_until && at > *lead.attach_until; }

bool takes(const routing::rule_set& rules, const lead_row& lead, const std::string& pipeline, instant at) {
  return lead.attachable && in_pipeline(lead, pipeline) && !window_passed(lead, at) && rules.takes_in(lead.source, lead.stage);
}

// The most recently active of the leads that take the event; ties by the older lead, so that order does not matter.
std::optional<std::size_t> find_attachable(const routing::rule_set& rules, const state& s, const std::vector<std::size_t>& own,
                                           const std::string& pipeline, instant at) {
  std::optional<std::size_t> best;
  for (const auto i : own)
    if (takes(rules, s.leads[i], pipeline, at) && (!best || s.leads[i].last_activity_at > s.leads[*best].last_activity_at))
      best = i;
  return best;
}

// A late event belongs to the lead in whose window it happened, also when a newer one has taken its place since.
std::optional<std::size_t> find_passed(const routing::rule_set& rules, const state& s, const std::vector<std::size_t>& own,
                                       const std::string& pipeline, instant at) {
  std::optional<std::size_t> best;
  for (const auto i : own) {
    const auto& lead = s.leads[i];
    if (lead.attachable || !lead.attach_until || !in_pipeline(lead, pipeline)) continue;
    if (at < lead.created_at || window_passed(lead, at) || !rules.takes_in(lead.source, lead.stage)) continue;
    if (!best || lead.last_activity_at > s.leads[*best].last_activity_at) best = i;
  }
  return best;
}

// A closed lead that this event still belongs to: a late one from before it closed, or one soon enough after.
std::optional<std::size_t> find_closed(const state& s, const std::vector<std::size_t>& own, const std::string& pipeline,
                                       instant at, const routing::lead_policy& policy) {
  std::optional<std::size_t> best;
  for (const auto i : own) {
    const auto& lead = s.leads[i];
    if (!lead.closed_at || !in_pipeline(lead, pipeline)) continue;
    const bool late = at <= *lead.closed_at && at >= lead.created_at;
    const bool soon = at > *lead.closed_at && policy.reopen_within && at - *lead.closed_at <= *policy.reopen_within;
    if ((late || soon) && (!best || *lead.closed_at > *s.leads[*best].closed_at)) best = i;
  }
  return best;
}

// Its window has passed, or its stage takes nothing any more: the guard makes room for the next lead of the pipeline.
void retire_passed(const routing::rule_set& rules, state& s, const std::vector<std::size_t>& own, const std::string& pipeline,
                   instant at) {
  for (const auto i : own) {
    auto& lead = s.leads[i];
    if (!lead.attachable || lead.pipeline != pipeline || takes(rules, lead, pipeline, at)) continue;
    lead.attachable = false;
    lead.changed = true;
  }
}

// A lost lead that is spoken to again takes messages again.
void reopen(const routing::rule_set& rules, state& s, const std::vector<std::size_t>& own, std::size_t index, const event& e,
            const routing::matched& m) {
  retire_passed(rules, s, own, s.leads[index].pipeline, e.time);
  auto& lead = s.leads[index];
  lead.reopened = true;
  lead.stage = lead.manager ? routing::stage::contacted : routing::stage::fresh;
  lead.attachable = rules.takes_in(lead.source, lead.stage);
  lead.closed_at.reset();
  lead.unanswered_since.reset();
  lead.response_due.reset();
  lead.changed = true;
  if (!lead.manager) s.openings.push_back({index, &e, m});
}

std::size_t open_lead(const routing::rule_set& rules, state& s, id_type customer, const event& e, const routing::matched& m) {
  const auto& policy = rules.policy_for(rules_channel(e));
  lead_row lead;
  lead.id = -static_cast<id_type>(s.leads.size()) - 1;
  lead.customer = customer;
  if (!m.then.pipeline.empty()) lead.pipeline = m.then.pipeline;
  lead.team = m.then.team;
  lead.source = source_of(e.channel);
  lead.created_at = lead.last_activity_at = e.time;
  if (policy.window) lead.attach_until = e.time + *policy.window;
  lead.fresh = true;
  const auto index = add_lead(s, std::move(lead));
  s.openings.push_back({index, &e, m});
  return index;
}

}  // namespace

std::size_t join_or_open(const routing::rule_set& rules, state& s, id_type customer, const event& e, const routing::matched& m) {
  const auto own = s.leads_of[s.customers.at(customer).root];
  const auto& pipeline = m.then.pipeline;

  const auto joined = find_attachable(rules, s, own, pipeline, e.time);
  if (!joined || e.time < s.leads[*joined].created_at)
    if (const auto passed = find_passed(rules, s, own, pipeline, e.time)) return *passed;
  if (joined) return *joined;

  if (const auto closed = find_closed(s, own, pipeline, e.time, rules.policy_for(rules_channel(e)))) {
    const auto& lead = s.leads[*closed];
    // A sold one stays sold.
    if (lead.stage == routing::stage::lost && e.time > *lead.closed_at) reopen(rules, s, own, *closed, e, m);
    return *closed;
  }
  retire_passed(rules, s, own, pipeline.empty() ? "sales" : pipeline, e.time);
  return open_lead(rules, s, customer, e, m);
}

std::optional<std::size_t> find_joinable(const routing::rule_set& rules, const state& s, id_type customer, const event& e) {
  const auto own = s.leads_of.find(s.customers.at(customer).root);
  return own == s.leads_of.end() ? std::nullopt : find_attachable(rules, s, own->second, "", e.time);
}

std::string source_of(std::string_view channel) {
  if (channel == "activity") return "website";
  for (const std::string_view known : {"viber", "whatsapp", "telegram", "email"})
    if (channel == known) return std::string(known);
  for (const std::string_view telephone : {"ringostat", "binotel", "twilio", "asterisk"})
    if (channel == telephone) return "call";
  return "import";
}

std::string rules_channel(const event& e) {
  return std::holds_alternative<hub::message::call_record>(e.data) ? "call" : e.channel;
}

}  // namespace workers::ingest
