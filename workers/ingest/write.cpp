#include "workers/ingest/write.hpp"

#include "hub/base/text.hpp"
#include "hub/message/json.hpp"
#include "workers/ingest/attach.hpp"
#include "workers/ingest/calls.hpp"
#include "workers/ingest/vin.hpp"
#include "workers/ingest/write_answers.hpp"
#include "workers/store/activities.hpp"
#include "workers/store/changes.hpp"
#include "workers/store/contents.hpp"
#include "workers/store/events.hpp"
#include "workers/store/leads.hpp"
#include "workers/store/messages.hpp"
#include "workers/store/outbox.hpp"
#include "workers/store/people.hpp"

namespace workers::ingest {

namespace {

using hub::message::chat_message;

void write_people(pqxx::work& tx, const state& s) {
  store::customer_names names;
  for (const auto& [id, customer] : s.customers) {
    if (!customer.renamed) continue;
    names.id.add(id);
    names.first_name.add(customer.first_name);
    names.last_name.add(customer.last_name);
    names.language.add(customer.language);
    names.named_at.add(customer.named_at);
  }
  if (!names.id.empty()) store::people::rename(tx, names);

  store::contact_columns contacts;
  for (const auto& [id, customer] : s.customers) {
    if (!customer.contacts_changed) continue;
    contacts.id.add(id);
    contacts.company_name.add(customer.company.value);
    contacts.company_name_at.add(customer.company.at);
    contacts.email.add_or_null(customer.email.value);
    contacts.email_at.add(customer.email.at);
    contacts.url.add_or_null(customer.url.value);
    contacts.url_at.add(customer.url.at);
  }
  if (!contacts.id.empty()) store::activities::update_contacts(tx, contacts);

  store::identity_facts facts;
  for (const auto& [who, fact] : s.facts) {
    facts.who.space.add(who.space);
    facts.who.account.add(who.account);
    facts.who.external_id.add(who.id);
    facts.subscribed.add(fact.subscribed ? std::optional(fact.subscribed->second) : std::nullopt);
    facts.subscribed_at.add(fact.subscribed ? std::optional(fact.subscribed->first) : std::nullopt);
    facts.read_up_to.add(fact.read_up_to);
    facts.reply_address.add_or_null(fact.reply_address ? fact.reply_address->second : "");
    facts.reply_address_at.add(fact.reply_address ? std::optional(fact.reply_address->first) : std::nullopt);
  }
  if (!facts.subscribed.empty()) store::people::learn_facts(tx, facts);

  hub::db::array first, second;
  for (const auto& [a, b] : s.possibly_same) {
    first.add(a);
    second.add(b);
  }
  if (!first.empty()) store::people::found_possibly_same(tx, first, second);
}

void add_extras(store::lead_extras& rows, const lead_row& lead) {
  rows.origin.add(lead.origin);
  rows.data.add(lead.data);
  rows.value.add(lead.value);
  rows.currency.add(lead.currency);
  rows.due.add(lead.response_due);
  rows.responded_at.add(lead.responded_at);
  rows.responded_by.add(lead.responded_by);
}

// New leads are inserted without an owner; change_owner() then gives them away, as it does for everybody.
void insert_leads(pqxx::work& tx, state& s, instant now) {
  std::vector<const opening*> fresh;
  for (const auto& o : s.openings)
    if (s.leads[o.lead].fresh) fresh.push_back(&o);
  if (fresh.empty()) return;

  const auto ids = store::leads::new_ids(tx, fresh.size());
  store::lead_columns rows;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    auto& lead = s.leads[fresh[i]->lead];
    lead.id = ids[static_cast<pqxx::result::size_type>(i)][0].as<id_type>();
    const bool waits = !fresh[i]->receipt.winner;
    rows.id.add(lead.id);
    rows.customer_id.add(lead.customer);
    rows.source.add(lead.source);
    rows.intent.add(hub::name_of(lead.intent));
    rows.priority.add(lead.priority);
    rows.created_at.add(lead.created_at);
    rows.pipeline.add(lead.pipeline);
    rows.attachable.add(lead.attachable);
    rows.attach_until.add(lead.attach_until);
    rows.team.add_or_null(fresh[i]->why.then.team);
    rows.queued_at.add(waits ? std::optional(now) : std::nullopt);
    rows.queue_reason.add_or_null(waits ? fresh[i]->receipt.reason : "");
    rows.tags.add(hub::join(lead.tags, "\x1f"));
    rows.last_activity_at.add(lead.last_activity_at);
    rows.unanswered_since.add(lead.unanswered_since);
    add_extras(rows.more, lead);
  }
  store::leads::insert(tx, rows);
}

/// Returns the times of leads of which only times changed: they go along with the messages.
store::lead_times update_leads(pqxx::work& tx, const state& s) {
  store::lead_facts rows;
  store::lead_times times;
  for (const auto& lead : s.leads) {
    if (lead.fresh || (!lead.touched && !lead.changed)) continue;
    if (!lead.changed) {
      times.id.add(lead.id);
      times.last_activity_at.add(lead.last_activity_at);
      times.unanswered_since.add(lead.unanswered_since);
      continue;
    }
    rows.id.add(lead.id);
    rows.source.add(lead.source);
    rows.intent.add(hub::name_of(lead.intent));
    rows.priority.add(lead.priority);
    rows.created_at.add(lead.created_at);
    // A reopened lead becomes attachable with its stage.
    rows.attachable.add(lead.attachable && !lead.reopened);
    rows.tags.add(hub::join(lead.tags, "\x1f"));
    rows.last_activity_at.add(lead.last_activity_at);
    rows.unanswered_since.add(lead.unanswered_since);
    add_extras(rows.more, lead);
  }
  if (!rows.id.empty()) store::leads::update_facts(tx, rows);
  return times;
}

void reopen_leads(pqxx::work& tx, const state& s, instant now) {
  hub::db::array ids, stages, attaches, reasons;
  for (const auto& lead : s.leads) {
    if (!lead.reopened) continue;
    ids.add(lead.id);
    stages.add(hub::name_of(lead.stage));
    attaches.add(lead.attachable);
    reasons.add("the customer wrote again");
  }
  if (!ids.empty()) store::leads::change_stage(tx, ids, stages, attaches, reasons, now);
}

// A reply is no automatic text: the lead it answers is nobody's first impression any more.
void leave_new(pqxx::work& tx, const routing::rule_set& rules, const state& s, instant now) {
  hub::db::array ids, stages, attaches, reasons;
  for (const auto& lead : s.leads) {
    if (!lead.now_contacted) continue;
    ids.add(lead.id);
    stages.add(hub::name_of(routing::stage::contacted));
    attaches.add(lead.attachable && rules.takes_in(lead.source, routing::stage::contacted));
    reasons.add("answered from the phone");
  }
  if (!ids.empty()) store::leads::change_stage(tx, ids, stages, attaches, reasons, now);
}

// New leads are inserted with the reason they wait for; one that came back is told it here.
void decide_owners(pqxx::work& tx, const state& s, instant now) {
  std::vector<owner_decision> decisions;
  for (const auto& o : s.openings) {
    const auto& lead = s.leads[o.lead];
    decisions.push_back({lead.id, o.cause->key, "rule " + o.receipt.rule, &o.receipt, lead.reopened});
  }
  write_owners(tx, decisions, now);
}

store::kept_events events_to_keep(const state& s) {
  store::kept_events rows;
  for (const auto* one : s.items) {
    const auto& e = one->event;
    // Quarantine has what the parser refused.
    if (!std::holds_alternative<hub::message::unparsed>(e.data)) rows.add(e.received_at, e.key, one->body);
  }
  return rows;
}

void write_messages(pqxx::work& tx, const state& s, const store::lead_times& times) {
  store::message_columns rows;
  store::fetch_columns fetches;
  for (const auto& m : s.messages) {
    const auto& e = *m.event;
    const auto& said = std::get<chat_message>(e.data);
    const auto* lead = m.lead ? &s.leads[*m.lead] : nullptr;
    rows.lead_id.add(lead ? std::optional(lead->id) : std::nullopt);
    rows.customer_id.add(m.customer);
    // Who wrote it; a customer is nobody of the staff.
    rows.manager_id.add_null();
    rows.channel.add(source_of(e.channel));
    rows.direction.add(hub::name_of(said.direction));
    rows.type.add(hub::name_of(said.type));
    rows.content.add(said.text);
    rows.sent_at.add(e.time);
    rows.event_key.add(e.key);
    rows.reply_to.add_or_null(said.reply_to);
    rows.account.add(e.account);
    rows.platform_id.add_or_null(said.platform_id);
    rows.details.add_or_null(store::contents::details_of(said));
    rows.late_by.add(m.late_by ? std::optional(m.late_by->count()) : std::nullopt);
    for (const auto& a : said.attachments) fetches.add(e, a);
  }
  store::messages::insert(tx, rows, times, events_to_keep(s));
  if (!fetches.part.empty()) store::messages::insert_fetches(tx, fetches);
}

void write_activities(pqxx::work& tx, const routing::rule_set& rules, const state& s) {
  store::activity_columns rows;
  for (const auto& a : s.activities) {
    const auto& told = std::get<hub::message::activity>(a.event->data);
    rows.lead_id.add(s.leads[a.lead].id);
    rows.customer_id.add(a.customer);
    rows.activity.add(told.activity);
    rows.at.add(a.event->time);
    rows.value.add(a.value);
    rows.currency.add(told.currency.empty() ? "USD" : told.currency);
    rows.data.add(told.details.empty() ? "{}" : told.details);
    rows.event_key.add(a.event->key);
  }
  if (!rows.lead_id.empty()) store::activities::insert(tx, rows);

  store::task_columns tasks;
  for (const auto& t : s.tasks) {
    tasks.lead_id.add(s.leads[t.lead].id);
    tasks.title.add(t.what.title);
    tasks.due_at.add(t.event->time + t.what.due);
    tasks.event_key.add(t.event->key);
  }
  if (!tasks.lead_id.empty()) store::activities::insert_tasks(tx, tasks, rules.timezone);
}

void suggest_vehicles(pqxx::work& tx, const state& s) {
  hub::db::array leads, vins;
  for (const auto& m : s.messages)
    for (auto& vin : vins_in(std::get<chat_message>(m.event->data).text)) {
      if (!m.lead) continue;
      leads.add(s.leads[*m.lead].id);
      vins.add(vin);
    }
  if (!leads.empty()) store::activities::suggest_vehicles(tx, leads, vins);
}

void recount_unanswered(pqxx::work& tx, const state& s) {
  hub::db::array leads, answered;
  for (const auto& lead : s.leads) {
    if (!lead.late_answer) continue;
    leads.add(lead.id);
    answered.add(*lead.late_answer);
  }
  if (!leads.empty()) store::leads::recount_unanswered(tx, leads, answered);
}

void write_receipts(pqxx::work& tx, const state& s) {
  if (s.receipts.empty()) return;
  using enum hub::message::delivery_state;
  store::receipt_columns rows;
  for (const auto& [key, told] : s.receipts) {
    const auto at = [&told = told](hub::message::delivery_state d) {
      const auto found = told.at.find(d);
      return found == told.at.end() ? std::nullopt : std::optional(found->second);
    };
    rows.channel.add(source_of(key.channel));
    rows.account.add(key.account);
    rows.platform_id.add(key.id);
    rows.status.add(hub::name_of(told.state));
    rows.sent_at.add(at(sent));
    rows.delivered_at.add(at(delivered));
    rows.read_at.add(at(read));
    rows.failed_at.add(at(failed));
    rows.reason.add_or_null(told.reason);
    rows.outbox_id.add(told.outbox_id);
    rows.attempt.add(told.attempt);
  }
  store::messages::merge_receipts(tx, rows);
}

void settle_sends(pqxx::work& tx, const state& s) {
  for (const auto* e : s.outcomes) {
    const auto& outcome = std::get<hub::message::send_outcome>(e->data);
    store::outbox::settle(tx, outcome.outbox_id, outcome.attempt, outcome.told, e->time);
  }
}

void write_changes(pqxx::work& tx, const state& s) {
  store::change_columns rows;
  for (const auto& [key, told] : s.changes) {
    rows.platform_id.add(key.platform_id);
    rows.channel.add(source_of(key.channel));
    rows.account.add(key.account);
    rows.kind.add(key.kind);
    rows.by_whom.add(key.by_whom);
    rows.at.add(told.at);
    rows.customer_id.add(told.customer);
    rows.content.add(told.content);
    rows.location.add_or_null(told.location ? hub::message::to_json(*told.location) : "");
  }
  if (!rows.at.empty()) store::changes::merge(tx, rows);

  store::referral_columns ads;
  for (const auto& [lead, event] : s.referrals) {
    const auto& told = *std::get<chat_message>(event->data).referral;
    ads.lead_id.add(s.leads[lead].id);
    ads.at.add(event->time);
    ads.source.add(told.source);
    ads.id.add(told.id);
    ads.url.add(told.url);
    ads.headline.add(told.headline);
    ads.body.add(told.text);
  }
  if (!ads.at.empty()) store::changes::keep_referrals(tx, ads);
}

// An authentic body that the parser refused waits for a mended parser.
void quarantine_unparsed(pqxx::work& tx, const state& s) {
  for (const auto* one : s.items) {
    const auto* refused = std::get_if<hub::message::unparsed>(&one->event.data);
    if (!refused) continue;
    store::events::quarantine(
        tx, {one->event.key, std::string(hub::message::unparsed::kind), one->event.channel, one->event.account, one->body,
             "unparsed: " + refused->reason, refused->reason, one->event.trace});
  }
}

}  // namespace

void write(pqxx::work& tx, const routing::rule_set& rules, state& s, const roster& before, const roster& after, instant now) {
  write_people(tx, s);
  // First who no longer takes messages, then who does: one of a customer and pipeline at any moment.
  const auto times = update_leads(tx, s);
  insert_leads(tx, s, now);
  reopen_leads(tx, s, now);
  suggest_vehicles(tx, s);
  decide_owners(tx, s, now);
  leave_new(tx, rules, s, now);
  move_rings(tx, before, after);
  write_messages(tx, s, times);
  recount_unanswered(tx, s);
  write_calls(tx, rules, s);
  write_activities(tx, rules, s);
  write_receipts(tx, s);
  write_changes(tx, s);
  settle_sends(tx, s);
  quarantine_unparsed(tx, s);
  write_answers(tx, s, now);
}

}  // namespace workers::ingest
