// /api/v1/reports/*: the figures of docs/reports.md. Days are the business's, the time zone of the rules in force. Whose
// figures: a manager's own, a supervisor's teams, everybody's for admin and analyst.

#include "hub/api/asked.hpp"
#include "hub/api/report_views.hpp"
#include "hub/api/response_figures.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/tasks.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace hub::api {

namespace {

constexpr int usual_days = 30;
constexpr int most_days = 732;
constexpr int longest_by_day = 31;  ///< longer ranges are told by weeks

/// The range as the queries take it: $2 from, $3 until (the first midnight after it), $4 team or ''.
struct asked_range {
  range_view shown;
  std::string from, until, team;
  int days = 0;
};

asked_range range_of(const asked& a) {
  asked_range made;
  made.shown.zone = rules_in_force(a)->timezone;
  made.team = query_value(a.from, "team");
  const auto from = day_of(query_value(a.from, "from"), "from"), to = day_of(query_value(a.from, "to"), "to");
  const auto row = a.sql.exec_params1(
      "with d as (select coalesce(nullif($2, '')::date, ($4::timestamptz at time zone $1)::date) as last), e as (select d.last,"
      " coalesce(nullif($3, '')::date, d.last - $5::integer + 1) as first from d)"
      " select first::text, last::text, (first::timestamp at time zone $1)::text, ((last + 1)::timestamp at time zone $1)::text,"
      " last - first + 1 from e",
      made.shown.zone, to, from, to_rfc3339(a.now), usual_days);
  made.shown.from = text_of(row[0]);
  made.shown.to = text_of(row[1]);
  made.from = text_of(row[2]);
  made.until = text_of(row[3]);
  made.days = row[4].as<int>();
  if (made.days < 1) refuse(400, "Bad request", "must not be after `to`", "from");
  if (made.days > most_days) refuse(400, "Bad request", "at most " + std::to_string(most_days) + " days", "from");
  return made;
}

/// SQL of the people whose figures the person $1 may see, as a CTE `scope`.
std::string scope(access a) {
  constexpr std::string_view of_teams =
      "select m.staff_id from hub.team_member m join hub.team_member o on o.team_id = m.team_id where o.staff_id = $1 and "
      "o.supervisor";
  std::string who = "select s.id from hub.staff s where $1::bigint is not null";
  if (a == access::own) who += " and s.id = $1";
  if (a == access::all_of_own_teams) who += " and (s.id = $1 or s.id in (" + std::string(of_teams) + "))";
  return "scope as (" + who +
         " and ($4 = '' or s.id in (select m.staff_id from hub.team_member m join hub.team t on t.id = m.team_id where t.name = "
         "$4)))";
}

// A lead counts once for each person it came to in the range.
constexpr std::string_view assigned =
    "assigned as (select distinct h.to_id as staff_id, h.lead_id from hub.ownership_history h"
    " where h.at >= $2::timestamptz and h.at < $3::timestamptz and h.to_id in (select id from scope))";
constexpr std::string_view converted =
    "converted as (select c.* from hub.conversion c where c.created_at >= $2::timestamptz and c.created_at < $3::timestamptz"
    " and c.staff_id in (select id from scope))";

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) * 100 / static_cast<double>(whole);
}

money_view money_of(const pqxx::row& row) {
  money_view made{text_of(row["currency"]), row["conversions"].as<std::int64_t>(), row["total"].as<double>(), 0};
  if (made.conversions > 0) made.average = row["average"].as<double>();
  return made;
}

std::optional<double> maybe_number(const pqxx::field& value) {
  if (value.is_null()) return std::nullopt;
  return value.as<double>();
}

pqxx::result ask(const asked& a, const asked_range& range, const std::string& ctes, const std::string& select) {
  return a.sql.exec_params("with " + scope(a.who.access) + (ctes.empty() ? "" : ", " + ctes) + " " + select, a.who.id, range.from,
                           range.until, range.team);
}

const std::string sums =
    "count(*) as conversions, sum(c.conversion_value)::float8 as total, round(avg(c.conversion_value), 2)::float8 as average";

