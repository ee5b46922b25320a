// GET /api/v1/leads and /api/v1/leads/{id}.

#include "hub/api/asked.hpp"
#include "hub/api/inbox_views.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/tasks.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"
#include "routing/receipt_words.hpp"

#include <algorithm>
#include <array>

namespace hub::api {

namespace {

struct lead_filter {
  std::string condition;  ///< SQL made of the fragments below and nothing else
  std::string owner_id, team, like;
  const lead_order* order = &usual_order();
  std::optional<keyset> before;
  int limit = 50;
};

// The Mini CRM's words for the states of a lead stand beside the stages themselves.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> states{{
    {"all", "true"},
    {"open", "l.stage not in ('sold', 'lost')"},
    {"closed", "l.stage in ('sold', 'lost')"},
    {"pending", "l.stage not in ('sold', 'lost') and l.manager_id is null"},
    {"assigned", "l.stage = 'new' and l.manager_id is not null"},
    {"in_progress", "l.stage in ('contacted', 'qualified', 'in_negotiation', 'prepayment')"},
    {"converted", "l.stage = 'sold'"},
    {"new", "l.stage = 'new'"},
    {"contacted", "l.stage = 'contacted'"},
    {"qualified", "l.stage = 'qualified'"},
    {"in_negotiation", "l.stage = 'in_negotiation'"},
    {"prepayment", "l.stage = 'prepayment'"},
    {"sold", "l.stage = 'sold'"},
    {"lost", "l.stage = 'lost'"},
}};

bool is_id(std::string_view text) {
  const auto id = whole_number<std::int64_t>(text);
  return id && *id > 0;
}

result<lead_filter> read_filter(const http::request& from) {
  lead_filter made;
  const auto status = query_value(from, "status").empty() ? std::string("open") : query_value(from, "status");
  const auto state = std::find_if(states.begin(), states.end(), [&](const auto& s) { return s.first == status; });
  if (state == states.end()) {
    std::string list;
    for (const auto& [name, sql] : states) list += (list.empty() ? "" : ", ") + std::string(name);
    return problem{"status", "expected one of " + list, shorten(status, 40)};
  }
  made.condition = "(" + std::string(state->second) + ")";

  const auto owner = query_value(from, "owner");
  if (owner == "me")
    made.condition += " and l.manager_id = $1";
  else if (owner == "none")
    made.condition += " and l.manager_id is null";
  else if (is_id(owner))
    made.owner_id = owner;
  else if (!owner.empty())
    return problem{"owner", "expected me, none or a person's id", shorten(owner, 40)};

  made.team = query_value(from, "team");
  if (const auto q = query_value(from, "q"); !trim(q).empty()) {
    if (q.size() > 200) return problem{"q", "expected at most 200 bytes"};
    made.like = as_pattern(trim(q));
  }
  auto limit = read_limit(from, 50, 200);
  if (!limit) return limit.error();
  made.limit = *limit;
  if (const auto sort = query_value(from, "sort"); !sort.empty()) made.order = order_named(sort);
  if (!made.order) return problem{"sort", "expected recent, waiting, due or priority", shorten(query_value(from, "sort"), 40)};
  // The priority stands before the instant.
  auto before = read_before(from, made.order->name == "priority" ? 1'100'000'000'000'000'000 : furthest_instant);
  if (!before) return before.error();
  made.before = *before;
  return made;
}

// An empty parameter asks for nothing. Names of leads that are shown masked are not searched: the answer would tell.
std::string pick_page(const visitor& who, const lead_filter& wanted) {
  const auto open = lead_is_open(who.access, who.role);
  return "where " + lead_is_visible(who.access) + " and " + wanted.condition +
         " and ($2::text = '' or l.manager_id = nullif($2::text, '')::bigint)"
         " and ($3::text = '' or l.team_id in (select f.id from hub.team f where f.name = $3::text or f.id::text = $3::text))"
         " and ($4::text = '' or l.id::text = trim(both '%' from $4::text) or (" +
         open +
         " and exists (select from hub.customer c where c.id = l.customer_id"
         " and (c.first_name || ' ' || c.last_name ilike $4::text or c.company_name ilike $4::text))))"
         " and ($5::bigint is null or " +
         wanted.order->after + ") order by " + wanted.order->by + " limit $7::integer";
}

http::response list(const asked& a) {
  const auto wanted = read_filter(a.from);
  if (!wanted) refuse(wanted.error());
  const auto& f = *wanted;
  const auto staff = staff_names(a.sql);
  std::optional<std::int64_t> at, id;
  if (f.before) at = f.before->at, id = f.before->id;
  // One more than asked for tells whether there is a next page.
  const auto rows =
      a.sql.exec_params(select_leads(a.who, pick_page(a.who, f), *f.order), a.who.id, f.owner_id, f.team, f.like,
                        at ? std::to_string(*at).c_str() : nullptr, id ? std::to_string(*id).c_str() : nullptr, f.limit + 1);
  lead_page page;
  const auto rules = rules_in_force(a);
  for (const auto& row : rows) {
    if (static_cast<int>(page.leads.size()) == f.limit) {
      const auto& last = rows[static_cast<pqxx::result::size_type>(f.limit - 1)];
      page.next = to_text({last["sort_at"].as<std::int64_t>(), last["id"].as<std::int64_t>()});
      break;
    }
    page.leads.push_back(lead_of(row, a.who, staff));
    tell_next_stages(*rules, a.who, row, page.leads.back());
  }
  return answer(200, page);
}

