#include "hub/ctl/database.hpp"
#include "hub/ctl/trace_rows.hpp"
#include "hub/message/canonical.hpp"

#include <algorithm>
#include <charconv>

namespace hub::ctl {

namespace {

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || text.front() == '0' || failed != std::errc{} || end != text.data() + text.size() || n <= 0)
    return std::nullopt;
  return n;
}

std::vector<event_name> names_of_rows(const pqxx::result& rows) {
  std::vector<event_name> names;
  for (const auto& row : rows)
    names.push_back(
        {text_or_empty(row[0]), row[1].is_null() ? 0 : row[1].as<std::int64_t>(), text_or_empty(row[2]), text_or_empty(row[3])});
  return names;
}

const std::string message_columns =
    "select m.event_key, m.id, " + utc_of("m.sent_at") +
    ", 'message ' || m.id || ', ' || m.type || case when m.direction = 'outgoing' then ' sent by us' else '' end from message m ";

/// What was told of calls `c`: their events' keys begin with the call's name.
const std::string call_events = "select k.key, null::bigint, " + utc_of("k.time") +
                                ", 'call ' || c.id from call_record c join event_key k"
                                " on k.key > c.provider || ':' || c.account || ':call:' || c.call_id || ':'"
                                " and k.key < c.provider || ':' || c.account || ':call:' || c.call_id || ';' ";

std::vector<event_name> by_call(pqxx::work& tx, std::int64_t id) {
  return names_of_rows(tx.exec_params(call_events + "where c.id = $1 order by 3, 1", id));
}

std::vector<event_name> by_key(pqxx::work& tx, const std::string& key) {
  return names_of_rows(tx.exec_params(
      "select key, null::bigint, " + utc_of("time") + ", kind from event_key where key = $1 union all select event_key, null, " +
          utc_of("quarantined_at") + ", coalesce(nullif(kind, ''), 'undecodable') from quarantine q" +
          " where event_key = $1 and not exists (select from event_key e where e.key = q.event_key)",
      key));
}

std::vector<event_name> by_message(pqxx::work& tx, std::int64_t id) {
  return names_of_rows(tx.exec_params(message_columns + "where m.id = $1", id));
}

std::vector<event_name> by_platform_id(pqxx::work& tx, const std::string& id) {
  return names_of_rows(tx.exec_params(message_columns + "where m.platform_id = $1 order by m.id", id));
}

std::vector<event_name> by_media(pqxx::work& tx, std::int64_t id) {
  return names_of_rows(tx.exec_params(message_columns +
                                          "where m.id in (select message_id from message_media where media_id = $1 union"
                                          " select message_id from media_fetch where media_id = $1 union"
                                          " select id from message where media_id = $1) union all " +
                                          call_events +
                                          "where c.media_id = $1 or c.id in (select call_id from media_fetch where media_id = $1)"
                                          " order by 3, 2, 1",
                                      id));
}

/// The event that opened it, then its messages, activities and what was told of its calls.
std::vector<event_name> by_lead(pqxx::work& tx, std::int64_t id) {
  auto names =
      names_of_rows(tx.exec_params(message_columns + "where m.lead_id = $1 union all select event_key, null, " + utc_of("at") +
                                       ", 'activity ' || id || ', ' || activity from activity" +
                                       " where lead_id = $1 union all " + call_events + "where c.lead_id = $1 order by 3, 2, 1",
                                   id));
  const auto opened = tx.exec_params("select event_key from assignment_decision where lead_id = $1 order by id limit 1", id);
  if (opened.empty()) return names;
  const auto key = text_or_empty(opened[0][0]);
  const auto at = std::find_if(names.begin(), names.end(), [&](const event_name& n) { return n.key == key; });
  if (at != names.end()) {
    std::rotate(names.begin(), at, at + 1);
  } else if (auto other = by_key(tx, key); !other.empty()) {
    names.insert(names.begin(), std::move(other.front()));
  }
  return names;
}

/// 32 hex digits out of a trace id or a whole traceparent.
std::optional<std::string> trace_id_in(std::string_view id) {
  if (id.size() == 55 && id[2] == '-' && id[35] == '-') id = id.substr(3, 32);
  const bool hex = std::all_of(id.begin(), id.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return id.size() == 32 && hex ? std::optional(std::string(id)) : std::nullopt;
}

/// Not indexed: it is asked rarely, and an index would cost every event.
std::vector<event_name> by_trace(pqxx::work& tx, const std::string& trace_id) {
  return names_of_rows(tx.exec_params(
      "select key, null::bigint, " + utc_of("time") + ", kind from event_key where substr(trace, 4, 32) = $1 union all" +
          " select event_key, null, " + utc_of("quarantined_at") + ", coalesce(nullif(kind, ''), 'undecodable')" +
          " from quarantine q where substr(trace, 4, 32) = $1" +
          " and not exists (select from event_key e where e.key = q.event_key) order by 3, 1",
      trace_id));
}

bool exists(pqxx::work& tx, const std::string& table, std::int64_t id) {
  return !tx.exec_params("select from " + table + " where id = $1", id).empty();
}

}  // namespace

found_id find_id(pqxx::work& tx, const std::string& id) {
  const auto colon = id.find(':');
  const auto prefix = colon == std::string::npos ? std::string() : id.substr(0, colon);
  const auto after = colon == std::string::npos ? std::nullopt : whole_number(std::string_view(id).substr(colon + 1));
  if (after && prefix == "message") return {"message " + std::to_string(*after), {}, by_message(tx, *after)};
  if (after && prefix == "lead") return {"lead " + std::to_string(*after), {}, by_lead(tx, *after)};
  if (after && prefix == "call") return {"call " + std::to_string(*after), {}, by_call(tx, *after)};
  if (after && prefix == "media") return {"media " + std::to_string(*after), {}, by_media(tx, *after)};

  if (auto events = by_key(tx, prefix == "event" ? id.substr(6) : id); !events.empty()) {
    // What a refused body became has its trace.
    if (events[0].what == message::unparsed::kind) {
      const auto trace = tx.exec_params("select trace from quarantine where event_key = $1 and trace <> ''", events[0].key);
      if (const auto of = trace.empty() ? std::nullopt : trace_id_in(text_or_empty(trace[0][0])))
        for (auto& other : by_trace(tx, *of))
          if (other.key != events[0].key) events.push_back(std::move(other));
    }
    return {"event key", {}, std::move(events)};
  }
  if (const auto trace = trace_id_in(id))
    if (auto events = by_trace(tx, *trace); !events.empty()) return {"trace " + *trace, {}, std::move(events)};

  found_id found;
  const auto offer = [&](const std::string& as, auto look) {
    if (!found.events.empty())
      found.others.push_back(as);
    else if (found.events = look(); !found.events.empty())
      found.as = as;
  };
  const auto number = whole_number(id);
  if (number && exists(tx, "message", *number)) offer("message " + id, [&] { return by_message(tx, *number); });
  if (auto events = by_platform_id(tx, id); !events.empty()) offer("platform message " + id, [&] { return std::move(events); });
  if (number && exists(tx, "lead", *number)) offer("lead " + id, [&] { return by_lead(tx, *number); });
  if (number && exists(tx, "media", *number)) offer("media " + id, [&] { return by_media(tx, *number); });
  return found;
}

}  // namespace hub::ctl
