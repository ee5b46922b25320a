// /api/v1/tasks and /api/v1/leads/{id}/tasks.

#include "hub/api/tasks.hpp"

#include "hub/api/lead_changes.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"

namespace hub::api {

namespace {

// Names are shown where the lead's are.
std::string select_tasks(const visitor& who, const std::string& pick) {
  return "select t.id, t.lead_id, t.manager_id, coalesce(s.name, '') as manager_name,"
         " case when " +
         lead_is_open(who.access, who.role) + " then " + customer_name() + " else '' end as customer, case when " +
         lead_is_open(who.access, who.role) + " then t.title else '' end as title, case when " +
         lead_is_open(who.access, who.role) +
         " then t.description else '' end as description, t.kind::text as kind, t.due_date::text as due_date, " + ms("t.due_at") +
         " as due_at, t.completed, not t.completed and t.due_at < $2::timestamptz as overdue, " + ms("t.completed_at") +
         " as completed_at, " + ms("t.created_at") + " as created_at, " + us("coalesce(t.due_at, 'epoch')") +
         " as sort_at, l.source_channel::text as channel, l.customer_id"
         " from hub.task t join hub.lead l on l.id = t.lead_id join hub.customer c on c.id = l.customer_id"
         " left join hub.staff s on s.id = t.manager_id where " +
         pick;
}

task_view task_of(const pqxx::row& row) {
  task_view made;
  made.id = row["id"].as<std::int64_t>();
  made.lead_id = row["lead_id"].as<std::int64_t>();
  if (const auto id = maybe_id(row["manager_id"])) made.owner = person_view{*id, text_of(row["manager_name"])};
  made.customer = text_of(row["customer"]);
  if (made.customer.empty()) made.customer = stand_in_name(text_of(row["channel"]), row["customer_id"].as<std::int64_t>());
  made.title = text_of(row["title"]);
  made.description = text_of(row["description"]);
  made.kind = value_of<task_kind>(text_of(row["kind"])).value_or(task_kind::follow_up);
  if (!row["due_date"].is_null()) made.due_date = text_of(row["due_date"]);
  made.due_at = maybe_instant(row["due_at"]);
  made.overdue = !row["overdue"].is_null() && row["overdue"].as<bool>();
  made.completed = row["completed"].as<bool>();
  made.completed_at = maybe_instant(row["completed_at"]);
  made.created_at = instant_of(row["created_at"]);
  return made;
}

task_view read_task(const asked& a, std::int64_t id) {
  const auto rows =
      a.sql.exec_params(select_tasks(a.who, "t.id = $3 and $1::bigint is not null"), a.who.id, to_rfc3339(a.now), id);
  if (rows.empty()) refuse_unknown("task");
  return task_of(rows[0]);
}

struct task_given {
  std::string title, description;
  task_kind kind = task_kind::follow_up;
  std::string due_date;
  std::optional<instant> due_at;

  bool operator==(const task_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("title", self.title, about{.text = "What is to be done.", .required = true, .min = 1, .max = 200});
    on("description", self.description, about{.text = "More about it.", .max = 4000});
    on("kind", self.kind, about{.text = "follow_up, call, call_back or reminder."});
    on("due_date", self.due_date, about{.text = "A day like 2026-12-01, until the end of the working day.", .max = 10});
    on("due_at", self.due_at, about{.text = "Or a moment."});
  }
};

http::response create(const asked& a) {
  const auto given = read_body<task_given>(a.from);
  const auto day = day_of(given.due_date, "due_date");
  if (day.empty() && !given.due_at) refuse(400, "Bad request", "say due_date or due_at", "due_at");
  const auto lead = lock_lead(a, id_of(a.from));
  new_task made;
  made.title = line_of(given.title, "title");
  made.description = kept_text(given.description);
  made.kind = given.kind;
  made.due_date = given.due_at ? std::string() : day;
  made.due_at = given.due_at;
  const auto id = add_task(a, lead, made);
  write_audit(a, "task_add", "task:" + std::to_string(id), "{\"lead\":" + std::to_string(lead.id) + "}");
  return answer(201, read_task(a, id));
}

struct locked_task {
  std::int64_t id = 0;
  locked_lead lead;
};

// The lead is locked before its task, as everywhere.
locked_task lock_task(const asked& a) {
  locked_task made;
  made.id = id_of(a.from);
  const auto of = a.sql.exec_params("select lead_id from hub.task where id = $1", made.id);
  if (of.empty()) refuse_unknown("task");
  try {
    made.lead = lock_lead(a, of[0][0].as<std::int64_t>());
  } catch (const refusal& r) {
    if (r.answer.status == 404) refuse_unknown("task");
    throw;
  }
  a.sql.exec_params("select 1 from hub.task where id = $1 for no key update", made.id);
  return made;
}

struct task_changes {
  std::optional<std::string> title, description, due_date;
  std::optional<task_kind> kind;
  std::optional<instant> due_at;

