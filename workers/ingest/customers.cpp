#include "workers/ingest/customers.hpp"

#include "hub/db/arrays.hpp"
#include "hub/db/times.hpp"
#include "workers/store/people.hpp"

#include <algorithm>
#include <set>

namespace workers::ingest {

namespace {

void take_customers(const pqxx::result& rows, state& s) {
  for (const auto& row : rows) {
    const auto id = row[0].as<id_type>();
    auto& customer = s.customers[id];
    customer.id = id;
    customer.root = row[1].as<id_type>(id);
    customer.first_name = row[2].as<std::string>();
    customer.last_name = row[3].as<std::string>();
    customer.language = row[4].as<std::string>();
    customer.named_at = hub::db::maybe_instant_at(row, 5);
  }
}

void read_locked(pqxx::work& tx, state& s) {
  std::set<id_type> ids;
  for (const auto& [who, customer] : s.customer_of) ids.insert(customer);
  for (const auto& [key, call] : s.calls)
    if (call.customer) ids.insert(*call.customer);
  ids.insert(s.order_customers.begin(), s.order_customers.end());
  if (ids.empty()) return;
  hub::db::array list;
  for (const auto id : ids) list.add(id);
  if (!s.links_exist) {
    take_customers(store::people::lock_customers(tx, list), s);
    // Asked after the lock, so that a merge just committed is seen; whole links are locked from the beginning then.
    if (store::people::any_linked(tx)) throw linked_meanwhile{};
    return;
  }
  take_customers(store::people::lock_linked(tx, list), s);
  // Who was linked while this waited for its rows is not locked yet, and may not be locked out of order now.
  const auto known = s.customers.size();
  take_customers(store::people::lock_linked(tx, list), s);
  if (s.customers.size() != known) throw linked_meanwhile{};
  for (const auto& [id, customer] : s.customers)
    if (!s.customers.contains(customer.root)) throw linked_meanwhile{};
}

std::vector<id_type> linked_with(const state& s, id_type root) {
  std::vector<id_type> all;
  for (const auto& [id, customer] : s.customers)
    if (customer.root == root) all.push_back(id);
  std::sort(all.begin(), all.end());
  return all;
}

// A person unlinked them once, or said that they are two: also when it was about others of the same link.
bool kept_apart(pqxx::work& tx, const state& s, id_type first_root, id_type second_root) {
  hub::db::array first, second;
  for (const auto a : linked_with(s, first_root))
    for (const auto b : linked_with(s, second_root)) {
      first.add(a);
      second.add(b);
    }
  return store::people::kept_apart(tx, first, second);
}

// Everybody of both links is locked: one after the other, each on what the earlier ones made of it.
bool link_declared(pqxx::work& tx, state& s) {
  bool linked = false;
  std::set<std::pair<id_type, id_type>> apart;
  for (const auto& [a, b] : s.declared_same) {
    const auto roots = std::minmax(s.customers.at(a).root, s.customers.at(b).root);
    const std::pair<id_type, id_type> pair(roots);
    if (pair.first == pair.second || apart.contains(pair)) continue;
    if (kept_apart(tx, s, pair.first, pair.second)) {
      apart.insert(pair);
      s.possibly_same.emplace_back(a, b);
      continue;
    }
    store::people::link(tx, pair.first, pair.second);
    for (const auto id : linked_with(s, pair.second)) s.customers.at(id).root = pair.first;
    linked = true;
  }
  return linked;
}

}  // namespace

void lock_customers(pqxx::work& tx, state& s) {
  read_locked(tx, s);
  if (s.declared_same.empty() || !link_declared(tx, s)) return;
  s.links_exist = true;
  read_locked(tx, s);
}

}  // namespace workers::ingest
