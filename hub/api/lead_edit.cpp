// POST /api/v1/leads (a walk-in), PATCH /api/v1/leads/{id}, POST /api/v1/leads/bulk.

#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/tasks.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/db/arrays.hpp"

#include <algorithm>

namespace hub::api {

namespace {

/// Tags as one array literal: trimmed, sorted, none twice.
std::string tags_of(const std::vector<std::string>& typed) {
  std::vector<std::string> tags;
  for (const auto& one : typed) {
    tags.push_back(line_of(one, "tags"));
    if (tags.back().size() > 64) refuse(400, "Bad request", "a tag has at most 64 bytes", "tags");
  }
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  std::string list;
  for (const auto& tag : tags) list += (list.empty() ? "" : "\x1f") + tag;
  return list;
}

struct walk_in {
  std::string first_name, last_name, company_name;

  bool operator==(const walk_in&) const = default;
  static void describe(auto& self, auto& on) {
    on("first_name", self.first_name, about{.text = "A first name, last name or company is needed.", .max = 200});
    on("last_name", self.last_name, about{.text = "Family name.", .max = 200});
    on("company_name", self.company_name, about{.text = "Whom they speak for.", .max = 200});
  }
};

struct lead_given {
  std::optional<std::int64_t> customer_id;
  std::optional<walk_in> customer;
  routing::intent intent = routing::intent::other;
  std::string pipeline = "sales", team, notes, currency;
  std::int32_t priority = 0;
  std::optional<double> estimated_value;
  std::vector<std::string> tags;
  bool claim = true;
  std::optional<std::int64_t> owner_id;

  bool operator==(const lead_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("customer_id", self.customer_id, about{.text = "Whose lead it is.", .min = 1});
    on("customer", self.customer, about{.text = "Or somebody new."});
    on("intent", self.intent, about{.text = "What the customer wants."});
    on("pipeline", self.pipeline, about{.text = "One of the rules' pipelines.", .min = 1, .max = 64});
    on("team", self.team, about{.text = "One of your teams; the first of them when empty.", .max = 64});
    on("notes", self.notes, about{.text = "The pinned summary.", .max = 10000});
    on("priority", self.priority, about{.text = "0 to 100.", .min = 0, .max = 100});
    on("estimated_value", self.estimated_value, about{.text = "Two decimals.", .min = 0, .max = 999999999999.99});
    on("currency", self.currency, about{.text = "ISO 4217; USD when empty.", .max = 3});
    on("tags", self.tags, about{.text = "Words to find it by.", .max = 32});
    on("claim", self.claim, about{.text = "Own it at once; else it waits in the team's queue."});
    on("owner_id", self.owner_id, about{.text = "Of supervisors: who gets it instead.", .min = 1});
  }
};

constexpr std::string_view find_team = R"(
select t.id, t.name from hub.team t
 where t.active and ($2 = '' or t.name = $2)
   and exists (select from hub.team_member m where m.team_id = t.id and m.staff_id = $1)
 order by t.id limit 1)";

constexpr std::string_view lock_customer = R"(
select c.id from hub.customer c
 where c.id in (select coalesce(k.merged_into, k.id) from hub.customer k where k.id = $1) or c.id = $1
 order by c.id for no key update)";

// Somebody without any lead is everybody's to begin with; else one of their leads is, or was, of the person's teams.
constexpr std::string_view is_known = R"(
select not exists (select from hub.lead l where l.customer_id in (select hub.link_of($2)))
    or exists (select from hub.lead l where l.customer_id in (select hub.link_of($2))
                 and (l.manager_id = $1 or l.team_id in (select m.team_id from hub.team_member m where m.staff_id = $1))))";

constexpr std::string_view insert_lead = R"(
insert into hub.lead (customer_id, source_channel, intent, priority, created_at, pipeline, team_id, queued_at, queue_reason,
                      notes, estimated_value, currency, tags, last_activity_at, attachable, attach_until)
values ($1, 'manual', $2::hub.lead_intent, $3, $4::timestamptz, $5, $6, $4::timestamptz, 'made by hand', $7,
        round($8::numeric, 2), coalesce(nullif($9, ''), 'USD'), string_to_array($10, e'\x1f'), $4::timestamptz, $11,
        $12::timestamptz)
returning id)";

