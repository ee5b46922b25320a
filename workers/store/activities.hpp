#pragma once
// SQL of website activities: what they tell of a company, what they are worth, what they ask to be done; and of vehicles
// named in messages. Inside a transaction of hub::db; lock order: customers, leads, vehicles, ..., messages, tasks.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <string>

namespace workers::store {

struct contact_columns {
  hub::db::array id, company_name, company_name_at, email, email_at, url, url_at;
};
struct activity_columns {
  hub::db::array lead_id, customer_id, activity, at, value, currency, data, event_key;  ///< value in hundredths
};
struct task_columns {
  hub::db::array lead_id, title, due_at, event_key;
};

namespace activities {

void prepare(pqxx::connection& c);

/// (id, company_name, its time in ms, email, time, url, time) of locked customers.
pqxx::result read_contacts(pqxx::work& tx, const hub::db::array& customers);
void update_contacts(pqxx::work& tx, const contact_columns& rows);

/// (n, average in hundredths) of the conversions in (after, until] whose leads began with the activity; n is the 1-based
/// place in the columns, nothing where there were none.
pqxx::result averages(pqxx::work& tx, const hub::db::array& activity, const hub::db::array& after, const hub::db::array& until);

void insert(pqxx::work& tx, const activity_columns& rows);
/// For whoever owns the lead now. `zone`: where the due date is a day.
void insert_tasks(pqxx::work& tx, const task_columns& rows, const std::string& zone);

/// Vehicles in stock with these numbers become suggestions of the leads; known ones stay as they are.
void suggest_vehicles(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& vins);

}  // namespace activities
}  // namespace workers::store
