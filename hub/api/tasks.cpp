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
         lead_is_open(who.access, who.role) + " then " + customer_name() +
         " else '' end as customer, t.title, t.description, t.kind::text as kind, t.due_date::text as due_date, " +
         ms("t.due_at") + " as due_at, t.completed, not t.completed and t.due_at < $2::timestamptz as overdue, " +
         ms("t.completed_at") + " as completed_at, " + ms("t.created_at") + " as created_at, " +
         us("coalesce(t.due_at, 'epoch')") +
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
  made.description = clean_text(given.description);
  made.kind = given.kind;
  made.due_date = given.due_at ? std::string() : day;
  made.due_at = given.due_at;
  const auto id = add_task(a, lead, made);
  write_audit(a, "task_add", "task:" + std::to_string(id), "{\"lead\":" + std::to_string(lead.id) + "}");
  return answer(201, read_task(a, id));
}

// The lead is locked before its task, as everywhere.
std::int64_t lock_task(const asked& a) {
  const auto id = id_of(a.from);
  const auto of = a.sql.exec_params("select lead_id from hub.task where id = $1", id);
  if (of.empty()) refuse_unknown("task");
  try {
    lock_lead(a, of[0][0].as<std::int64_t>());
  } catch (const refusal& r) {
    if (r.answer.status == 404) refuse_unknown("task");
    throw;
  }
  a.sql.exec_params("select 1 from hub.task where id = $1 for no key update", id);
  return id;
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

// Until six in the evening of that day where the person is.
constexpr std::string_view end_of_day = "((nullif($%, '')::date + time '18:00') at time zone z.zone)";

std::string with_parameter(std::string_view sql, int n) {
  std::string made(sql);
  made.replace(made.find('%'), 1, std::to_string(n));
  return made;
}

http::response edit(const asked& a) {
  const auto given = read_body<task_changes>(a.from);
  const auto title = given.title ? std::optional(line_of(*given.title, "title")) : std::nullopt;
  const auto day = day_of(given.due_date.value_or(""), "due_date");
  const auto id = lock_task(a);
  const auto or_null = [](const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; };
  const auto description = given.description ? std::optional(clean_text(*given.description)) : std::nullopt;
  const auto kind = given.kind ? std::optional(std::string(name_of(*given.kind))) : std::nullopt;
  const auto at = given.due_at ? std::optional(to_rfc3339(*given.due_at)) : std::nullopt;
  a.sql.exec_params(
      "update hub.task t set title = coalesce($2, t.title), description = coalesce($3, t.description),"
      " kind = coalesce($4::hub.task_kind, t.kind), due_at = coalesce($5::timestamptz, " +
          with_parameter(end_of_day, 6) +
          ", t.due_at),"
          " due_date = coalesce(($5::timestamptz at time zone z.zone)::date, nullif($6, '')::date, t.due_date),"
          " updated_at = now() from (select zone from hub.staff where id = $7) z where t.id = $1",
      id, or_null(title), or_null(description), or_null(kind), or_null(at), day, a.who.id);
  write_audit(a, "task_edit", "task:" + std::to_string(id));
  return answer(200, read_task(a, id));
}

http::response set_completed(const asked& a, bool done) {
  const auto id = lock_task(a);
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
  const auto value = [&](const char* name) {
    const auto at = a.from.query.find(name);
    return at == a.from.query.end() ? std::string() : at->second;
  };
  const auto status = value("status").empty() ? std::string("open") : value("status");
  const auto state = std::find_if(states.begin(), states.end(), [&](const auto& s) { return s.first == status; });
  if (state == states.end()) refuse(400, "Bad request", "expected one of open, overdue, today, done, all", "status");
  const auto owner = value("owner");
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
  const auto at = wanted.due_at ? std::optional(to_rfc3339(*wanted.due_at)) : std::nullopt;
  return a.sql
      .exec_params1(
          "insert into hub.task (lead_id, manager_id, title, description, kind, due_at, due_date, created_by,"
          " sales_action_id, created_at)"
          " select $1, $2, $3, $4, $5::hub.task_kind, coalesce($6::timestamptz, " +
              with_parameter(end_of_day, 7) +
              "), coalesce(nullif($7, '')::date, ($6::timestamptz at time zone z.zone)::date), $8, $9, $10::timestamptz"
              " from (select zone from hub.staff where id = $8) z returning id",
          lead.id, lead.owner, wanted.title, wanted.description, std::string(name_of(wanted.kind)), at ? at->c_str() : nullptr,
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

void add_tasks(route_table& to) {
  to.add(route("GET", "/api/v1/tasks"), list);
  to.add(route("POST", "/api/v1/leads/{id}/tasks"), create);
  to.add(route("PATCH", "/api/v1/tasks/{id}"), edit);
  to.add(route("POST", "/api/v1/tasks/{id}/complete"), complete);
  to.add(route("POST", "/api/v1/tasks/{id}/reopen"), reopen);
}

}  // namespace hub::api