// A name somebody typed is older than every event ('epoch'), so that no event takes its place.
std::int64_t add_customer(const asked& a, const walk_in& given) {
  const auto name = [](const std::string& typed, std::string_view field) {
    auto text = std::string(trim(clean_text(typed)));
    if (has_number(text)) refuse(400, "Bad request", "looks like a phone number; no phone numbers are kept here", field);
    return text;
  };
  const auto first = name(given.first_name, "customer.first_name"), last = name(given.last_name, "customer.last_name"),
             company = name(given.company_name, "customer.company_name");
  if (first.empty() && last.empty() && company.empty()) refuse(400, "Bad request", "a name is needed", "customer.first_name");
  const auto id = a.sql
                      .exec_params1(
                          "insert into hub.customer (first_name, last_name, company_name, named_at, created_at)"
                          " values ($1, $2, $3, 'epoch', $4::timestamptz) returning id",
                          first, last, company, to_rfc3339(a.now))[0]
                      .as<std::int64_t>();
  write_audit(a, "customer_create", "customer:" + std::to_string(id));
  return id;
}

/// Locks whose lead it will be, and refuses a second one beside one that takes messages.
void begin_with(const asked& a, std::int64_t customer, const std::string& pipeline) {
  if (a.sql.exec_params(std::string(lock_customer), customer).empty())
    refuse(400, "Bad request", "there is no such customer", "customer_id");
  if (const auto open = find_rival(a, customer, pipeline, 0))
    refuse(409, "Open already", "Lead " + std::to_string(*open) + " of this customer is open in this pipeline.", "customer_id");
  if (!a.sql.exec_params1(std::string(is_known), a.who.id, customer)[0].as<bool>())
    refuse(400, "Bad request", "there is no such customer", "customer_id");
}

http::response create(const asked& a) {
  const auto given = read_body<lead_given>(a.from);
  if (given.customer_id.has_value() == given.customer.has_value())
    refuse(400, "Bad request", "say customer_id or customer, one of them", "customer_id");
  const auto currency = currency_of(given.currency, "currency");
  const auto tags = tags_of(given.tags);
  const auto rules = rules_in_force(a);
  if (!rules->pipelines.contains(given.pipeline)) refuse(400, "Bad request", "is no pipeline of the rules", "pipeline");
  const auto team = a.sql.exec_params(std::string(find_team), a.who.id, given.team);
  if (team.empty()) refuse(400, "Bad request", given.team.empty() ? "you are in no team" : "is none of your teams", "team");
  if (given.owner_id && *given.owner_id != a.who.id) {
    if (route("POST", "/api/v1/leads/{id}/assign").of(a.who.role) == access::none)
      refuse(403, "Not allowed", "Only a supervisor gives leads to others.", "owner_id");
    expect_assignee(a, *given.owner_id, text_of(team[0]["name"]), "owner_id");
  }
  if (given.customer_id) begin_with(a, *given.customer_id, given.pipeline);
  const auto customer = given.customer_id ? *given.customer_id : add_customer(a, *given.customer);

  const auto& window = rules->policy_for("manual").window;
  const auto until = window ? std::optional(to_rfc3339(a.now + *window)) : std::nullopt;
  const auto id =
      a.sql
          .exec_params1(std::string(insert_lead), customer, std::string(name_of(given.intent)), given.priority, to_rfc3339(a.now),
                        given.pipeline, team[0]["id"].as<std::int64_t>(), kept_text(given.notes), given.estimated_value, currency,
                        tags, rules->takes_in("manual", routing::stage::fresh), until ? until->c_str() : nullptr)[0]
          .as<std::int64_t>();
  if (given.owner_id || given.claim) give_lead(a, id, given.owner_id.value_or(a.who.id), "made by hand");
  write_audit(a, "lead_create", lead_subject(id));
  return answer(201, read_lead(a, id));
}

struct lead_patch {
  std::optional<routing::intent> intent;
  std::optional<std::int32_t> priority;
  std::optional<std::string> notes, currency, pipeline;
  std::optional<double> estimated_value;
  std::optional<std::vector<std::string>> tags;
  std::int32_t version = 0;