std::vector<ownership_view> owners_of(pqxx::work& sql, std::int64_t lead, const std::map<std::int64_t, std::string>& staff) {
  std::vector<ownership_view> made;
  const auto person = [&](const pqxx::field& f) -> std::optional<person_view> {
    const auto id = maybe_id(f);
    if (!id) return std::nullopt;
    return person_view{*id, name_in(staff, *id)};
  };
  const auto rows = sql.exec_params("select " + ms("o.at") +
                                        " as at, o.from_id, o.to_id, o.by_staff, o.reason"
                                        " from hub.ownership_history o where o.lead_id = $1 order by o.id",
                                    lead);
  for (const auto& row : rows)
    made.push_back(
        {instant_of(row["at"]), person(row["from_id"]), person(row["to_id"]), person(row["by_staff"]), text_of(row["reason"])});
  return made;
}

std::vector<decision_view> decisions_of(pqxx::work& sql, std::int64_t lead, const std::map<std::int64_t, std::string>& staff) {
  std::vector<decision_view> made;
  const auto rows = sql.exec_params("select a.receipt::text as receipt, " + ms("a.decided_at") +
                                        " as at"
                                        " from hub.assignment_decision a where a.lead_id = $1 order by a.id desc limit 20",
                                    lead);
  for (const auto& row : rows) {
    const auto kept = routing::receipt_from_json(text_of(row["receipt"]));
    if (!kept) continue;
    made.push_back(decision_of(*kept, instant_of(row["at"]), staff));
  }
  return made;
}

std::optional<referral_view> referral_of(pqxx::work& sql, std::int64_t lead) {
  const auto rows = sql.exec_params("select " + ms("at") +
                                        " as at, source, referral_id, url, headline, body from hub.lead_referral"
                                        " where lead_id = $1",
                                    lead);
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  return referral_view{instant_of(row["at"]), text_of(row["source"]),   text_of(row["referral_id"]),
                       text_of(row["url"]),   text_of(row["headline"]), text_of(row["body"])};
}

http::response one(const asked& a) {
  const auto id = id_of(a.from);
  const auto staff = staff_names(a.sql);
  const auto rows = a.sql.exec_params(select_leads(a.who, "where l.id = $2 and " + lead_is_visible(a.who.access)), a.who.id, id);
  if (rows.empty()) refuse_unknown("lead");
  lead_detail made;
  made.lead = lead_of(rows[0], a.who, staff);
  tell_next_stages(*rules_in_force(a), a.who, rows[0], made.lead);
  made.owners = owners_of(a.sql, id, staff);
  for (auto& change : made.owners) change.reason = reason_for(made.lead.masked, change.reason);
  made.decisions = decisions_of(a.sql, id, staff);
  made.stages = stages_of(a.sql, id);
  if (made.lead.masked)
    for (auto& step : made.stages) step.reason.clear();
  // What people wrote is for those who may read it.
  if (!made.lead.masked) {
    const auto texts = a.sql.exec_params1("select notes, data::text, close_note from hub.lead where id = $1", id);
    made.notes = text_of(texts[0]);
    made.data = text_of(texts[1]);
    made.close_note = text_of(texts[2]);
    made.referral = referral_of(a.sql, id);
    made.tasks = tasks_of_lead(a, id);
    made.actions = actions_of(a.sql, id);
    made.remarks = notes_of(a.sql, id);
    made.conversions = conversions_of(a.sql, id);
    made.activities = activities_of(a.sql, id);
    made.vehicles = vehicles_of(a.sql, id);
  }
  write_look(a.sql, a.who, "customer_view", "customer:" + std::to_string(made.lead.customer.id));
  return answer(200, made);
}

http::response decision(const asked& a) {
  const auto id = id_of(a.from);
  const auto staff = staff_names(a.sql);
  const auto rows = a.sql.exec_params(select_leads(a.who, "where l.id = $2 and " + lead_is_visible(a.who.access)), a.who.id, id);
  if (rows.empty()) refuse_unknown("lead");
  const auto lead = lead_of(rows[0], a.who, staff);
  lead_decision_view made;
  made.lead_id = id;
  made.owner = lead.owner;
  made.mine = lead.owner && lead.owner->id == a.who.id;
  made.why = lead.why;
  if (lead.why)
    made.words = lead.why->words;
  else if (lead.queue)
    made.words = lead.queue->reason;
  auto decisions = decisions_of(a.sql, id, staff);
  if (!decisions.empty()) made.decision = std::move(decisions.front());
  return answer(200, made);
}

}  // namespace

void add_leads(route_table& to) {
  to.add(route("GET", "/api/v1/leads"), list);
  to.add(route("GET", "/api/v1/leads/{id}"), one);
  to.add(route("GET", "/api/v1/leads/{id}/decision"), decision);
}

}  // namespace hub::api
