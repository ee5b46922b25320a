#include "workers/ingest/order_book.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/db/times.hpp"
#include "hub/message/json.hpp"
#include "workers/store/orders.hpp"

#include <algorithm>

namespace workers::ingest {

namespace {

using routing::stage;

}  // namespace

void take_orders(const pqxx::result& rows, order_map& to) {
  for (const auto& row : rows) {
    order_row one;
    const auto key = row[1].as<std::string>();
    one.account = row[0].as<std::string>();
    one.told.id = row[2].as<std::string>();
    if (key != one.told.id) one.told.hub_id = key;
    one.told.number = row[3].as<std::string>();
    one.told.total = row[4].as<std::string>();
    one.told.currency = row[5].as<std::string>();
    one.told.status = row[6].as<std::string>();
    one.at = hub::db::instant_at(row, 7);
    one.told.customer = row[8].as<std::string>();
    if (const auto ids = row[9].as<std::string>(""); !ids.empty()) one.told.vehicles = hub::split(ids, '\x1f');
    one.told.paid = row[10].as<bool>();
    one.told.shipped = row[11].as<bool>();
    one.told.cancelled = row[12].as<bool>();
    if (!row[13].is_null()) one.lead = row[13].as<id_type>();
    if (!row[14].is_null()) one.moved_to = hub::value_of<stage>(row[14].as<std::string>());
    to.try_emplace({one.account, key}, std::move(one));
  }
}

void find_leads(pqxx::work& tx, order_map& orders) {
  hub::db::array accounts, customers, vehicles;
  std::vector<order_row*> asked;
  for (auto& [key, row] : orders) {
    if (row.lead) continue;
    row.lead = lead_of_order(row.told.hub_id);
    if (row.lead || row.told.customer.empty() || row.told.vehicles.empty()) continue;
    asked.push_back(&row);
    accounts.add(row.account);
    customers.add(row.told.customer);
    vehicles.add(hub::join(row.told.vehicles, "\x1f"));
  }
  if (asked.empty()) return;
  for (const auto& row : store::orders::find_leads(tx, accounts, customers, vehicles))
    asked[row[0].as<std::size_t>() - 1]->lead = row[1].as<id_type>();
}

std::vector<id_type> whose_leads(pqxx::work& tx, const order_map& orders) {
  hub::db::array leads;
  for (const auto& [key, row] : orders) leads.add(row.lead);
  std::vector<id_type> customers;
  if (leads.empty()) return customers;
  for (const auto& row : store::orders::customers_of(tx, leads)) customers.push_back(row[1].as<id_type>());
  return customers;
}

void order_book::lock_leads(stock& vehicles) {
  hub::db::array list;
  for (const auto& [key, row] : orders_)
    if (row.lead) list.add(*row.lead);
  std::vector<id_type> held;
  if (!list.empty()) {
    for (const auto& row : store::orders::lock_leads(tx_, list)) {
      auto& lead = leads_[row[0].as<id_type>()];
      lead.at = hub::value_of<stage>(row[1].as<std::string>()).value();
      lead.pipeline = row[2].as<std::string>();
      lead.source = row[3].as<std::string>();
      lead.owned = !row[4].is_null();
      lead.attachable = row[5].as<bool>();
      lead.attach_until = hub::db::maybe_instant_at(row, 6);
    }
    for (const auto& row : store::orders::chosen(tx_, list)) {
      leads_[row[0].as<id_type>()].chosen.insert(row[1].as<id_type>());
      held.push_back(row[1].as<id_type>());
    }
  }
  std::vector<erp_key> told;
  for (auto& [key, row] : orders_) {
    // No such lead here: somebody's own numbering.
    if (row.lead && !leads_.contains(*row.lead)) row.lead.reset();
    for (const auto& id : row.told.vehicles) told.push_back({row.account, id});
  }
  vehicles.hold(held);
  vehicles.look_at(told);
}

void order_book::apply(stock& vehicles) {
  read_verdicts();
  read_sent();
  std::vector<order_row*> in_order;
  for (auto& [key, row] : orders_) in_order.push_back(&row);
  std::stable_sort(in_order.begin(), in_order.end(), [](const auto* a, const auto* b) { return a->at < b->at; });
  for (auto* row : in_order) apply(vehicles, *row);
  if (!objects_.object_id.empty()) store::conflicts::keep(tx_, objects_, open_);
  if (!again_.field.empty()) store::conflicts::reopen(tx_, again_);
  vehicles.settle_again({touched_.begin(), touched_.end()});
}

void order_book::read_verdicts() {
  store::object_columns all;
  for (const auto& [key, row] : orders_) {
    all.account.add(row.account);
    all.object_type.add("order");
    all.object_id.add(key.second);
  }
  if (all.object_id.empty()) return;
  for (const auto& row : store::conflicts::judged(tx_, all))
    if (row[4].as<bool>()) insisted_[{row[0].as<std::string>(), row[2].as<std::string>()}] = row[5].as<std::string>();
}

void order_book::read_sent() {
  std::map<std::string, hub::db::array> keys;
  for (const auto& [key, row] : orders_)
    if (!row.told.hub_id.empty()) keys[row.account].add(key.second);
  for (const auto& [account, list] : keys)
    for (const auto& row : store::orders::sent(tx_, account, list)) {
      const auto parsed = hub::message::parse_json(row[1].as<std::string>());
      if (auto asked = parsed ? hub::message::from_json<hub::message::order_asked>(*parsed)
                              : hub::result<hub::message::order_asked>(parsed.error()))
        sent_[{account, row[0].as<std::string>()}] = std::move(*asked);
    }
}

void order_book::count(const order_row& row, const std::string& key, bool echo) {
  if (row.told.cancelled || row.told.deleted)
    store::orders::unconvert(tx_, *row.lead, key);
  else if (!echo && !row.told.total.empty())
    store::orders::convert(tx_, *row.lead, key, row.told.total, row.told.currency, row.at);
}

std::string order_book::other_vehicle(const order_row& row, const locked_lead& lead, const hub::db::array& ids,
                                      const std::set<id_type>& vehicles, bool insisted) {
  if (ids.empty()) return {};
  const auto taken = store::orders::chosen_by_others(tx_, *row.lead, ids);
  if (!taken.empty()) return "lead " + taken[0][1].as<std::string>() + " has chosen vehicle " + taken[0][0].as<std::string>();
  if (insisted || lead.chosen.empty()) return {};
  for (const auto id : vehicles)
    if (!lead.chosen.contains(id)) return "the order is about another vehicle than the lead";
  return {};
}

void order_book::apply(stock& stocked, order_row& row) {
  const auto key = order_key(row.told);
  objects_.account.add(row.account);
  objects_.object_type.add("order");
  objects_.object_id.add(key);
  if (!row.lead) return;
  auto& lead = leads_.at(*row.lead);
  const auto said = sent_.find({row.account, key});
  const bool echo = said != sent_.end() && is_echo(row.told, said->second);
  count(row, key, echo);
  const auto goal = echo ? std::nullopt : goal_of(row.told);
  if (!goal) return;

  std::set<id_type> vehicles;
  hub::db::array ids;
  for (const auto& [erp_id, id] : stocked.ids_of(row.account, row.told.vehicles)) vehicles.insert(id);
  for (const auto id : vehicles) ids.add(id);
  const auto insisted = insisted_.find({row.account, key});
  ordered_lead facts;
  facts.stage = lead.at;
  facts.has_owner = lead.owned;
  facts.has_vehicle = !vehicles.empty() || !lead.chosen.empty();
  facts.moved_to = row.moved_to;
  facts.insisted = insisted != insisted_.end() && insisted->second == hub::name_of(*goal);
  if (*goal != stage::lost) facts.other_vehicle = other_vehicle(row, lead, ids, vehicles, facts.insisted);
  const auto step = step_of(facts, goal, rules_.pipeline_of(lead.pipeline));
  if (!step.why_not.empty()) {
    auto& told = facts.insisted ? again_ : open_;
    disagree(told, row, key, lead, *goal, step.why_not);
    if (facts.insisted) disagree(open_, row, key, lead, *goal, step.why_not);
  }
  if (!step.to) return;
  if (*goal != stage::lost && !ids.empty()) store::orders::choose(tx_, *row.lead, ids);
  touched_.insert(vehicles.begin(), vehicles.end());
  touched_.insert(lead.chosen.begin(), lead.chosen.end());
  move(row, lead, *goal);
  if (*goal == stage::lost)
    lead.chosen.clear();
  else
    lead.chosen.insert(vehicles.begin(), vehicles.end());
}

void order_book::move(order_row& row, locked_lead& lead, stage to) {
  const bool attaches = routing::is_open(lead.at) && lead.attachable && rules_.takes_in(lead.source, to) &&
                        (!lead.attach_until || now_ <= *lead.attach_until);
  const auto* what = to == stage::prepayment ? " is paid" : to == stage::sold ? " is shipped" : " is cancelled";
  const auto& name = row.told.number.empty() ? order_key(row.told) : row.told.number;
  store::orders::move(tx_, *row.lead, std::string(hub::name_of(lead.at)), std::string(hub::name_of(to)), attaches,
                      "ERP: order " + name + what, now_);
  lead.at = to;
  lead.attachable = attaches;
  row.moved_to = to;
}

void order_book::disagree(store::conflict_columns& to, const order_row& row, const std::string& key, const locked_lead& lead,
                          stage goal, const std::string& why) {
  to.of.account.add(row.account);
  to.of.object_type.add("order");
  to.of.object_id.add(key);
  to.field.add("stage");
  to.ours.add(hub::name_of(lead.at));
  to.theirs.add(hub::name_of(goal));
  to.why.add(why);
  to.vehicle_id.add_null();
  to.lead_id.add(row.lead);
}

void order_book::write(stock& vehicles) {
  hub::db::array accounts, ids;
  for (const auto& [key, row] : orders_) {
    accounts.add(row.account);
    ids.add(row.told.customer);
  }
  if (ids.empty()) return;
  std::map<std::pair<std::string, std::string>, id_type> customers;
  for (const auto& row : store::orders::find_customers(tx_, accounts, ids))
    customers[{row[0].as<std::string>(), row[1].as<std::string>()}] = row[2].as<id_type>();
  store::order_columns rows;
  store::received_columns received;
  for (const auto& [key, row] : orders_) {
    const auto customer = customers.find({row.account, row.told.customer});
    const auto known = vehicles.ids_of(row.account, row.told.vehicles);
    rows.account.add(row.account);
    rows.key.add(key.second);
    rows.erp_id.add(row.told.id);
    rows.number.add(row.told.number);
    rows.placed_at.add(row.told.placed_at);
    rows.sum.add_or_null(row.told.total);
    rows.currency.add_or_null(row.told.currency);
    rows.status.add(row.told.status);
    rows.at.add(row.at);
    rows.customer.add(row.told.customer);
    rows.vehicles.add(hub::join(row.told.vehicles, "\x1f"));
    rows.paid.add(row.told.paid);
    rows.shipped.add(row.told.shipped);
    rows.cancelled.add(row.told.cancelled || row.told.deleted);
    rows.customer_id.add(customer == customers.end() ? std::nullopt : std::optional(customer->second));
    rows.lead_id.add(row.lead);
    rows.vehicle_id.add(known.empty() ? std::nullopt : std::optional(known.begin()->second));
    rows.moved_to.add(row.moved_to ? std::optional(std::string(hub::name_of(*row.moved_to))) : std::nullopt);
    if (!row.learned) continue;
    received.account.add(row.account);
    received.object_type.add("order");
    received.object_id.add(key.second);
    received.version.add(row.told.version);
    received.content_hash.add(hub::to_hex(hub::sha256(hub::message::to_json(row.told))));
    received.at.add(row.at);
  }
  store::orders::write(tx_, rows, rules_.timezone);
  if (!received.object_id.empty()) store::conflicts::received(tx_, received);
}

}  // namespace workers::ingest
