#pragma once
// SQL of calls: one row each, whatever was told of it in whatever order. Inside a transaction of hub::db; lock order: calls
// after people, leads and messages, their tasks and recordings after them. What is read here is not locked: a row that
// somebody else changed meanwhile is not written, and the batch begins again.

#include "hub/db/arrays.hpp"

#include <pqxx/pqxx>

#include <string>

namespace workers::store {

struct call_columns {
  hub::db::array provider, account, call_id, revision, facts, lead_id, customer_id, manager, direction, start_time, end_time,
      duration, status, answered_at, talk_seconds, wait_seconds, line;
};
struct recording_columns {
  hub::db::array provider, account, call_id, part, reference, type, file_name, deadline;
};
struct call_back_columns {
  hub::db::array lead_id, title, due_at, key, missed_at;
};

namespace calls {

void prepare(pqxx::connection& c);

/// Rows of (position from 1, revision, facts, lead, customer) for those that are known.
pqxx::result read(pqxx::work& tx, const hub::db::array& provider, const hub::db::array& account, const hub::db::array& call_id);
/// Upserts; `revision` is that which was read, 0 for a call nobody knew. How many were written.
std::size_t write(pqxx::work& tx, const call_columns& rows);
/// Recordings to fetch, once each.
void insert_recordings(pqxx::work& tx, const recording_columns& rows);
/// To call back: once a call, and not where somebody talked with the lead's customer later; `zone` for the day.
void insert_call_backs(pqxx::work& tx, const call_back_columns& rows, const std::string& zone);
/// Somebody talked with these leads' customers at these times: calls missed before need no call back any more.
void complete_call_backs(pqxx::work& tx, const hub::db::array& leads, const hub::db::array& talked_at);

}  // namespace calls
}  // namespace workers::store