  bool operator==(const task_changes&) const = default;
  static void describe(auto& self, auto& on) {
    on("title", self.title, about{.text = "What is to be done.", .min = 1, .max = 200});
    on("description", self.description, about{.text = "More about it.", .max = 4000});
    on("kind", self.kind, about{.text = "follow_up, call, call_back or reminder."});
    on("due_date", self.due_date, about{.text = "A day like 2026-12-01.", .max = 10});
    on("due_at", self.due_at, about{.text = "Or a moment."});
  }
};

// A task is its owner's; while the lead is nobody's, the days are those of who asks.
constexpr std::string_view select_day = R"(
select s.email, (extract(epoch from $2::date::timestamp at time zone s.zone) * 1000)::bigint as begins,
       (extract(epoch from ($2::date + time '18:00') at time zone s.zone) * 1000)::bigint as evening,
       (extract(epoch from ($2::date + 1)::timestamp at time zone s.zone) * 1000)::bigint as ends
  from hub.staff s where s.id = $1)";

/// When the last working interval of the day ends; six in the evening where no calendar says so or nobody works that day.
instant end_of_day(const asked& a, const locked_lead& lead, const std::string& day) {
  const auto row = a.sql.exec_params1(std::string(select_day), lead.owner.value_or(a.who.id), day);
  const auto evening = instant_of(row["evening"]), ends = instant_of(row["ends"]);
  const auto rules = rules_in_force(a);
  const auto* hours = rules->working_time_of(lead.owner ? text_of(row["email"]) : "", lead.team);
  if (!hours) return evening;
  auto at = instant_of(row["begins"]);
  bool working = hours->is_open(at);
  std::optional<instant> last;
  for (auto edge = hours->next_edge(at); edge && *edge <= ends; edge = hours->next_edge(at)) {
    if (working) last = *edge;
    working = !working;
    at = *edge;
  }
  if (working) return ends;
  return last.value_or(evening);
}

http::response edit(const asked& a) {
  const auto given = read_body<task_changes>(a.from);
  const auto title = given.title ? std::optional(line_of(*given.title, "title")) : std::nullopt;
  const auto day = day_of(given.due_date.value_or(""), "due_date");
  const auto [id, lead] = lock_task(a);
  const auto description = given.description ? std::optional(kept_text(*given.description)) : std::nullopt;
  const auto kind = given.kind ? std::optional(std::string(name_of(*given.kind))) : std::nullopt;
  const auto due = given.due_at ? given.due_at : day.empty() ? std::nullopt : std::optional(end_of_day(a, lead, day));
  const auto at = due ? std::optional(to_rfc3339(*due)) : std::nullopt;
  a.sql.exec_params(
      "update hub.task t set title = coalesce($2, t.title), description = coalesce($3, t.description),"
      " kind = coalesce($4::hub.task_kind, t.kind), due_at = coalesce($5::timestamptz, t.due_at),"
      " due_date = coalesce(case when $8 then ($5::timestamptz at time zone z.zone)::date end, nullif($6, '')::date, t.due_date),"
      " updated_at = now() from (select zone from hub.staff where id = $7) z where t.id = $1",
      id, or_null(title), or_null(description), or_null(kind), or_null(at), day, lead.owner.value_or(a.who.id),
      given.due_at.has_value());
  write_audit(a, "task_edit", "task:" + std::to_string(id));
  return answer(200, read_task(a, id));
}

http::response set_completed(const asked& a, bool done) {
  const auto id = lock_task(a).id;
  a.sql.exec_params(
      "update hub.task set completed = $2, completed_at = case when $2 then $3::timestamptz end,"
      " completed_by = case when $2 then $4::bigint end, updated_at = now() where id = $1 and completed <> $2",
      id, done, to_rfc3339(a.now), a.who.id);
  write_audit(a, done ? "task_complete" : "task_reopen", "task:" + std::to_string(id));
  return answer(200, read_task(a, id));
}
http::response complete(const asked& a) { return set_completed(a, true); }
http::response reopen(const asked& a) { return set_completed(a, false); }

// Days are the person's own.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> states{{
    {"open", "not t.completed"},
    {"overdue", "not t.completed and t.due_at < $2::timestamptz"},
    {"today", "not t.completed and (t.due_at at time zone $5)::date = ($2::timestamptz at time zone $5)::date"},
    {"done", "t.completed"},
    {"all", "true"},
}};

