// POST /api/v1/leads (a walk-in), PATCH /api/v1/leads/{id}, POST /api/v1/leads/bulk.

#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/tasks.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace hub::api {

namespace {

/// Tags as one array literal: trimmed, sorted, none twice.
std::string tags_of(const std::vector<std::string>& typed) {
  std::vector<std::string> tags;
  for (const auto& one : typed) tags.push_back(line_of(one, "tags"));
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  std::string list;
  for (const auto& tag : tags) list += (list.empty() ? "" : "\x1f") + tag;
  return list;
}

struct lead_given {
  std::int64_t customer_id = 0;
  routing::intent intent = routing::intent::other;
  std::string pipeline = "sales", team, notes, currency;
  std::int32_t priority = 0;
  std::optional<double> estimated_value;
  std::vector<std::string> tags;
  bool claim = true;

  bool operator==(const lead_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("customer_id", self.customer_id, about{.text = "Whose lead it is.", .required = true, .min = 1});
    on("intent", self.intent, about{.text = "What the customer wants."});
    on("pipeline", self.pipeline, about{.text = "One of the rules' pipelines.", .min = 1, .max = 64});
    on("team", self.team, about{.text = "One of your teams; the first of them when empty.", .max = 64});
    on("notes", self.notes, about{.text = "The pinned summary.", .max = 10000});
    on("priority", self.priority, about{.text = "0 to 100.", .min = 0, .max = 100});
    on("estimated_value", self.estimated_value, about{.text = "Two decimals.", .min = 0, .max = 999999999999.99});
    on("currency", self.currency, about{.text = "ISO 4217; USD when empty.", .max = 3});
    on("tags", self.tags, about{.text = "Words to find it by.", .max = 32});
    on("claim", self.claim, about{.text = "Own it at once; else it waits in the team's queue."});
  }
};

constexpr std::string_view find_team = R"(
select t.id from hub.team t
 where t.active and ($2 = '' or t.name = $2)
   and ($3::boolean or exists (select from hub.team_member m where m.team_id = t.id and m.staff_id = $1))
 order by t.id limit 1)";

constexpr std::string_view lock_customer = R"(
select c.id from hub.customer c
 where c.id in (select coalesce(k.merged_into, k.id) from hub.customer k where k.id = $1) or c.id = $1
 order by c.merged_into nulls first, c.id for no key update)";

constexpr std::string_view find_open = R"(
select l.id from hub.lead l
 where l.attachable and l.pipeline = $2
   and l.customer_id in (select hub.link_of($1)) limit 1)";

http::response create(const asked& a) {
  const auto given = read_body<lead_given>(a.from);
  const auto currency = currency_of(given.currency, "currency");
  const auto tags = tags_of(given.tags);
  const auto rules = rules_in_force(a);
  if (!rules->pipelines.empty() && !rules->pipelines.contains(given.pipeline))
    refuse(400, "Bad request", "is no pipeline of the rules", "pipeline");
  if (a.sql.exec_params(std::string(lock_customer), given.customer_id).empty())
    refuse(400, "Bad request", "there is no such customer", "customer_id");
  const auto team = a.sql.exec_params(std::string(find_team), a.who.id, given.team, a.who.access == access::all);
  if (team.empty())
    refuse(400, "Bad request", given.team.empty() ? "you are in no team: name one" : "is none of your teams", "team");
  const auto open = a.sql.exec_params(std::string(find_open), given.customer_id, given.pipeline);
  if (!open.empty())
    refuse(409, "Open already", "Lead " + open[0][0].as<std::string>() + " of this customer is open in this pipeline.",
           "customer_id");

  const auto id =
      a.sql
          .exec_params1(
              "insert into hub.lead (customer_id, source_channel, intent, priority, created_at, pipeline, team_id, queued_at,"
              " queue_reason, notes, estimated_value, currency, tags, last_activity_at)"
              " values ($1, 'manual', $2::hub.lead_intent, $3, $4::timestamptz, $5, $6, $4::timestamptz, 'made by hand', $7,"
              " round($8::numeric, 2), coalesce(nullif($9, ''), 'USD'), string_to_array($10, e'\\x1f'), $4::timestamptz)"
              " returning id",
              given.customer_id, std::string(name_of(given.intent)), given.priority, to_rfc3339(a.now), given.pipeline,
              team[0][0].as<std::int64_t>(), clean_text(given.notes), given.estimated_value, currency, tags)[0]
          .as<std::int64_t>();
  if (given.claim)
    a.sql.exec_params(
        "select hub.change_owner(array[$1::bigint], array[$2::bigint], $2::bigint, array['made by hand'], $3::timestamptz)", id,
        a.who.id, to_rfc3339(a.now));
  write_audit(a, "lead_create", lead_subject(id));
  return answer(201, read_lead(a, id));
}

struct lead_patch {
  std::optional<routing::intent> intent;
  std::optional<std::int32_t> priority;
  std::optional<std::string> notes, currency;
  std::optional<double> estimated_value;
  std::optional<std::vector<std::string>> tags;
  std::int32_t version = 0;