  bool operator==(const lead_patch&) const = default;
  static void describe(auto& self, auto& on) {
    on("intent", self.intent, about{.text = "What the customer wants."});
    on("priority", self.priority, about{.text = "0 to 100.", .min = 0, .max = 100});
    on("notes", self.notes, about{.text = "The pinned summary.", .max = 10000});
    on("currency", self.currency, about{.text = "ISO 4217.", .max = 3});
    on("pipeline", self.pipeline, about{.text = "One of the rules' pipelines that has the lead's stage.", .min = 1, .max = 64});
    on("estimated_value", self.estimated_value, about{.text = "Two decimals.", .min = 0, .max = 999999999999.99});
    on("tags", self.tags, about{.text = "All of them, not only new ones.", .max = 32});
    on("version", self.version,
       about{.text = "Of the lead as it was read; refused when it has moved on.", .required = true, .min = 1});
  }
};

void expect_pipeline(const asked& a, const locked_lead& lead, const std::string& wanted) {
  if (wanted == lead.pipeline) return;
  const auto rules = rules_in_force(a);
  const auto of = rules->pipelines.find(wanted);
  if (of == rules->pipelines.end()) refuse(400, "Bad request", "is no pipeline of the rules", "pipeline");
  const auto& stages = of->second.stages;
  if (std::find(stages.begin(), stages.end(), lead.stage) == stages.end())
    refuse(409, "Not possible", "That pipeline has no stage " + std::string(name_of(lead.stage)) + ".", "pipeline");
  if (!lead.attachable) return;
  if (const auto open = find_rival(a, lead.customer, wanted, lead.id))
    refuse(409, "Open already", "Lead " + std::to_string(*open) + " of this customer is open in that pipeline.", "pipeline");
}

http::response edit(const asked& a) {
  const auto given = read_body<lead_patch>(a.from);
  const auto currency = currency_of(given.currency.value_or(""), "currency");
  const auto tags = given.tags ? std::optional(tags_of(*given.tags)) : std::nullopt;
  const auto notes = given.notes ? std::optional(kept_text(*given.notes)) : std::nullopt;
  const auto intent = given.intent ? std::optional(std::string(name_of(*given.intent))) : std::nullopt;
  const auto lead = lock_lead(a, id_of(a.from));
  expect_version(given.version, lead.version);
  if (given.pipeline) expect_pipeline(a, lead, *given.pipeline);
  a.sql.exec_params(
      "update hub.lead l set intent = coalesce($2::hub.lead_intent, l.intent), priority = coalesce($3::smallint, l.priority),"
      " notes = coalesce($4, l.notes), currency = coalesce(nullif($5, ''), l.currency),"
      " estimated_value = coalesce(round($6::numeric, 2), l.estimated_value),"
      " tags = coalesce(string_to_array($7, e'\\x1f'), l.tags), pipeline = coalesce($8, l.pipeline), updated_at = now(), version "
      "= l.version + 1 where l.id = $1",
      lead.id, or_null(intent), given.priority, or_null(notes), currency, given.estimated_value, or_null(tags),
      or_null(given.pipeline));
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

// Everything the changes will lock, in the order of all programs, before the first of them: so two of these, or one and
// any other change, wait for each other and never in a circle.
void lock_ahead(const asked& a, const std::vector<std::int64_t>& ids, std::int64_t staff) {
  db::array list;
  for (const auto id : ids) list.add(id);
  const auto leads = list.text();
  a.sql.exec_params(
      "select c.id from hub.customer c where c.id in (select l.customer_id from hub.lead l where l.id = any"
      " ($1::bigint[]) union select k.merged_into from hub.lead l join hub.customer k on k.id = l.customer_id"
      " where l.id = any ($1::bigint[])) order by c.id for no key update of c",
      leads);
  a.sql.exec_params("select id from hub.lead where id = any ($1::bigint[]) order by id for no key update", leads);
  a.sql.exec_params(
      "select id from hub.vehicle where id in (select w.vehicle_id from hub.lead_vehicle w where w.chosen and"
      " w.lead_id = any ($1::bigint[])) order by id for no key update",
      leads);
  a.sql.exec_params(
      "select id from hub.staff where id = $2 or id in (select l.manager_id from hub.lead l where l.id = any"
      " ($1::bigint[])) order by id for no key update",
      leads, staff);
}

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
  lock_ahead(a, given.ids, given.staff_id);
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