http::response list(const asked& a) {
  const auto status = query_value(a.from, "status").empty() ? std::string("open") : query_value(a.from, "status");
  const auto state = std::find_if(states.begin(), states.end(), [&](const auto& s) { return s.first == status; });
  if (state == states.end()) refuse(400, "Bad request", "expected one of open, overdue, today, done, all", "status");
  const auto owner = query_value(a.from, "owner");
  std::string owned = "true";
  if (owner == "me")
    owned = "t.manager_id = $1";
  else if (owner == "none")
    owned = "t.manager_id is null";
  else if (!owner.empty() && owner.find_first_not_of("0123456789") == std::string::npos && owner.size() < 18)
    owned = "t.manager_id = " + owner;
  else if (!owner.empty())
    refuse(400, "Bad request", "expected me, none or a person's id", "owner");
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto after = read_before(a.from);
  if (!after) refuse(after.error());

  const auto at = *after ? std::optional((*after)->at) : std::nullopt;
  const auto id = *after ? std::optional((*after)->id) : std::nullopt;
  const auto rows =
      a.sql.exec_params(select_tasks(a.who, lead_is_visible(a.who.access) + " and (" + std::string(state->second) + ") and " +
                                                owned + " and ($3::bigint is null or (" + us("coalesce(t.due_at, 'epoch')") +
                                                ", t.id) > ($3::bigint, $4::bigint)) and $5::text is not null"
                                                " order by coalesce(t.due_at, 'epoch'), t.id limit $6::integer"),
                        a.who.id, to_rfc3339(a.now), at, id, a.who.zone, *limit + 1);
  task_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.tasks.size()) == *limit) {
      const auto& last = rows[static_cast<pqxx::result::size_type>(*limit - 1)];
      page.next = to_text({last["sort_at"].as<std::int64_t>(), last["id"].as<std::int64_t>()});
      break;
    }
    page.tasks.push_back(task_of(row));
  }
  return answer(200, page);
}

}  // namespace

std::int64_t add_task(const asked& a, const locked_lead& lead, const new_task& wanted) {
  const auto due = wanted.due_at ? *wanted.due_at : end_of_day(a, lead, wanted.due_date);
  return a.sql
      .exec_params1(
          "insert into hub.task (lead_id, manager_id, title, description, kind, due_at, due_date, created_by, sales_action_id,"
          " created_at)"
          " select $1, $2, $3, $4, $5::hub.task_kind, $6::timestamptz,"
          " coalesce(nullif($7, '')::date, ($6::timestamptz at time zone z.zone)::date), $8, $9, $10::timestamptz"
          " from (select zone from hub.staff where id = coalesce($2::bigint, $8::bigint)) z returning id",
          lead.id, lead.owner, wanted.title, wanted.description, std::string(name_of(wanted.kind)), to_rfc3339(due),
          wanted.due_date, a.who.id, wanted.action, to_rfc3339(a.now))[0]
      .as<std::int64_t>();
}

std::vector<task_view> tasks_of_lead(const asked& a, std::int64_t lead) {
  std::vector<task_view> made;
  for (const auto& row :
       a.sql.exec_params(select_tasks(a.who, "t.lead_id = $3 and $1::bigint is not null order by t.completed, t.due_at, t.id"),
                         a.who.id, to_rfc3339(a.now), lead))
    made.push_back(task_of(row));
  return made;
}

std::optional<task_view> call_back_of(const asked& a, std::int64_t call) {
  const auto rows = a.sql.exec_params(
      select_tasks(a.who,
                   "not t.completed and $1::bigint is not null and t.event_key = (select k.provider || ':' || k.account"
                   " || ':call:' || k.call_id || ':call_back' from hub.call_record k where k.id = $3)"),
      a.who.id, to_rfc3339(a.now), call);
  if (rows.empty()) return std::nullopt;
  return task_of(rows[0]);
}

void add_tasks(route_table& to) {
  to.add(route("GET", "/api/v1/tasks"), list);
  to.add(route("POST", "/api/v1/leads/{id}/tasks"), create);
  to.add(route("PATCH", "/api/v1/tasks/{id}"), edit);
  to.add(route("POST", "/api/v1/tasks/{id}/complete"), complete);
  to.add(route("POST", "/api/v1/tasks/{id}/reopen"), reopen);
}

}  // namespace hub::api