/// Leads that belong to the scope: its people's, and (unless only one's own are asked for) nobody's.
std::string leads_of_scope(access a) {
  if (a == access::own) return "l.manager_id in (select id from scope)";
  return "(l.manager_id in (select id from scope) or (l.manager_id is null and ($4 = '' or l.team_id in (select t.id from "
         "hub.team t "
         "where t.name = $4)) and " +
         (a == access::all ? std::string("true") : lead_is_visible(a)) + "))";
}

http::response overview(const asked& a) {
  const auto range = range_of(a);
  overview_view made;
  made.range = range.shown;
  const auto row =
      ask(a, range, std::string(assigned) + ", " + std::string(converted),
          "select (select count(*) from assigned) as assigned, (select count(*) from converted) as conversions,"
          " (select count(*) from hub.lead l where l.created_at >= $2::timestamptz and l.created_at < $3::timestamptz and " +
              leads_of_scope(a.who.access) +
              ") as created,"
              " (select count(*) from hub.lead l where l.stage = 'lost' and l.closed_at >= $2::timestamptz and l.closed_at < "
              "$3::timestamptz and " +
              leads_of_scope(a.who.access) +
              ") as lost,"
              " (select percentile_cont(0.5) within group (order by extract(epoch from c.created_at - l.created_at))"
              " from converted c join hub.lead l on l.id = c.lead_id) as seconds,"
              " (select count(*) from hub.lead l where l.stage not in ('sold', 'lost') and l.manager_id is null and " +
              leads_of_scope(a.who.access) +
              ") as pending,"
              " (select count(*) from hub.lead l where l.stage not in ('sold', 'lost') and l.manager_id in (select id from "
              "scope)) as active")[0];
  made.assigned = row["assigned"].as<std::int64_t>();
  made.conversions = row["conversions"].as<std::int64_t>();
  made.created = row["created"].as<std::int64_t>();
  made.lost = row["lost"].as<std::int64_t>();
  made.rate = percent(made.conversions, made.assigned);
  made.seconds_to_conversion = maybe_number(row["seconds"]);
  made.pending = row["pending"].as<std::int64_t>();
  made.active = row["active"].as<std::int64_t>();
  for (const auto& money :
       ask(a, range, std::string(converted), "select c.currency, " + sums + " from converted c group by 1 order by 1"))
    made.revenue.push_back(money_of(money));
  return answer(200, made);
}

http::response ranking(const asked& a) {
  const auto range = range_of(a);
  ranking_view made;
  made.range = range.shown;
  for (const auto& row : ask(a, range, std::string(assigned) + ", " + std::string(converted),
                             "select s.id, s.name, (select count(*) from assigned x where x.staff_id = s.id) as assigned,"
                             " (select count(*) from converted c where c.staff_id = s.id) as conversions"
                             " from scope join hub.staff s on s.id = scope.id where s.role in ('manager', 'supervisor')")) {
    ranked_view one;
    one.person = {row["id"].as<std::int64_t>(), text_of(row["name"])};
    one.assigned = row["assigned"].as<std::int64_t>();
    one.conversions = row["conversions"].as<std::int64_t>();
    one.rate = percent(one.conversions, one.assigned);
    made.people.push_back(std::move(one));
  }
  for (const auto& row : ask(a, range, std::string(converted),
                             "select c.staff_id, c.currency, " + sums + " from converted c group by 1, 2 order by 1, 2"))
    for (auto& one : made.people)
      if (one.person.id == row["staff_id"].as<std::int64_t>()) one.revenue.push_back(money_of(row));
  std::stable_sort(made.people.begin(), made.people.end(), [](const ranked_view& x, const ranked_view& y) {
    return std::tuple(-x.rate, -x.conversions, x.person.name) < std::tuple(-y.rate, -y.conversions, y.person.name);
  });
  return answer(200, made);
}

