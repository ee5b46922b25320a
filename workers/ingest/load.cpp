#include "workers/ingest/load.hpp"

#include "hub/base/text.hpp"
#include "hub/db/times.hpp"
#include "workers/ingest/calls.hpp"
#include "workers/ingest/colleagues.hpp"
#include "workers/ingest/customers.hpp"
#include "workers/ingest/erp.hpp"
#include "workers/store/activities.hpp"
#include "workers/store/events.hpp"
#include "workers/store/leads.hpp"
#include "workers/store/people.hpp"
#include "workers/store/vehicles.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace workers::ingest {

namespace {

using hub::message::identity;

std::vector<std::string> words_at(const pqxx::row& row, int column) {
  const std::string text = row[column].as<std::string>("");
  return text.empty() ? std::vector<std::string>{} : hub::split(text, '\x1f');
}

// Keys are inserted in order, so that two transactions with the same keys wait for each other instead of deadlocking.
void take_new(pqxx::work& tx, std::span<const item> batch, state& s) {
  std::map<std::string_view, const item*> by_key;
  for (const auto& one : batch) by_key.emplace(one.event.key, &one);

  store::new_keys rows;
  for (const auto& [key, one] : by_key) {
    rows.key.add(key);
    rows.kind.add(hub::message::kind_of(one->event));
    rows.time.add(one->event.time);
    rows.received_at.add(one->event.received_at);
    rows.trace.add(one->event.trace);
  }
  for (const auto& key : store::events::insert_keys(tx, rows)) s.items.push_back(by_key.at(key));
  std::sort(s.items.begin(), s.items.end(), [](const item* a, const item* b) {
    return std::tie(a->event.time, a->event.key) < std::tie(b->event.time, b->event.key);
  });
  set_colleagues_aside(tx, s);
}

store::identity_columns columns_of(const std::vector<identity>& list) {
  store::identity_columns columns;
  for (const auto& who : list) {
    columns.space.add(who.space);
    columns.account.add(who.account);
    columns.external_id.add(who.id);
  }
  return columns;
}

struct known_identity {
  id_type id = 0;
  std::optional<id_type> customer;
};

void take_found(const pqxx::result& rows, const std::vector<identity>& asked, by_identity<known_identity>& known) {
  for (const auto& row : rows) {
    auto& entry = known[asked[row[0].as<std::size_t>() - 1]];
    entry.id = row[1].as<id_type>();
    if (!row[2].is_null()) entry.customer = row[2].as<id_type>();
  }
}

// Groups the identities that events name together: one group without any customer becomes one new customer.
class groups {
 public:
  explicit groups(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t find(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(a)] = find(b); }

