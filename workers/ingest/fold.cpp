#include "workers/ingest/fold.hpp"

#include "hub/base/failpoint.hpp"
#include "workers/ingest/answers.hpp"
#include "workers/ingest/attach.hpp"
#include "workers/ingest/calls.hpp"
#include "workers/ingest/learn.hpp"

#include <algorithm>

namespace workers::ingest {

namespace {

using hub::message::activity;
using hub::message::chat_message;
using hub::message::event;

// ---- what makes and changes leads -------------------------------------------------------------------------------

void fold_message(const routing::rule_set& rules, state& s, id_type customer, const event& e, const chat_message& message) {
  auto& row = s.customers.at(customer);
  if (message.direction == hub::message::direction::incoming) learn_name(row, message.sender, e.time);
  learn_address(s, e, message.sender);
  auto facts = facts_of(s, e, row);
  facts.type = message.type;
  facts.text = message.text;
  facts.language = message.sender.language;
  const auto m = routing::match(rules, facts);
  row.spoke = true;

  const auto index = join_or_open(rules, s, customer, e, m);
  auto& lead = s.leads[index];
  learn_referral(s, index, e, message);
  message_row written{index, customer, &e, std::nullopt};
  if (e.time < lead.last_activity_at) written.late_by = lead.last_activity_at - e.time;
  hear(lead, e, message);
  learn(lead, e, m);
  s.messages.push_back(written);
}

// What a program wrote makes no work: it is shown where the customer's conversation is, and changes nothing.
void fold_automatic(const routing::rule_set& rules, state& s, id_type customer, const event& e) {
  s.messages.push_back({find_joinable(rules, s, customer, e), customer, &e, std::nullopt});
}

void fold_activity(const routing::rule_set& rules, state& s, id_type customer, const event& e, const activity& told) {
  auto& row = s.customers.at(customer);
  learn_name(row, told.sender, e.time);
  learn_contact(row, told, e.time);
  auto facts = facts_of(s, e, row);
  facts.language = told.sender.language;
  facts.activity = told.activity;
  if (const auto cost = hundredths(told.total_cost)) facts.activity_value = static_cast<double>(*cost) / 100;
  const auto m = routing::match(rules, facts);
  row.spoke = true;

  const auto index = join_or_open(rules, s, customer, e, m);
  auto& lead = s.leads[index];
  const auto value = value_of(s, e, told, m.then);
  learn(lead, e, m);
  learn_value(lead, value, told.currency);
  s.activities.push_back({index, customer, &e, value});
  // Nobody has anything to do for a lead that is over.
  if (m.then.task && routing::is_open(lead.stage)) s.tasks.push_back({index, &e, *m.then.task});
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

// Of one instant the greater text holds, so that order does not matter.
void fold_change(state& s, const event& e, std::string_view kind, const std::string& platform_id, std::string content,
                 const std::optional<hub::message::geo_point>& location = {}, const std::string& by_whom = {}) {
  const change_key key{e.channel, e.account, platform_id, std::string(kind), by_whom};
  change_row told{e.time, customer_of(s, e), std::move(content), location};
  const auto [known, first] = s.changes.try_emplace(key, told);
  if (!first && std::tie(known->second.at, known->second.content) < std::tie(told.at, told.content)) known->second = told;
}

void learn_subscription(state& s, const event& e, const hub::message::person& person, bool subscribed) {
  for (const auto& who : person.identities) {
    // A number belongs to no account that it could be subscribed to.
    if (who.space == "fingerprint") continue;
    auto& fact = s.facts[who].subscribed;
    // Of two facts of one instant the refusal holds.
    if (!fact || fact->first < e.time || (fact->first == e.time && !subscribed)) fact = {e.time, subscribed};
  }
}

void fold_event(const routing::rule_set& rules, state& s, const event& e) {
  FAILPOINT("ingest.fold", e.key);
  const auto customer = customer_of(s, e);
  if (const auto* message = std::get_if<chat_message>(&e.data)) {
    if (!message->automatic)
      fold_message(rules, s, *customer, e, *message);
    else if (customer)
      fold_automatic(rules, s, *customer, e);
  } else if (const auto* edited = std::get_if<hub::message::message_edited>(&e.data)) {
    fold_change(s, e, "edited", edited->platform_id, edited->text, edited->location);
  } else if (const auto* deleted = std::get_if<hub::message::message_deleted>(&e.data)) {
    fold_change(s, e, "deleted", deleted->platform_id, "");
  } else if (const auto* reacted = std::get_if<hub::message::reaction>(&e.data)) {
    fold_change(s, e, hub::message::reaction::kind, reacted->platform_id, reacted->emoji, {}, reacted->author);
  } else if (const auto* told = std::get_if<activity>(&e.data)) {
    fold_activity(rules, s, *customer, e, *told);
  } else if (const auto* call = std::get_if<hub::message::call_record>(&e.data)) {
    fold_call(rules, s, customer, e, *call);
  } else if (const auto* status = std::get_if<hub::message::delivery_status>(&e.data)) {
    fold_status(s, e, *status);
  } else if (const auto* opened = std::get_if<hub::message::conversation_opened>(&e.data)) {
    learn_name(s.customers.at(*customer), opened->sender, e.time);
    learn_subscription(s, e, opened->sender, opened->subscribed);
  } else if (const auto* yes = std::get_if<hub::message::subscribed>(&e.data)) {
    learn_name(s.customers.at(*customer), yes->sender, e.time);
    learn_subscription(s, e, yes->sender, true);
  } else if (const auto* renamed = std::get_if<hub::message::identity_changed>(&e.data)) {
    learn_name(s.customers.at(*customer), renamed->sender, e.time);
    learn_address(s, e, renamed->sender);
  } else if (const auto* known = std::get_if<hub::message::customer>(&e.data)) {
    if (customer) learn_customer(s.customers.at(*customer), *known, e.time);
  } else if (const auto* no = std::get_if<hub::message::unsubscribed>(&e.data)) {
    learn_subscription(s, e, no->sender, false);
  }
}

}  // namespace

routing::facts facts_of(const state& s, const event& e, const customer_row& customer) {
  routing::facts f;
  f.channel = rules_channel(e);
  f.account = e.account;
  f.kind = hub::message::kind_of(e);
  f.customer_known = !customer.fresh || customer.spoke;
  if (const auto own = s.leads_of.find(customer.root); own != s.leads_of.end())
    f.has_open_lead =
        std::any_of(own->second.begin(), own->second.end(), [&](std::size_t i) { return routing::is_open(s.leads[i].stage); });
  return f;
}

std::optional<id_type> customer_of(const state& s, const event& e) {
  for (const auto& who : hub::message::identities_of(e))
    if (const auto found = s.customer_of.find(who); found != s.customer_of.end()) return found->second;
  // Not everything that is told of a call names the other side.
  if (const auto* told = std::get_if<hub::message::call_record>(&e.data))
    if (const auto call = s.calls.find(key_of_call(e, *told)); call != s.calls.end()) return call->second.customer;
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
  for (auto& o : s.openings) o.receipt = choose_owner(rules, o.why, people, now);
}

}  // namespace workers::ingest