  bool operator==(const lead_patch&) const = default;
  static void describe(auto& self, auto& on) {
    on("intent", self.intent, about{.text = "What the customer wants."});
    on("priority", self.priority, about{.text = "0 to 100.", .min = 0, .max = 100});
    on("notes", self.notes, about{.text = "The pinned summary.", .max = 10000});
    on("currency", self.currency, about{.text = "ISO 4217.", .max = 3});
    on("estimated_value", self.estimated_value, about{.text = "Two decimals.", .min = 0, .max = 999999999999.99});
    on("tags", self.tags, about{.text = "All of them, not only new ones.", .max = 32});
    on("version", self.version,
       about{.text = "Of the lead as it was read; refused when it has moved on.", .required = true, .min = 1});
  }
};

http::response edit(const asked& a) {
  const auto given = read_body<lead_patch>(a.from);
  const auto currency = currency_of(given.currency.value_or(""), "currency");
  const auto tags = given.tags ? std::optional(tags_of(*given.tags)) : std::nullopt;
  const auto notes = given.notes ? std::optional(clean_text(*given.notes)) : std::nullopt;
  const auto intent = given.intent ? std::optional(std::string(name_of(*given.intent))) : std::nullopt;
  const auto lead = lock_lead(a, id_of(a.from));
  expect_version(given.version, lead.version);
  const auto or_null = [](const std::optional<std::string>& text) { return text ? text->c_str() : nullptr; };
  a.sql.exec_params(
      "update hub.lead l set intent = coalesce($2::hub.lead_intent, l.intent), priority = coalesce($3::smallint, l.priority),"
      " notes = coalesce($4, l.notes), currency = coalesce(nullif($5, ''), l.currency),"
      " estimated_value = coalesce(round($6::numeric, 2), l.estimated_value),"
      " tags = coalesce(string_to_array($7, e'\\x1f'), l.tags), updated_at = now(), version = l.version + 1 where l.id = $1",
      lead.id, or_null(intent), given.priority, or_null(notes), currency, given.estimated_value, or_null(tags));
  write_audit(a, "lead_edit", lead_subject(lead.id));
  return answer(200, read_lead(a, lead.id));
}

// ---- many at once -------------------------------------------------------------------------------------------------

enum class bulk_deed { assign, lost };
constexpr auto names_of(bulk_deed) { return std::array{named{"assign", bulk_deed::assign}, named{"lost", bulk_deed::lost}}; }

struct bulk_given {
  std::vector<std::int64_t> ids;
  bulk_deed deed = bulk_deed::assign;
  std::int64_t staff_id = 0;
  std::string reason, note;

  bool operator==(const bulk_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("ids", self.ids, about{.text = "Up to 200 leads.", .required = true, .min = 1, .max = 200});
    on("do", self.deed, about{.text = "assign or lost.", .required = true});
    on("staff_id", self.staff_id, about{.text = "Of assign: who gets them."});
    on("reason", self.reason, about{.text = "Kept with each change.", .required = true, .min = 1, .max = 500});
    on("note", self.note, about{.text = "Of lost: free words.", .max = 2000});
  }
};

// Each lead for itself, in order of id; what is refused leaves no trace, the others go through.
http::response bulk(const asked& a) {
  auto given = read_body<bulk_given>(a.from);
  std::sort(given.ids.begin(), given.ids.end());
  given.ids.erase(std::unique(given.ids.begin(), given.ids.end()), given.ids.end());
  // The same cells as one by one.
  const bool assigning = given.deed == bulk_deed::assign;
  constexpr const auto& assign_row = route("POST", "/api/v1/leads/{id}/assign");
  constexpr const auto& lost_row = route("POST", "/api/v1/leads/{id}/lost");
  visitor who = a.who;
  who.access = (assigning ? assign_row : lost_row).of(who.role);
  if (who.access == access::none) refuse(403, "Not allowed", "Your role has no access to this.");
  const asked each{a.with, a.sql, who, a.from, a.now};
  bulk_view made;
  for (const auto id : given.ids) {
    pqxx::subtransaction one(a.sql, "one_lead");
    try {
      if (assigning)
        assign_lead(each, id, given.staff_id, given.reason, std::nullopt);
      else
        lose_lead(each, id, given.reason, given.note, std::nullopt);
      one.commit();
      made.leads.push_back({id, true, ""});
    } catch (const refusal& r) {
      one.abort();
      const auto told = message::parse_json(r.answer.body);
      const auto* detail = told && told->is_object() ? told->as_object().if_contains("detail") : nullptr;
      made.leads.push_back(
          {id, false, detail && detail->is_string() ? std::string(detail->get_string()) : std::string("refused")});
    }
  }
  return answer(200, made);
}

}  // namespace

void add_lead_edit(route_table& to) {
  to.add(route("POST", "/api/v1/leads"), create);
  to.add(route("PATCH", "/api/v1/leads/{id}"), edit);
  to.add(route("POST", "/api/v1/leads/bulk"), bulk);
}

}  // namespace hub::api
