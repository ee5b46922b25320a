#include "workers/ingest/fold.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace workers::ingest {

namespace {

using hub::message::chat_message;
using hub::message::event;

// ---- customers --------------------------------------------------------------------------------------------------

void learn_name(customer_row& customer, const hub::message::person& person, instant at) {
  const auto name = hub::trim(person.name);
  if (name.empty() || (customer.named_at && *customer.named_at <= at)) return;
  std::tie(customer.first_name, customer.last_name) = split_name(name);
  customer.language = person.language;
  customer.named_at = at;
  customer.renamed = true;
}

// ---- leads ------------------------------------------------------------------------------------------------------

bool takes(const lead_row& lead, const std::string& pipeline, instant at) {
  return lead.attachable && (pipeline.empty() || lead.pipeline == pipeline) && (!lead.attach_until || at <= *lead.attach_until);
}

// The most recently active of the leads that take the message; ties by the older lead, so that order does not matter.
std::optional<std::size_t> find_attachable(const state& s, const std::vector<std::size_t>& own, const std::string& pipeline,
                                           instant at) {
  std::optional<std::size_t> best;
  for (const auto i : own)
    if (takes(s.leads[i], pipeline, at) && (!best || s.leads[i].last_activity_at > s.leads[*best].last_activity_at)) best = i;
  return best;
}

// A closed lead that this message still belongs to: a late one written before it closed, or one soon enough after.
std::optional<std::size_t> find_closed(const state& s, const std::vector<std::size_t>& own, const std::string& pipeline,
                                       instant at, const routing::lead_policy& policy) {
  std::optional<std::size_t> best;
  for (const auto i : own) {
    const auto& lead = s.leads[i];
    if (!lead.closed_at || (!pipeline.empty() && lead.pipeline != pipeline)) continue;
    const bool late = at <= *lead.closed_at && at >= lead.created_at;
    const bool soon = at > *lead.closed_at && policy.reopen_within && at - *lead.closed_at <= *policy.reopen_within;
    if ((late || soon) && (!best || *lead.closed_at > *s.leads[*best].closed_at)) best = i;
  }
  return best;
}

// Its window has passed: the guard makes room for the next lead of the pipeline.
void retire_passed(state& s, const std::vector<std::size_t>& own, const std::string& pipeline, instant at) {
  for (const auto i : own) {
    auto& lead = s.leads[i];
    if (lead.attachable && lead.pipeline == pipeline && lead.attach_until && at > *lead.attach_until) {
      lead.attachable = false;
      lead.changed = true;
    }
  }
}

std::size_t open_lead(const routing::rule_set& rules, state& s, id_type customer, const event& e, const routing::matched& m) {
  const auto& policy = rules.policy_for(e.channel);
  lead_row lead;
  lead.id = -static_cast<id_type>(s.leads.size()) - 1;
  lead.customer = customer;
  if (!m.then.pipeline.empty()) lead.pipeline = m.then.pipeline;
  lead.source = source_of(e.channel);
  lead.created_at = lead.last_activity_at = e.time;
  if (policy.window) lead.attach_until = e.time + *policy.window;
  lead.fresh = true;
  const auto index = add_lead(s, std::move(lead));
  s.openings.push_back({index, &e, m});
  return index;
}

void learn_tags(lead_row& lead, const std::vector<std::string>& tags) {
  for (const auto& tag : tags)
    if (std::find(lead.tags.begin(), lead.tags.end(), tag) == lead.tags.end()) lead.tags.push_back(tag);
  std::sort(lead.tags.begin(), lead.tags.end());
}

// What a lead learns from a message that joined it.
void learn(lead_row& lead, const event& e, const chat_message& message, const routing::matched& m) {
  const auto before = std::tuple(lead.created_at, lead.intent, lead.priority, lead.tags.size());
  if (e.time < lead.created_at) {
    lead.created_at = e.time;
    lead.source = source_of(e.channel);
  }
  lead.last_activity_at = std::max(lead.last_activity_at, e.time);
  if (m.then.intent && lead.intent == routing::intent::other) lead.intent = *m.then.intent;
  lead.priority = std::max(lead.priority, m.priority);
  learn_tags(lead, m.then.tags);
  if (message.direction == hub::message::direction::incoming && routing::is_open(lead.stage) &&
      (!lead.unanswered_since || e.time < *lead.unanswered_since))
    lead.unanswered_since = e.time;
  lead.touched = true;
  lead.changed = lead.changed || before != std::tuple(lead.created_at, lead.intent, lead.priority, lead.tags.size());
}

routing::facts facts_of(const state& s, const event& e, const chat_message& message, const customer_row& customer,
                        const std::vector<std::size_t>& own) {
  routing::facts f;
  f.channel = e.channel;
  f.account = e.account;
  f.kind = hub::message::kind_of(e);
  f.type = message.type;
  f.text = message.text;
  f.language = message.sender.language;
  f.customer_known = !customer.fresh || customer.spoke;
  f.has_open_lead = std::any_of(own.begin(), own.end(), [&](std::size_t i) { return routing::is_open(s.leads[i].stage); });
  return f;
}

void fold_message(const routing::rule_set& rules, state& s, id_type customer, const event& e, const chat_message& message) {
  auto& row = s.customers.at(customer);
  if (message.direction == hub::message::direction::incoming) learn_name(row, message.sender, e.time);

  const auto own = s.leads_of[row.root];
  const auto m = routing::match(rules, facts_of(s, e, message, row, own));
  row.spoke = true;

  auto joined = find_attachable(s, own, m.then.pipeline, e.time);
  if (!joined) {
    joined = find_closed(s, own, m.then.pipeline, e.time, rules.policy_for(e.channel));
    // A lost lead that is spoken to again takes messages again; a sold one stays sold.
    if (joined && s.leads[*joined].stage == routing::stage::lost && e.time > *s.leads[*joined].closed_at) {
      auto& lead = s.leads[*joined];
      lead.reopened = lead.attachable = true;
      lead.stage = lead.manager ? routing::stage::contacted : routing::stage::fresh;
      lead.closed_at.reset();
      if (!lead.manager) s.openings.push_back({*joined, &e, m});
    }
  }
  if (!joined) {
    retire_passed(s, own, m.then.pipeline.empty() ? "sales" : m.then.pipeline, e.time);
    joined = open_lead(rules, s, customer, e, m);
  }

  auto& lead = s.leads[*joined];
  message_row written{*joined, customer, &e, std::nullopt};
  if (e.time < lead.last_activity_at) written.late_by = lead.last_activity_at - e.time;
  learn(lead, e, message, m);
  s.messages.push_back(written);
}

// ---- what was sent, who allows us to write ------------------------------------------------------------------------

void fold_status(state& s, const event& e, const hub::message::delivery_status& status) {
  auto& row = s.receipts[{e.channel, e.account, status.platform_id}];
  const auto known = row.at.find(status.state);
  if (known == row.at.end() || e.time < known->second) row.at[status.state] = e.time;
  if (status.state == hub::message::delivery_state::failed) row.reason = status.reason;
  // delivered and read prove that it arrived, whatever a failure said.
  const auto rank = [](hub::message::delivery_state d) {
    return d == hub::message::delivery_state::failed ? 1 : 2 * static_cast<int>(d);
  };
  if (rank(status.state) > rank(row.state)) row.state = status.state;
  if (status.up_to)
    for (const auto& who : status.recipient) {
      auto& upto = s.facts[who].read_up_to;
      upto = upto ? std::max(*upto, e.time) : e.time;
    }
}

void learn_subscription(state& s, const event& e, const hub::message::person& person, bool subscribed) {
  for (const auto& who : person.identities) {
    auto& fact = s.facts[who].subscribed;
    // Of two facts of one instant the refusal holds.
    if (!fact || fact->first < e.time || (fact->first == e.time && !subscribed)) fact = {e.time, subscribed};
  }
}

void fold_event(const routing::rule_set& rules, state& s, const event& e) {
  FAILPOINT("ingest.fold", e.key);
  const auto customer = customer_of(s, e);
  if (const auto* message = std::get_if<chat_message>(&e.data)) {
    fold_message(rules, s, *customer, e, *message);
  } else if (const auto* status = std::get_if<hub::message::delivery_status>(&e.data)) {
    fold_status(s, e, *status);
  } else if (const auto* opened = std::get_if<hub::message::conversation_opened>(&e.data)) {
    learn_name(s.customers.at(*customer), opened->sender, e.time);
    learn_subscription(s, e, opened->sender, opened->subscribed);
  } else if (const auto* yes = std::get_if<hub::message::subscribed>(&e.data)) {
    learn_name(s.customers.at(*customer), yes->sender, e.time);
    learn_subscription(s, e, yes->sender, true);
  } else if (const auto* no = std::get_if<hub::message::unsubscribed>(&e.data)) {
    learn_subscription(s, e, no->sender, false);
  }
}

}  // namespace