 private:
  std::vector<std::size_t> parent_;
};

// Who is named by several ids is one person, whichever event says so first: else each id would become another one.
bool may_create_customer(const hub::message::event& e) {
  const auto* message = std::get_if<hub::message::chat_message>(&e.data);
  if (message && message->automatic) return false;
  return hub::message::policy_of(e).creates_customer || hub::message::identities_of(e).size() > 1;
}

void find_or_make_customers(pqxx::work& tx, state& s) {
  by_identity<bool> may_create;
  std::vector<identity> all;
  for (const auto* one : s.items) {
    const bool creates = may_create_customer(one->event);
    for (const auto& who : hub::message::identities_of(one->event)) {
      const auto [entry, first] = may_create.try_emplace(who, creates);
      entry->second = entry->second || creates;
      if (first) all.push_back(who);
    }
  }
  if (all.empty()) return;

  by_identity<known_identity> known;
  take_found(store::people::find_identities(tx, columns_of(all)), all, known);

  // Everybody named gets a row, also strangers in a receipt: what was told of them first must not be forgotten.
  std::vector<identity> missing, without;
  for (const auto& who : all) {
    const auto found = known.find(who);
    if (found == known.end()) missing.push_back(who);
    if (may_create.at(who) && (found == known.end() || !found->second.customer)) without.push_back(who);
  }
  // In order, so that two transactions with the same strangers wait for each other instead of deadlocking.
  std::sort(missing.begin(), missing.end());
  if (!missing.empty()) store::people::insert_identities(tx, columns_of(missing));
  std::vector<id_type> fresh;
  if (!without.empty()) {
    // A second statement: what another transaction inserted meanwhile is visible only now.
    take_found(store::people::find_identities_locked(tx, columns_of(without)), without, known);

    by_identity<std::size_t> index;
    for (const auto& [who, entry] : known) index.emplace(who, index.size());
    groups together(index.size());
    for (const auto* one : s.items) {
      const auto& ids = hub::message::identities_of(one->event);
      for (std::size_t i = 1; i < ids.size(); ++i)
        if (index.contains(ids[0]) && index.contains(ids[i])) together.join(index[ids[0]], index[ids[i]]);
    }
    // In the order of the events, so that of two customers in one group it is always the same.
    std::map<std::size_t, id_type> customer_of_group;
    for (const auto* one : s.items)
      for (const auto& who : hub::message::identities_of(one->event))
        if (const auto found = known.find(who); found != known.end() && found->second.customer)
          customer_of_group.emplace(together.find(index[who]), *found->second.customer);

    std::vector<std::size_t> strangers;
    for (const auto& who : without)
      if (const auto g = together.find(index[who]); !known[who].customer && customer_of_group.emplace(g, 0).second)
        strangers.push_back(g);
    if (!strangers.empty()) {
      const auto ids = store::people::insert_customers(tx, strangers.size());
      for (std::size_t i = 0; i < strangers.size(); ++i) {
        customer_of_group[strangers[i]] = ids[static_cast<pqxx::result::size_type>(i)][0].as<id_type>();
        fresh.push_back(customer_of_group[strangers[i]]);
      }
    }
    hub::db::array identity_ids, customer_ids;
    for (const auto& who : without) {
      auto& entry = known[who];
      if (entry.customer) continue;
      entry.customer = customer_of_group.at(together.find(index[who]));
      identity_ids.add(entry.id);
      customer_ids.add(*entry.customer);
    }
    if (!identity_ids.empty()) store::people::give_customers(tx, identity_ids, customer_ids);
  }

  for (const auto& [who, entry] : known)
    if (entry.customer) s.customer_of.emplace(who, *entry.customer);
  for (const auto id : fresh) s.customers[id].fresh = true;
  for (const auto* one : s.items) {
    const auto first = customer_of(s, one->event);
    for (const auto& who : hub::message::identities_of(one->event))
      if (const auto found = s.customer_of.find(who); first && found != s.customer_of.end() && found->second != *first)
        s.declared_same.emplace_back(*first, found->second);
  }
}

// What an activity or an ERP may change of a company, read only for those.
void read_contacts(pqxx::work& tx, state& s) {
  std::set<id_type> ids;
  for (const auto* one : s.items)
    if (std::holds_alternative<hub::message::activity>(one->event.data) ||
        std::holds_alternative<hub::message::customer>(one->event.data))
      if (const auto customer = customer_of(s, one->event)) ids.insert(*customer);
  if (ids.empty()) return;
  hub::db::array list;
  for (const auto id : ids) list.add(id);
  for (const auto& row : store::activities::read_contacts(tx, list)) {
    auto& customer = s.customers.at(row[0].as<id_type>());
    customer.company = {row[1].as<std::string>(), hub::db::maybe_instant_at(row, 2)};
    customer.email = {row[3].as<std::string>(), hub::db::maybe_instant_at(row, 4)};
    customer.url = {row[5].as<std::string>(), hub::db::maybe_instant_at(row, 6)};
  }
}

// What rules may ask for: how much leads that began with the same activity brought in before each event.
void read_averages(pqxx::work& tx, const routing::rule_set& rules, state& s) {
  std::set<std::chrono::milliseconds> spans;
  for (const auto& rule : rules.rules)
    if (const auto& value = rule.then.estimated_value;
        value && value->from == routing::value_rule::source::average_of_conversions)
      spans.insert(value->over);
  if (spans.empty()) return;

  std::vector<std::pair<const hub::message::event*, std::chrono::milliseconds>> asked;
  hub::db::array activities, after, until;
  for (const auto* one : s.items)
    if (const auto* told = std::get_if<hub::message::activity>(&one->event.data))
      for (const auto span : spans) {
        asked.emplace_back(&one->event, span);
        activities.add(told->activity);
        after.add(one->event.time - span);
        until.add(one->event.time);
      }
  if (asked.empty()) return;
  for (const auto& row : store::activities::averages(tx, activities, after, until))
    s.averages.emplace(asked[row[0].as<std::size_t>() - 1], row[1].as<std::int64_t>());
}

void lock_leads(pqxx::work& tx, const routing::rule_set& rules, state& s) {
  std::set<id_type> ids;
  for (const auto* one : s.items)
    if (hub::message::policy_of(one->event).creates_lead || std::holds_alternative<hub::message::chat_message>(one->event.data))
      if (const auto customer = customer_of(s, one->event)) ids.insert(s.customers.at(*customer).root);
  if (ids.empty()) return;

  hub::db::array list;
  for (const auto& [id, customer] : s.customers)
    if (ids.contains(customer.root) && !customer.fresh) list.add(id);
  if (list.empty()) return;

  // A closed lead matters as long as some policy may reopen it, or a late message may belong to it.
  std::chrono::milliseconds back = std::chrono::hours(24 * 7);
  for (const auto& [channel, policy] : rules.lead_policies)
    if (policy.reopen_within) back = std::max(back, *policy.reopen_within);
  const auto oldest = s.items.front()->event.time;

  const bool with_owner = rules.first_response_due.within.has_value() || rules.speaks_out_of_hours();
  for (const auto& row : store::leads::lock(tx, list, oldest - back, oldest, with_owner)) {
    lead_row lead;
    lead.id = row[0].as<id_type>();
    lead.customer = row[1].as<id_type>();
    lead.pipeline = row[2].as<std::string>();
    lead.stage = hub::value_of<routing::stage>(row[3].as<std::string>()).value();
    if (!row[4].is_null()) lead.manager = row[4].as<id_type>();
    lead.source = row[5].as<std::string>();
    lead.intent = hub::value_of<routing::intent>(row[6].as<std::string>()).value();
    lead.priority = row[7].as<int>();
    lead.tags = words_at(row, 8);
    lead.attachable = row[9].as<bool>();
    lead.attach_until = hub::db::maybe_instant_at(row, 10);
    lead.closed_at = hub::db::maybe_instant_at(row, 11);
    lead.unanswered_since = hub::db::maybe_instant_at(row, 12);
    lead.created_at = hub::db::instant_at(row, 13);
    lead.last_activity_at = hub::db::instant_at(row, 14);
    lead.origin = row[15].as<std::string>();
    if (!row[16].is_null()) lead.value = row[16].as<std::int64_t>();
    lead.currency = row[17].as<std::string>();
    lead.response_due = hub::db::maybe_instant_at(row, 18);
    lead.responded_at = hub::db::maybe_instant_at(row, 19);
    if (!row[20].is_null()) lead.responded_by = row[20].as<id_type>();
    lead.owner_email = row[21].as<std::string>("");
    lead.team = row[22].as<std::string>("");
    add_lead(s, std::move(lead));
  }
}

}  // namespace

state load(pqxx::work& tx, const routing::rule_set& rules, std::span<const item> batch, bool links_exist) {
  state s;
  s.links_exist = links_exist;
  take_new(tx, batch, s);
  if (s.items.empty()) return s;
  const bool of_erp = std::any_of(s.items.begin(), s.items.end(), [](const item* one) { return is_of_erp(one->event); });
  if (of_erp) store::vehicles::lock_erp(tx);
  find_or_make_customers(tx, s);
  read_calls(tx, s);
  if (of_erp) find_orders(tx, s);
  lock_customers(tx, s);
  read_contacts(tx, s);
  lock_leads(tx, rules, s);
  read_averages(tx, rules, s);
  return s;
}

}  // namespace workers::ingest
