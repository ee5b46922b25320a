// POST /api/v1/leads/{id}/actions and /notes: what a person did and wants to remember.

#include "hub/api/journal_views.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/tasks.hpp"
#include "hub/base/text.hpp"

namespace hub::api {

namespace {

struct action_given {
  action_type type = action_type::call;
  std::string action_description, notes;
  std::optional<action_outcome> outcome;
  std::string follow_up_date;

  bool operator==(const action_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("action_type", self.type, about{.text = "call, email, text or meeting.", .required = true});
    on("action_description", self.action_description, about{.text = "What was done.", .max = 2000});
    on("outcome", self.outcome, about{.text = "What came of it."});
    on("notes", self.notes, about{.text = "What is worth knowing.", .max = 2000});
    on("follow_up_date", self.follow_up_date, about{.text = "2026-12-01: makes a follow-up task for that day.", .max = 10});
  }
};

http::response act(const asked& a) {
  const auto given = read_body<action_given>(a.from);
  const auto day = day_of(given.follow_up_date, "follow_up_date");
  const auto lead = lock_lead(a, id_of(a.from));
  const auto row = a.sql.exec_params1(
      "insert into hub.sales_action (lead_id, staff_id, action_type, action_description, outcome, notes, follow_up_date, "
      "created_at)"
      " values ($1, $2, $3, $4, $5, $6, nullif($7, '')::date, $8::timestamptz) returning id",
      lead.id, a.who.id, std::string(name_of(given.type)), kept_text(given.action_description),
      given.outcome ? std::string(name_of(*given.outcome)).c_str() : nullptr, kept_text(given.notes), day, to_rfc3339(a.now));
  const auto id = row[0].as<std::int64_t>();
  if (!day.empty()) {
    new_task follow_up;
    follow_up.title = "Follow up";
    if (const auto what = trim(given.action_description); !what.empty())
      follow_up.title += ": " + shorten(kept_text(std::string(what)), 120);
    follow_up.kind = task_kind::follow_up;
    follow_up.due_date = day;
    follow_up.action = id;
    add_task(a, lead, follow_up);
  }
  write_audit(a, "lead_action", lead_subject(lead.id), "{\"action\":" + std::to_string(id) + "}");
  return answer(201, actions_of(a.sql, lead.id, id).at(0));
}

struct note_given {
  std::string text;

  bool operator==(const note_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("text", self.text, about{.text = "For colleagues; the customer never sees it.", .required = true, .min = 1, .max = 10000});
  }
};

http::response note(const asked& a) {
  const auto given = read_body<note_given>(a.from);
  const auto text = line_of(given.text, "text");
  const auto lead = lock_lead(a, id_of(a.from));
  const auto id = a.sql
                      .exec_params1(
                          "insert into hub.note (lead_id, staff_id, text, created_at) values ($1, $2, $3, $4::timestamptz)"
                          " returning id",
                          lead.id, a.who.id, text, to_rfc3339(a.now))[0]
                      .as<std::int64_t>();
  write_audit(a, "lead_note", lead_subject(lead.id), "{\"note\":" + std::to_string(id) + "}");
  return answer(201, notes_of(a.sql, lead.id, id).at(0));
}

person_view person_in(const pqxx::row& row) { return {row["staff_id"].as<std::int64_t>(), text_of(row["staff_name"])}; }

}  // namespace

std::string day_of(const std::string& typed, std::string_view field) {
  if (typed.empty()) return typed;
  const bool shaped =
      typed.size() == 10 && typed[4] == '-' && typed[7] == '-' && typed.find_first_not_of("0123456789-") == std::string::npos;
  if (shaped) {
    const auto number = [&](std::size_t from, std::size_t n) { return std::atoi(typed.substr(from, n).c_str()); };
    const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                          std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                          std::chrono::day(static_cast<unsigned>(number(8, 2)))};
    if (day.ok() && number(0, 4) >= 2000 && number(0, 4) < 2200) return typed;
  }
  refuse(400, "Bad request", "expected a day like 2026-12-01", field);
}

