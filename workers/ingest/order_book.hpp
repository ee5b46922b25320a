#pragma once
// The orders of an ERP in one transaction, and the leads they belong to: locks those, makes the steps that told_order.hpp says,
// and writes what people have to judge. Inside an ingest transaction that holds the ERP's lock and the leads' customers; locks
// leads, and through the stock vehicles. Throws db::error.

#include "workers/ingest/stock.hpp"
#include "workers/ingest/told_order.hpp"
#include "workers/store/conflicts.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace workers::ingest {

using order_map = std::map<std::pair<std::string, std::string>, order_row>;  ///< by account and key

/// Rows of store::orders::read(); those that are there already stay.
void take_orders(const pqxx::result& rows, order_map& to);
/// The leads of orders that have none: our own id says it, else the customer and the vehicles do.
void find_leads(pqxx::work& tx, order_map& orders);
/// The customers of their leads.
std::vector<id_type> whose_leads(pqxx::work& tx, const order_map& orders);

class order_book {
 public:
  order_book(pqxx::work& tx, const routing::rule_set& rules, order_map& orders, instant now)
      : tx_(tx), rules_(rules), orders_(orders), now_(now) {}

  /// Before the stock is settled: it locks what these leads have chosen.
  void lock_leads(stock& vehicles);
  /// After it: the leads move, and their vehicles with them.
  void apply(stock& vehicles);
  void write(stock& vehicles);

 private:
  struct locked_lead {
    routing::stage at = routing::stage::fresh;
    std::string pipeline, source;
    bool owned = false, attachable = false;
    std::optional<instant> attach_until;
    std::set<id_type> chosen;
  };

  void read_verdicts();
  void read_sent();
  void apply(stock& stocked, order_row& row);
  void count(const order_row& row, const std::string& key, bool echo);
  /// Why the order's vehicles cannot be the lead's.
  std::string other_vehicle(const order_row& row, const locked_lead& lead, const hub::db::array& ids,
                            const std::set<id_type>& vehicles, bool insisted);
  void move(order_row& row, locked_lead& lead, routing::stage to);
  static void disagree(store::conflict_columns& to, const order_row& row, const std::string& key, const locked_lead& lead,
                       routing::stage goal, const std::string& why);

  pqxx::work& tx_;
  const routing::rule_set& rules_;
  order_map& orders_;
  instant now_;
  std::map<id_type, locked_lead> leads_;
  std::map<std::pair<std::string, std::string>, std::string> insisted_;
  std::map<std::pair<std::string, std::string>, hub::message::order_asked> sent_;
  std::set<id_type> touched_;
  store::object_columns objects_;
  store::conflict_columns open_, again_;
};

}  // namespace workers::ingest