std::optional<id_type> customer_of(const state& s, const event& e) {
  for (const auto& who : hub::message::identities_of(e))
    if (const auto found = s.customer_of.find(who); found != s.customer_of.end()) return found->second;
  return std::nullopt;
}

std::size_t add_lead(state& s, lead_row lead) {
  s.leads_of[s.customers.at(lead.customer).root].push_back(s.leads.size());
  s.leads.push_back(std::move(lead));
  return s.leads.size() - 1;
}

void fold(const routing::rule_set& rules, state& s) {
  for (const auto* one : s.items) fold_event(rules, s, one->event);
}

void choose_owners(const routing::rule_set& rules, state& s, roster& people, instant now) {
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
  for (auto& o : s.openings) {
    const auto& then = o.why.then;
    auto& team = people.teams[then.team];
    const auto key = routing::cursor_key(then.team, then.skills);
    auto& ring = people.cursors.try_emplace(key, routing::cursor{key}).first->second;
    o.receipt = routing::decide(rules, o.why, team, ring, now_us);
    if (!o.receipt.winner) continue;

    // Somebody in several teams has one load.
    const auto winner = std::find_if(team.begin(), team.end(), [&](const auto& c) { return c.id == *o.receipt.winner; });
    for (auto& [name, members] : people.teams)
      for (auto& c : members)
        if (c.id == winner->id) {
          c.open_leads = winner->open_leads;
          c.last_assigned = winner->last_assigned;
        }
  }
}

std::pair<std::string, std::string> split_name(std::string_view name) {
  name = hub::trim(name);
  const auto blank = name.find_first_of(" \t");
  if (blank == std::string_view::npos) return {std::string(name), ""};
  return {std::string(name.substr(0, blank)), std::string(hub::trim(name.substr(blank)))};
}

std::string source_of(std::string_view channel) {
  if (channel == "activity") return "website";
  for (const std::string_view known : {"viber", "whatsapp", "telegram", "email"})
    if (channel == known) return std::string(known);
  return "import";
}

}  // namespace workers::ingest
