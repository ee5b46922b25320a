// /api/v1/saved-replies: texts kept for answering, by team and language, with gaps for the customer, the vehicle and the manager
// that are filled when somebody asks for one with a lead.

#include "hub/api/asked.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/reply_views.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/message/gaps.hpp"

namespace hub::api {

namespace {

// A person's are everybody's and those of the own teams; an admin's all.
constexpr std::string_view is_mine =
    "($2::boolean or r.team_id is null or r.team_id in (select o.team_id from hub.team_member o where o.staff_id = $1))";
// Changed by whoever supervises the team; everybody's by an admin.
constexpr std::string_view may_change =
    "($2::boolean or r.team_id in (select o.team_id from hub.team_member o where o.staff_id = $1 and o.supervisor))";
constexpr std::string_view columns =
    "select r.id, coalesce(t.name, '') as team, r.language, r.title, r.text, r.version from hub.saved_reply r"
    " left join hub.team t on t.id = r.team_id where ";

constexpr std::string_view select_fillings = R"(
select c.first_name, hub.vehicle_of_interest(l.id) as vehicle
  from hub.lead l join hub.customer c on c.id = l.customer_id where l.id = $2 and )";

saved_reply_view reply_of(const pqxx::row& row) {
  saved_reply_view made;
  made.id = row["id"].as<std::int64_t>();
  made.team = text_of(row["team"]);
  made.language = text_of(row["language"]);
  made.title = text_of(row["title"]);
  made.text = made.filled = text_of(row["text"]);
  made.version = row["version"].as<std::int32_t>();
  return made;
}

http::response list(const asked& a) {
  const auto language = query_value(a.from, "language"), lead = query_value(a.from, "lead");
  message::gap_values known{.customer = "", .vehicle = "", .manager = a.who.name};
  if (!lead.empty()) {
    const auto id = whole_number<std::int64_t>(lead);
    if (!id) refuse(400, "Bad request", "expected an id", "lead");
    const auto rows =
        a.sql.exec_params(std::string(select_fillings) + lead_is_open(access::all_of_own_teams, a.who.role), a.who.id, *id);
    if (rows.empty()) refuse_unknown("lead");
    known.customer = text_of(rows[0]["first_name"]);
    known.vehicle = text_of(rows[0]["vehicle"]);
  }
  std::vector<saved_reply_view> made;
  for (const auto& row : a.sql.exec_params(std::string(columns) + std::string(is_mine) +
                                               " and ($3 = '' or r.language = $3) order by r.title, r.language, r.id limit 1000",
                                           a.who.id, a.who.access == access::all, language)) {
    auto& one = made.emplace_back(reply_of(row));
    if (!lead.empty()) one.filled = message::fill_gaps(one.text, known);
  }
  return answer(200, made);
}

/// The id of a team that the person may write texts for; nothing for everybody's.
std::optional<std::int64_t> team_of(const asked& a, const std::string& name) {
  if (name.empty()) {
    if (a.who.access != access::all) refuse(403, "Not yours", "Only an admin keeps texts for everybody.", "team");
    return std::nullopt;
  }
  const auto rows = a.sql.exec_params(
      "select t.id from hub.team t where t.name = $3 and ($2::boolean or exists (select from hub.team_member o"
      " where o.team_id = t.id and o.staff_id = $1 and o.supervisor))",
      a.who.id, a.who.access == access::all, name);
  if (rows.empty()) refuse(400, "Bad request", "is no team that you supervise", "team");
  return rows[0][0].as<std::int64_t>();
}

void expect_gaps(const std::string& text) {
  if (!message::knows_gaps(text)) refuse(400, "Bad request", "knows only {customer}, {vehicle} and {manager} in braces", "text");
}

http::response read_back(const asked& a, std::int64_t id, int status) {
  return answer(status, reply_of(a.sql.exec_params1(std::string(columns) + "r.id = $1", id)));
}

void expect_free_title(const asked& a, std::int64_t except, const std::optional<std::int64_t>& team, const std::string& language,
                       const std::string& title) {
  const auto taken = a.sql.exec_params(
      "select 1 from hub.saved_reply where id <> $1 and coalesce(team_id, 0) = coalesce($2::bigint, 0) and language = $3"
      " and lower(title) = lower($4)",
      except, team, language, title);
  if (!taken.empty()) refuse(409, "There already", "This team has a text of that title in that language.", "title");
}

std::string language_of(const std::string& typed) {
  if (typed.size() != 2 || typed.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos)
    refuse(400, "Bad request", "expected two small letters: uk, en", "language");
  return typed;
}

http::response create(const asked& a) {
  const auto given = read_body<saved_reply_given>(a.from);
  const auto team = team_of(a, given.team);
  const auto title = line_of(given.title, "title"), language = language_of(given.language);
  const auto text = clean_text(given.text);
  expect_gaps(text);
  expect_free_title(a, 0, team, language, title);
  const auto id = a.sql
                      .exec_params1(
                          "insert into hub.saved_reply (team_id, language, title, text, created_by)"
                          " values ($1, $2, $3, $4, $5) returning id",
                          team, language, title, text, a.who.id)[0]
                      .as<std::int64_t>();
  write_audit(a, "saved_reply_add", "saved_reply:" + std::to_string(id));
  return read_back(a, id, 201);
}

/// Locked, and the person's to change.
pqxx::row lock_reply(const asked& a) {
  const auto id = id_of(a.from);
  const auto rows =
      a.sql.exec_params("select r.id, r.team_id, r.language, r.title, r.text, r.version, " + std::string(may_change) +
                            " as may from hub.saved_reply r where r.id = $3 and " + std::string(is_mine) + " for update",
                        a.who.id, a.who.access == access::all, id);
  if (rows.empty()) refuse_unknown("text");
  if (rows[0]["may"].is_null() || !rows[0]["may"].as<bool>())
    refuse(403, "Not yours", "Its team's supervisor changes this text.");
  return rows[0];
}

http::response edit(const asked& a) {
  const auto given = read_body<saved_reply_changes>(a.from);
  const auto row = lock_reply(a);
  expect_version(given.version, row["version"].as<std::int32_t>());
  const auto title = given.title ? line_of(*given.title, "title") : text_of(row["title"]);
  const auto text = given.text ? clean_text(*given.text) : text_of(row["text"]);
  expect_gaps(text);
  const auto id = row["id"].as<std::int64_t>();
  expect_free_title(a, id, maybe_id(row["team_id"]), text_of(row["language"]), title);
  a.sql.exec_params0("update hub.saved_reply set title = $2, text = $3, version = version + 1, updated_at = now() where id = $1",
                     id, title, text);
  write_audit(a, "saved_reply_edit", "saved_reply:" + std::to_string(id));
  return read_back(a, id, 200);
}

http::response remove(const asked& a) {
  const auto id = lock_reply(a)["id"].as<std::int64_t>();
  a.sql.exec_params0("delete from hub.saved_reply where id = $1", id);
  write_audit(a, "saved_reply_delete", "saved_reply:" + std::to_string(id));
  http::response gone;
  gone.status = 204;
  return gone;
}

}  // namespace

void add_saved_replies(route_table& to) {
  to.add(route("GET", "/api/v1/saved-replies"), list);
  to.add(route("POST", "/api/v1/saved-replies"), create);
  to.add(route("PATCH", "/api/v1/saved-replies/{id}"), edit);
  to.add(route("DELETE", "/api/v1/saved-replies/{id}"), remove);
}

}  // namespace hub::api