http::response origins(const asked& a) {
  const auto range = range_of(a);
  origins_view made;
  made.range = range.shown;
  const std::string origin = "coalesce(nullif(l.origin, ''), l.source_channel::text)";
  const auto entry = [&](const std::string& name) -> origin_view& {
    const auto at = std::find_if(made.origins.begin(), made.origins.end(), [&](const auto& o) { return o.origin == name; });
    return at != made.origins.end() ? *at : made.origins.emplace_back(origin_view{name, 0, 0, {}});
  };
  for (const auto& row : ask(a, range, "",
                             "select " + origin +
                                 " as origin, count(*) as leads from hub.lead l where l.created_at >= $2::timestamptz and"
                                 " l.created_at < $3::timestamptz and " +
                                 leads_of_scope(a.who.access) + " group by 1 order by 2 desc, 1"))
    entry(text_of(row["origin"])).leads = row["leads"].as<std::int64_t>();
  for (const auto& row : ask(a, range, std::string(converted),
                             "select " + origin + " as origin, c.currency, " + sums +
                                 " from converted c join hub.lead l on l.id = c.lead_id group by 1, 2 order by 1, 2")) {
    auto& one = entry(text_of(row["origin"]));
    one.revenue.push_back(money_of(row));
    one.conversions += one.revenue.back().conversions;
  }
  return answer(200, made);
}

http::response funnel(const asked& a) {
  const auto range = range_of(a);
  funnel_view made;
  made.range = range.shown;
  const auto mine = leads_of_scope(a.who.access);
  const auto moved = [&](const char* which) {
    return "(select count(*) from hub.stage_history h join hub.lead l on l.id = h.lead_id where h." + std::string(which) +
           " = s.stage and h.at >= $2::timestamptz and h.at < $3::timestamptz and " + mine + ")";
  };
  for (const auto& row :
       ask(a, range, "",
           "select s.stage::text as stage, " + moved("to_stage") +
               " + case when s.stage = 'new' then (select count(*) from hub.lead l where l.created_at >= $2::timestamptz"
               " and l.created_at < $3::timestamptz and " +
               mine + ") else 0 end as entered, " + moved("from_stage") +
               " as left_it, (select count(*) from hub.lead l where l.stage = s.stage and " + mine +
               ") as now, (select percentile_cont(0.5) within group (order by extract(epoch from h.in_stage))"
               " from hub.stage_history h join hub.lead l on l.id = h.lead_id where h.from_stage = s.stage and h.at >= "
               "$2::timestamptz and h.at < $3::timestamptz and " +
               mine + ") as seconds from unnest(enum_range(null::hub.lead_stage)) with ordinality s(stage, n) order by s.n"))
    made.stages.push_back({text_of(row["stage"]), row["entered"].as<std::int64_t>(), row["left_it"].as<std::int64_t>(),
                           row["now"].as<std::int64_t>(), maybe_number(row["seconds"])});
  return answer(200, made);
}

// Follow-ups that were due in the range; in time is until the end of their day.
http::response follow_ups(const asked& a) {
  const auto range = range_of(a);
  follow_ups_view made;
  made.range = range.shown;
  const auto row = ask(a, range,
                       "due as (select t.lead_id, t.completed and t.completed_at <= t.due_at as in_time from hub.task t"
                       " where t.kind = 'follow_up' and t.due_at >= $2::timestamptz and t.due_at < $3::timestamptz"
                       " and coalesce(t.completed_by, t.manager_id) in (select id from scope)),"
                       " kept as (select distinct lead_id from due where in_time)",
                       "select (select count(*) from due) as due, (select count(*) from due where in_time) as in_time,"
                       " (select count(*) from kept) as leads, (select count(*) from kept k where exists"
                       " (select from hub.conversion c where c.lead_id = k.lead_id)) as converted")[0];
  made.due = row["due"].as<std::int64_t>();
  made.done_in_time = row["in_time"].as<std::int64_t>();
  made.leads = row["leads"].as<std::int64_t>();
  made.converted = row["converted"].as<std::int64_t>();
  made.in_time_share = percent(made.done_in_time, made.due);
  made.converted_share = percent(made.converted, made.leads);
  return answer(200, made);
}