std::vector<action_view> actions_of(pqxx::work& sql, std::int64_t lead, std::optional<std::int64_t> only) {
  std::vector<action_view> made;
  for (const auto& row : sql.exec_params(
           "select x.id, x.action_type, x.action_description, x.outcome, x.notes, x.follow_up_date::text as day, x.staff_id,"
           " s.name as staff_name, " +
               ms("x.created_at") +
               " as at from hub.sales_action x join hub.staff s on s.id = x.staff_id"
               " where x.lead_id = $1 and ($2::bigint is null or x.id = $2) order by x.created_at, x.id",
           lead, only)) {
    action_view one;
    one.id = row["id"].as<std::int64_t>();
    one.at = instant_of(row["at"]);
    one.by = person_in(row);
    one.type = value_of<action_type>(text_of(row["action_type"])).value_or(action_type::call);
    one.action_description = text_of(row["action_description"]);
    if (!row["outcome"].is_null()) one.outcome = value_of<action_outcome>(text_of(row["outcome"]));
    one.notes = text_of(row["notes"]);
    if (!row["day"].is_null()) one.follow_up_date = text_of(row["day"]);
    made.push_back(std::move(one));
  }
  return made;
}

std::vector<note_view> notes_of(pqxx::work& sql, std::int64_t lead, std::optional<std::int64_t> only) {
  std::vector<note_view> made;
  for (const auto& row :
       sql.exec_params("select x.id, x.text, x.staff_id, s.name as staff_name, " + ms("x.created_at") +
                           " as at from hub.note x join hub.staff s on s.id = x.staff_id"
                           " where x.lead_id = $1 and ($2::bigint is null or x.id = $2) order by x.created_at, x.id",
                       lead, only))
    made.push_back({row["id"].as<std::int64_t>(), instant_of(row["at"]), person_in(row), text_of(row["text"])});
  return made;
}

std::vector<conversion_view> conversions_of(pqxx::work& sql, std::int64_t lead) {
  std::vector<conversion_view> made;
  for (const auto& row :
       sql.exec_params("select x.id, x.order_id, x.conversion_value::float8 as value, x.currency, x.conversion_type, x.notes,"
                       " x.staff_id, coalesce(s.name, '') as staff_name, " +
                           ms("x.created_at") +
                           " as at from hub.conversion x left join hub.staff s on s.id = x.staff_id"
                           " where x.lead_id = $1 order by x.created_at, x.id",
                       lead)) {
    conversion_view one;
    one.id = row["id"].as<std::int64_t>();
    one.at = instant_of(row["at"]);
    if (!row["staff_id"].is_null()) one.by = person_in(row);
    one.conversion_type = text_of(row["conversion_type"]);
    one.conversion_value = row["value"].as<double>();
    one.currency = text_of(row["currency"]);
    if (!row["order_id"].is_null()) one.order_id = text_of(row["order_id"]);
    one.notes = text_of(row["notes"]);
    made.push_back(std::move(one));
  }
  return made;
}

std::vector<stage_view> stages_of(pqxx::work& sql, std::int64_t lead) {
  std::vector<stage_view> made;
  for (const auto& row : sql.exec_params(
           "select coalesce(h.from_stage::text, '') as from_stage, h.to_stage::text as to_stage, h.reason, h.by_staff as"
           " staff_id, coalesce(s.name, '') as staff_name, floor(extract(epoch from h.in_stage))::bigint as seconds, " +
               ms("h.at") +
               " as at from hub.stage_history h left join hub.staff s on s.id = h.by_staff"
               " where h.lead_id = $1 order by h.id",
           lead)) {
    stage_view one{instant_of(row["at"]),  text_of(row["from_stage"]), text_of(row["to_stage"]), {},
                   text_of(row["reason"]), maybe_id(row["seconds"])};
    if (!row["staff_id"].is_null()) one.by = person_in(row);
    made.push_back(std::move(one));
  }
  return made;
}

std::vector<activity_view> activities_of(pqxx::work& sql, std::int64_t lead) {
  std::vector<activity_view> made;
  for (const auto& row : sql.exec_params("select x.id, x.activity, x.value::float8 as value, x.currency, x.data::text as data, " +
                                             ms("x.at") + " as at from hub.activity x where x.lead_id = $1 order by x.at, x.id",
                                         lead)) {
    activity_view one{row["id"].as<std::int64_t>(), instant_of(row["at"]), text_of(row["activity"]), {}, {},
                      text_of(row["data"])};
    if (!row["value"].is_null()) one.value = row["value"].as<double>();
    if (!row["currency"].is_null()) one.currency = text_of(row["currency"]);
    made.push_back(std::move(one));
  }
  return made;
}

void add_lead_journal(route_table& to) {
  to.add(route("POST", "/api/v1/leads/{id}/actions"), act);
  to.add(route("POST", "/api/v1/leads/{id}/notes"), note);
  to.add(route("POST", "/admin/crm/add-action/{id}"), act);
}

}  // namespace hub::api
