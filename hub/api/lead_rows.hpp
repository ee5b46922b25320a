#pragma once
// One lead as lists show it: the columns, the joins, and how a row becomes a lead_view. The list, one lead, and a
// customer's leads are this one statement with different rows to pick from. Any thread.

#include "hub/api/routes.hpp"
#include "hub/api/views.hpp"
#include "routing/receipt.hpp"

#include <pqxx/pqxx>

#include <map>
#include <string>

namespace hub::api {

/// "select ... from picked l ...": `pick` selects hub.lead rows as `l` (where, order, limit).
/// $1 is the person who asks.
std::string select_leads(const visitor& who, const std::string& pick);
/// In what order leads are listed, and how a page goes on after the last one: SQL over `l`.
struct lead_order {
  std::string_view name;
  std::string by;
  std::string key;    ///< a whole number, `sort_at` of the row; of the last one it is $5 of the next page, and its id $6
  std::string after;  ///< what comes after ($5, $6)
};
const lead_order& usual_order();
/// Null when there is none of that name.
const lead_order* order_named(std::string_view name);
std::string select_leads(const visitor& who, const std::string& pick, const lead_order& order);
lead_view lead_of(const pqxx::row& row, const visitor& who, const std::map<std::int64_t, std::string>& staff);

/// Fills next_stages: a lead's own page, the list of leads and the answers to changes have them. `row` is the lead's.
void tell_next_stages(const routing::rule_set& rules, const visitor& who, const pqxx::row& row, lead_view& lead);

/// Names of everybody, former staff too: they are few, and receipts speak of them by id.
std::map<std::int64_t, std::string> staff_names(pqxx::work& sql);
std::string name_in(const std::map<std::int64_t, std::string>& staff, std::int64_t id);

/// A receipt with names.
decision_view decision_of(const routing::receipt& kept, instant at, const std::map<std::int64_t, std::string>& staff);

/// Why a lead changed hands, without the words somebody typed where those are masked.
std::string reason_for(bool masked, const std::string& reason);

/// SQL: the name of the customer `c`, empty when nobody told.
std::string customer_name();
/// "Viber customer 1042"
std::string stand_in_name(std::string_view channel, std::int64_t id);

/// One audit row per look: a page that asks again within ten minutes is the same look.
void write_look(pqxx::work& sql, const visitor& who, const std::string& action, const std::string& subject);

}  // namespace hub::api
