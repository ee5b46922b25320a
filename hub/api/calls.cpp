// /api/v1/calls: telephone calls, newest first, and one of them with what is still to be done about it. Of a call only what
// its lead's rules allow; a call of no lead is shown to whoever answers for the team or the hub (policy.hpp).

#include "hub/api/call_rows.hpp"
#include "hub/api/call_views.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/tasks.hpp"
#include "hub/base/number.hpp"

#include <algorithm>
#include <array>

namespace hub::api {

namespace {

constexpr std::array<std::string_view, 2> directions{"inbound", "outbound"};
constexpr std::array<std::string_view, 2> answers{"yes", "no"};
constexpr std::array<std::string_view, 6> statuses{"ringing", "answered", "completed", "missed", "voicemail", "failed"};

/// A query parameter that is an id; nothing when absent.
std::optional<std::int64_t> id_asked(const asked& a, const std::string& field) {
  const auto text = query_value(a.from, field);
  if (text.empty()) return std::nullopt;
  const auto id = whole_number<std::int64_t>(text);
  if (!id || *id < 1) refuse(400, "Bad request", "expected an id", field);
  return id;
}

template <std::size_t N>
std::string word_asked(const asked& a, const std::string& field, const std::array<std::string_view, N>& words) {
  const auto text = query_value(a.from, field);
  if (text.empty() || std::find(words.begin(), words.end(), text) != words.end()) return text;
  std::string list;
  for (const auto word : words) list += (list.empty() ? "" : ", ") + std::string(word);
  refuse(400, "Bad request", "expected one of " + list, field);
}

/// SQL of the `manager` that is asked for.
std::string manager_asked(const asked& a) {
  const auto text = query_value(a.from, "manager");
  if (text.empty()) return "true";
  if (text == "me") return "k.manager_id = $1";
  if (text == "none") return "k.manager_id is null";
  return "k.manager_id = " + std::to_string(*id_asked(a, "manager"));
}

/// SQL of the `reviewed` that is asked for: no are those that the person could review now.
std::string reviewed_asked(const asked& a) {
  const auto text = word_asked(a, "reviewed", answers);
  if (text.empty()) return "true";
  const std::string exists = "exists (select from hub.call_review r where r.call_id = k.id)";
  if (text == "yes") return call_review_is_open(a.who.role) + " and " + exists;
  return call_is_judged(a.who.role) + " and k.status = 'completed' and k.manager_id <> $1 and not " + exists;
}

http::response list(const asked& a) {
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  std::optional<std::int64_t> at, id;
  if (*before) at = (*before)->at, id = (*before)->id;
  const auto lead = id_asked(a, "lead"), customer = id_asked(a, "customer");
  const auto direction = word_asked(a, "direction", directions), status = word_asked(a, "status", statuses);
  const auto from = day_of(query_value(a.from, "from"), "from"), to = day_of(query_value(a.from, "to"), "to");
  const auto zone = from.empty() && to.empty() ? std::string("UTC") : rules_in_force(a)->timezone;
  const auto pick =
      call_is_visible(a.who.access, a.who.role) + " and " + manager_asked(a) + " and " + reviewed_asked(a) +
      " and ($2::bigint is null or k.lead_id = $2) and ($3::bigint is null or k.customer_id in (select hub.link_of($3)))"
      " and ($4 = '' or k.direction::text = $4) and ($5 = '' or k.status::text = $5) and ($6 = '' or k.provider = $6)"
      " and ($7 = '' or k.start_time >= nullif($7, '')::date::timestamp at time zone $9)"
      " and ($8 = '' or k.start_time < (nullif($8, '')::date + 1)::timestamp at time zone $9)"
      " and ($10::bigint is null or (k.start_time, k.id) < (timestamptz 'epoch' + $10::bigint * interval '1 microsecond',"
      " $11::bigint)) order by k.start_time desc, k.id desc limit $12::integer";
  const auto rows = a.sql.exec_params(select_calls(a.who, pick), a.who.id, lead, customer, direction, status,
                                      query_value(a.from, "provider"), from, to, zone, at, id, *limit + 1);
  call_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.calls.size()) == *limit) {
      const auto& last = rows[static_cast<pqxx::result::size_type>(*limit - 1)];
      page.next = to_text({last["sort_at"].as<std::int64_t>(), last["id"].as<std::int64_t>()});
      break;
    }
    page.calls.push_back(call_of(row));
  }
  return answer(200, page);
}

http::response one(const asked& a) {
  const auto rows = a.sql.exec_params(select_calls(a.who, "k.id = $2 and " + call_is_visible(a.who.access, a.who.role)), a.who.id,
                                      id_of(a.from));
  if (rows.empty()) refuse_unknown("call");
  const call_detail made{call_of(rows[0]), call_back_of(a, id_of(a.from))};
  const auto subject =
      made.call.customer ? "customer:" + std::to_string(made.call.customer->id) : "call:" + std::to_string(made.call.id);
  write_look(a.sql, a.who, made.call.customer ? "customer_view" : "call_view", subject);
  return answer(200, made);
}

}  // namespace

void add_calls(route_table& to) {
  to.add(route("GET", "/api/v1/calls"), list);
  to.add(route("GET", "/api/v1/calls/{id}"), one);
}

}  // namespace hub::api
