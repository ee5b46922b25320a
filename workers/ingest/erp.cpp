#include "workers/ingest/erp.hpp"

#include "workers/ingest/order_book.hpp"
#include "workers/ingest/stock.hpp"
#include "workers/ingest/told_order.hpp"
#include "workers/store/conflicts.hpp"
#include "workers/store/orders.hpp"
#include "workers/store/people.hpp"
#include "workers/store/vehicles.hpp"

#include <set>

namespace workers::ingest {

namespace {

using hub::message::event;
using erp_ids = std::set<std::pair<std::string, std::string>>;  ///< account and id

constexpr int verdicts_at_once = 100;

// ---- customers ------------------------------------------------------------------------------------------------------

erp_ids learn_customers(pqxx::work& tx, const state& s) {
  std::map<std::pair<std::string, std::string>, const item*> newest;
  for (const auto* one : s.items) {
    const auto* told = std::get_if<hub::message::customer>(&one->event.data);
    // In the order of their times: the last one holds.
    if (told && !told->deleted && !told->who.identities.empty())
      newest[{erp_account(one->event), told->who.identities.front().id}] = one;
  }
  store::told_customer_columns rows;
  erp_ids seen;
  for (const auto& [key, one] : newest) {
    const auto& told = std::get<hub::message::customer>(one->event.data);
    rows.account.add(key.first);
    rows.erp_id.add(key.second);
    rows.at.add(one->event.time);
    rows.first_name.add(told.first_name);
    rows.last_name.add(told.last_name);
    rows.company_name.add(told.company_name);
    seen.insert(key);
  }
  if (!seen.empty()) store::orders::learn_customers(tx, rows);
  return seen;
}

void acknowledge(pqxx::work& tx, const state& s) {
  for (const auto* one : s.items)
    if (const auto* handed = std::get_if<hub::message::order_handed>(&one->event.data))
      store::orders::acknowledge(tx, erp_account(one->event), handed->hub_id, handed->version, handed->erp_id, one->event.time);
}

/// A picture keeps its name at the ERP, so that the next full exchange fetches nothing anew.
void take_photos(pqxx::work& tx, const state& s) {
  store::photo_columns photos;
  hub::db::array accounts, ids;
  for (const auto* one : s.items) {
    const auto* told = std::get_if<hub::message::vehicle>(&one->event.data);
    if (!told) continue;
    const auto account = erp_account(one->event);
    accounts.add(account);
    ids.add(told->id);
    for (const auto& photo : told->photos) {
      photos.key.add(account + ":vehicle:" + told->id + ":photo:" + photo.file_name);
      photos.part.add(photo.part);
      photos.channel.add(one->event.channel);
      photos.account.add(one->event.account);
      photos.reference.add(photo.reference);
      photos.file_name.add(photo.file_name);
      photos.vehicle.add(told->id);
    }
  }
  if (!ids.empty()) store::vehicles::link_photos(tx, accounts, ids);
  if (!photos.key.empty()) store::vehicles::want_photos(tx, photos);
}

}  // namespace

bool is_of_erp(const event& e) {
  return std::holds_alternative<hub::message::vehicle>(e.data) || std::holds_alternative<hub::message::exchange>(e.data) ||
         std::holds_alternative<hub::message::customer>(e.data) || std::holds_alternative<hub::message::order>(e.data) ||
         std::holds_alternative<hub::message::order_handed>(e.data);
}

void find_orders(pqxx::work& tx, state& s) {
  hub::db::array accounts, keys, customer_accounts, customers;
  for (const auto* one : s.items) {
    const auto account = erp_account(one->event);
    if (const auto* told = std::get_if<hub::message::order>(&one->event.data)) {
      accounts.add(account);
      keys.add(order_key(*told));
    } else if (const auto* who = std::get_if<hub::message::customer>(&one->event.data); who && !who->who.identities.empty()) {
      customer_accounts.add(account);
      customers.add(who->who.identities.front().id);
    }
  }
  if (!keys.empty()) take_orders(store::orders::read(tx, accounts, keys), s.orders);
  // Their customer may be known only now.
  if (!customers.empty()) take_orders(store::orders::read_unlinked(tx, customer_accounts, customers), s.orders);
  for (const auto* one : s.items) {
    const auto* told = std::get_if<hub::message::order>(&one->event.data);
    if (!told) continue;
    const auto account = erp_account(one->event);
    const auto [known, fresh] = s.orders.try_emplace({account, order_key(*told)});
    auto& row = known->second;
    if (!fresh && !is_newer(one->event.time, *told, row.at, row.told)) continue;
    // The id that was told at another time stays known.
    auto id = told->id.empty() ? std::move(row.told.id) : told->id;
    row.account = account;
    row.told = *told;
    row.told.id = std::move(id);
    row.at = one->event.time;
    row.learned = true;
  }
  find_leads(tx, s.orders);
  s.order_customers = whose_leads(tx, s.orders);
}

void apply_erp(pqxx::work& tx, const routing::rule_set& rules, state& s, instant now) {
  auto named = learn_customers(tx, s);
  stock vehicles(tx);
  order_book book(tx, rules, s.orders, now);
  book.lock_leads(vehicles);
  vehicles.learn(s.items);
  vehicles.settle();
  book.apply(vehicles);
  book.write(vehicles);
  acknowledge(tx, s);
  take_photos(tx, s);
  for (const auto& [key, row] : s.orders)
    if (!row.told.customer.empty()) named.insert({row.account, row.told.customer});
  hub::db::array accounts, ids;
  for (const auto& [account, id] : named) {
    accounts.add(account);
    ids.add(id);
  }
  if (!ids.empty()) store::orders::name_customers(tx, accounts, ids);
}

bool apply_verdicts(pqxx::work& tx, const routing::rule_set& rules, instant now) {
  store::vehicles::lock_erp(tx);
  hub::db::array done, accounts, keys;
  std::vector<erp_key> judged;
  std::set<std::string> exchanges;
  for (const auto& row : store::conflicts::to_apply(tx, verdicts_at_once)) {
    done.add(row[0].as<id_type>());
    const auto account = row[1].as<std::string>(), type = row[2].as<std::string>(), id = row[3].as<std::string>();
    if (type == "vehicle") judged.push_back({account, id});
    if (type == "exchange") exchanges.insert(account);
    if (type == "order") {
      accounts.add(account);
      keys.add(id);
    }
  }
  if (done.empty()) return false;
  order_map orders;
  if (!keys.empty()) take_orders(store::orders::read(tx, accounts, keys), orders);
  hub::db::array customers;
  for (const auto id : whose_leads(tx, orders)) customers.add(id);
  if (!customers.empty()) store::people::lock_customers(tx, customers);
  stock vehicles(tx);
  order_book book(tx, rules, orders, now);
  book.lock_leads(vehicles);
  vehicles.look_at(judged);
  for (const auto& account : exchanges) vehicles.judge_exchanges(account);
  vehicles.settle();
  book.apply(vehicles);
  book.write(vehicles);
  store::conflicts::applied(tx, done);
  return true;
}

}  // namespace workers::ingest