// Credited to who owned the lead when it was answered; working time is theirs, by the rules in force now.
http::response response_times(const asked& a) {
  const auto range = range_of(a);
  response_times_view made;
  made.range = range.shown;
  for (const auto& row :
       ask(a, range, "",
           "select s.id, s.name, count(l.id) as answered,"
           " percentile_cont(0.5) within group (order by extract(epoch from l.first_response_at - l.created_at)) as seconds"
           " from scope join hub.staff s on s.id = scope.id left join hub.lead l on l.first_response_by = s.id"
           " and l.first_response_at >= $2::timestamptz and l.first_response_at < $3::timestamptz"
           " where s.role in ('manager', 'supervisor') group by s.id, s.name order by answered desc, s.name"))
    made.people.push_back({{row["id"].as<std::int64_t>(), text_of(row["name"])},
                           row["answered"].as<std::int64_t>(),
                           maybe_number(row["seconds"]),
                           {}});
  made.overdue = ask(a, range, "",
                     "select count(*) from hub.lead l where $2::timestamptz is not null and $3::timestamptz is not null"
                     " and l.first_response_due_at < '" +
                         to_rfc3339(a.now) + "'::timestamptz and " + leads_of_scope(a.who.access))[0][0]
                     .as<std::int64_t>();
  const auto rules = rules_in_force(a);
  response_figures figures;
  for (const auto& row :
       ask(a, range, "",
           "select s.id, s.email, coalesce(t.name, '') as team, l.source_channel::text as channel, " + ms("l.created_at") +
               " as created, " + ms("l.first_response_at") + " as answered, date_trunc('" +
               (range.days > longest_by_day ? "week" : "day") + "', l.first_response_at at time zone " +
               a.sql.quote(range.shown.zone) +
               ")::date::text as period from scope join hub.staff s on s.id = scope.id join hub.lead l on"
               " l.first_response_by = s.id and l.first_response_at >= $2::timestamptz and l.first_response_at <"
               " $3::timestamptz left join hub.team t on t.id = l.team_id where s.role in ('manager', 'supervisor')")) {
    const auto from = instant_of(row["created"]), to = instant_of(row["answered"]);
    const auto* hours = rules->working_time_of(text_of(row["email"]), text_of(row["team"]));
    const auto took = hours ? hours->between(from, to) : std::max(to - from, std::chrono::milliseconds(0));
    figures.add(row["id"].as<std::int64_t>(), text_of(row["channel"]), text_of(row["period"]),
                static_cast<double>(took.count()) / 60'000);
  }
  figures.tell(made);
  return answer(200, made);
}

// Talk is credited to whose extension talked; a missed call to whose extension rang, else to the lead's owner.
constexpr std::string_view told_calls =
    "told as (select c.*, case when c.missed then coalesce(c.manager_id, c.owner_id) else c.manager_id end as staff_id,"
    " c.missed and exists (select from hub.call_record x where x.lead_id = c.lead_id and x.status in ('answered', 'completed')"
    " and x.start_time > c.start_time) as called_back"
    " from (select k.manager_id, k.lead_id, k.start_time, k.direction, k.talk_seconds, l.manager_id as owner_id,"
    " k.status in ('answered', 'completed') as talked, k.direction = 'inbound' and k.status in ('missed', 'voicemail') as missed"
    " from hub.call_record k left join hub.lead l on l.id = k.lead_id"
    " where k.start_time >= $2::timestamptz and k.start_time < $3::timestamptz) c)";

http::response calls(const asked& a) {
  const auto range = range_of(a);
  calls_view made;
  made.range = range.shown;
  for (const auto& row :
       ask(a, range, std::string(told_calls),
           "select s.id, s.name, count(*) filter (where t.talked and t.direction = 'inbound') as inbound,"
           " count(*) filter (where t.talked and t.direction = 'outbound') as outbound,"
           " coalesce(sum(t.talk_seconds) filter (where t.talked), 0) as talk_seconds,"
           " count(*) filter (where t.missed) as missed, count(*) filter (where t.called_back) as called_back"
           " from scope join hub.staff s on s.id = scope.id left join told t on t.staff_id = s.id"
           " where s.role in ('manager', 'supervisor') group by s.id, s.name order by talk_seconds desc, s.name"))
    made.people.push_back({{row["id"].as<std::int64_t>(), text_of(row["name"])},
                           row["inbound"].as<std::int64_t>(),
                           row["outbound"].as<std::int64_t>(),
                           row["talk_seconds"].as<std::int64_t>(),
                           row["missed"].as<std::int64_t>(),
                           row["called_back"].as<std::int64_t>()});
  made.missed_unowned =
      ask(a, range, "",
          "select count(*) from hub.call_record k left join hub.lead l on l.id = k.lead_id"
          " where k.start_time >= $2::timestamptz and k.start_time < $3::timestamptz and k.direction = 'inbound'"
          " and k.status in ('missed', 'voicemail') and k.manager_id is null and l.manager_id is null"
          " and ($4 = '' or l.team_id in (select t.id from hub.team t where t.name = $4)) and " +
              call_is_visible(a.who.access, a.who.role))[0][0]
          .as<std::int64_t>();
  return answer(200, made);
}

/// In the order of the settings, then what is no criterion any more.
std::int64_t place_of(const asked& a, const std::string& criterion) {
  const auto& known = a.with.criteria;
  return std::find_if(known.begin(), known.end(), [&](const auto& c) { return c.key == criterion; }) - known.begin();
}

// Reviews of calls of the range, whenever they were made.
http::response call_reviews(const asked& a) {
  const auto range = range_of(a);
  const std::string talks =
      "talk as (select k.id, k.manager_id from hub.call_record k where k.status = 'completed' and k.start_time >= $2::timestamptz"
      " and k.start_time < $3::timestamptz and k.manager_id in (select id from scope))";
  review_figures_view made;
  made.range = range.shown;
  for (const auto& row : ask(a, range, talks,
                             "select s.id, s.name, count(distinct t.id) as calls, count(distinct r.call_id) as reviewed,"
                             " round(avg(r.score), 2)::float8 as score from scope join hub.staff s on s.id = scope.id"
                             " left join talk t on t.manager_id = s.id left join hub.call_review r on r.call_id = t.id"
                             " where s.role in ('manager', 'supervisor') group by s.id, s.name"
                             " order by score desc nulls last, reviewed desc, s.name"))
    made.people.push_back({{row["id"].as<std::int64_t>(), text_of(row["name"])},
                           row["calls"].as<std::int64_t>(),
                           row["reviewed"].as<std::int64_t>(),
                           maybe_number(row["score"]),
                           {}});
  for (const auto& row :
       ask(a, range, talks,
           "select t.manager_id, c ->> 'key' as key, (array_agg(c ->> 'uk' order by r.id desc))[1] as uk,"
           " (array_agg(c ->> 'en' order by r.id desc))[1] as en, count(*) as reviews,"
           " round(avg(100 * (c ->> 'points')::numeric / (c ->> 'max')::numeric), 2)::float8 as score"
           " from talk t join hub.call_review r on r.call_id = t.id cross join jsonb_array_elements(r.criteria) c"
           " where c ->> 'points' is not null group by grouping sets ((c ->> 'key'), (t.manager_id, c ->> 'key')) order by "
           "key")) {
    const criterion_score_view one{text_of(row["key"]), text_of(row["uk"]), text_of(row["en"]), row["score"].as<double>(),
                                   row["reviews"].as<std::int64_t>()};
    const auto whose = maybe_id(row["manager_id"]);
    if (!whose) made.criteria.push_back(one);
    for (auto& person : made.people)
      if (person.person.id == whose) person.criteria.push_back(one);
  }
  const auto in_order = [&](const auto& x, const auto& y) { return place_of(a, x.key) < place_of(a, y.key); };
  std::stable_sort(made.criteria.begin(), made.criteria.end(), in_order);
  for (auto& person : made.people) std::stable_sort(person.criteria.begin(), person.criteria.end(), in_order);
  return answer(200, made);
}

}  // namespace

void add_reports(route_table& to) {
  to.add(route("GET", "/api/v1/reports/overview"), overview);
  to.add(route("GET", "/api/v1/reports/ranking"), ranking);
  to.add(route("GET", "/api/v1/reports/origins"), origins);
  to.add(route("GET", "/api/v1/reports/funnel"), funnel);
  to.add(route("GET", "/api/v1/reports/follow-ups"), follow_ups);
  to.add(route("GET", "/api/v1/reports/response-times"), response_times);
  to.add(route("GET", "/api/v1/reports/calls"), calls);
  to.add(route("GET", "/api/v1/reports/call-reviews"), call_reviews);
}

}  // namespace hub::api
