#include "hub/api/lead_rows.hpp"

#include "hub/api/rows.hpp"
#include "routing/receipt_words.hpp"

namespace hub::api {

std::string customer_name() { return "coalesce(nullif(trim(c.first_name || ' ' || c.last_name), ''), c.company_name)"; }

std::string stand_in_name(std::string_view channel, std::int64_t id) {
  static const std::map<std::string_view, std::string_view> titles{{"viber", "Viber customer "},
                                                                   {"whatsapp", "WhatsApp customer "},
                                                                   {"telegram", "Telegram customer "},
                                                                   {"email", "E-mail customer "},
                                                                   {"call", "Caller "},
                                                                   {"website", "Website customer "}};
  const auto title = titles.find(channel);
  return std::string(title == titles.end() ? "Customer " : title->second) + std::to_string(id);
}

namespace {

// A microsecond count is below this until the year 2286.
constexpr std::string_view one_priority = "10000000000000000";

std::string moment(std::string_view number) {
  return "timestamptz 'epoch' + " + std::string(number) + " * interval '1 microsecond'";
}

lead_order soonest_first(std::string_view name, const std::string& column) {
  // Who has no such time comes last.
  const auto key = "coalesce(l." + column + ", timestamptz '2090-01-01')";
  return {name, key + ", l.id", us(key), "(" + key + ", l.id) > (" + moment("$5::bigint") + ", $6::bigint)"};
}

const std::vector<lead_order>& orders() {
  static const std::vector<lead_order> made{
      {"recent", "l.last_activity_at desc, l.id desc", us("l.last_activity_at"),
       "(l.last_activity_at, l.id) < (" + moment("$5::bigint") + ", $6::bigint)"},
      soonest_first("waiting", "unanswered_since"),
      soonest_first("due", "first_response_due_at"),
      {"priority", "l.priority desc, l.last_activity_at desc, l.id desc",
       "l.priority * " + std::string(one_priority) + " + " + us("l.last_activity_at"),
       "(l.priority, l.last_activity_at, l.id) < ($5::bigint / " + std::string(one_priority) + ", " +
           moment("($5::bigint % " + std::string(one_priority) + ")") + ", $6::bigint)"}};
  return made;
}

}  // namespace

const lead_order& usual_order() { return orders().front(); }

const lead_order* order_named(std::string_view name) {
  for (const auto& one : orders())
    if (one.name == name) return &one;
  return nullptr;
}

std::string select_leads(const visitor& who, const std::string& pick) { return select_leads(who, pick, usual_order()); }

std::string select_leads(const visitor& who, const std::string& pick, const lead_order& order) {
  // What may be shown is asked of the page's rows only, not of all that were sorted for it.
  return "with found as (select l.* from hub.lead l " + pick + "), picked as (select l.*, " + lead_is_open(who.access, who.role) +
         " as open, " + lead_is_supervised() +
         R"( as supervised from found l)
select l.id, l.version, l.customer_id, case when l.open then )" +
         customer_name() + R"( else '' end as customer_name,
       l.source_channel::text as channel, l.intent::text as intent, l.stage::text as stage, l.pipeline, l.priority,
       coalesce(t.name, '') as team, l.manager_id, coalesce(s.name, '') as manager_name, )" +
         ms("l.assigned_at") + R"( as assigned_at,
       array_to_string(l.tags, e'\n') as tags, )" +
         ms("l.unanswered_since") + " as unanswered_since, " + ms("l.queued_at") +
         " as queued_at, coalesce(l.queue_reason, '') as queue_reason, " + ms("l.created_at") + " as created_at, " +
         ms("l.last_activity_at") + " as last_activity_at, " + order.key + R"( as sort_at,
       case when l.open then hub.unread_of($1, l.id) else 0 end as unread,
       l.origin, l.estimated_value::float8 as estimated_value, l.currency, coalesce(l.close_reason, '') as close_reason, )" +
         ms("l.first_response_due_at") + " as first_response_due_at, " + ms("l.first_response_at") +
         R"( as first_response_at, l.first_response_by,
       l.open, l.supervised, h.by_staff, h.reason as taken_why, d.receipt,
       m.type::text as message_type, m.direction::text as message_direction,
       case when l.open then left(m.content, 280) else '' end as message_text, )" +
         ms("m.sent_at") + R"( as message_at,
       case when l.open then p.media_id end as photo
  from picked l
  join hub.customer c on c.id = l.customer_id
  left join hub.staff s on s.id = l.manager_id
  left join hub.team t on t.id = l.team_id
  left join lateral (select o.by_staff, o.reason from hub.ownership_history o where o.lead_id = l.id
                      order by o.id desc limit 1) h on true
  left join lateral (select a.receipt::text as receipt from hub.assignment_decision a where a.lead_id = l.id
                      order by a.id desc limit 1) d on true
  left join lateral (select x.type, x.direction, x.content, x.sent_at from hub.message x where x.lead_id = l.id
                      order by x.sent_at desc, x.id desc limit 1) m on true
  left join lateral (select y.media_id from hub.message x join hub.message_media y on y.message_id = x.id
                      join hub.media z on z.id = y.media_id
                      where x.lead_id = l.id and z.file_type in ('image/jpeg', 'image/png', 'image/gif', 'image/webp')
                      order by x.sent_at desc, x.id desc, y.part desc limit 1) p on true
 order by )" +
         order.by;
}

namespace {

/// The Mini CRM's word for where a lead is.
std::string status_of(const lead_view& lead) {
  if (lead.stage == "sold") return "converted";
  if (lead.stage == "lost") return "lost";
  if (!lead.owner) return "pending";
  return lead.stage == "new" ? "assigned" : "in_progress";
}

}  // namespace

lead_view lead_of(const pqxx::row& row, const visitor& who, const std::map<std::int64_t, std::string>& staff) {
  lead_view made;
  made.id = row["id"].as<std::int64_t>();
  made.version = row["version"].as<std::int32_t>();
  made.channel = text_of(row["channel"]);
  made.customer.id = row["customer_id"].as<std::int64_t>();
  made.customer.name = text_of(row["customer_name"]);
  made.customer.known = !made.customer.name.empty();
  if (!made.customer.known) made.customer.name = stand_in_name(made.channel, made.customer.id);
  made.intent = text_of(row["intent"]);
  made.stage = text_of(row["stage"]);
  made.pipeline = text_of(row["pipeline"]);
  made.priority = row["priority"].as<std::int32_t>();
  made.team = text_of(row["team"]);
  if (const auto id = maybe_id(row["manager_id"])) made.owner = person_view{*id, text_of(row["manager_name"])};
  made.assigned_at = maybe_instant(row["assigned_at"]);
  made.unanswered_since = maybe_instant(row["unanswered_since"]);
  made.created_at = instant_of(row["created_at"]);
  made.last_activity_at = instant_of(row["last_activity_at"]);
  made.masked = !row["open"].as<bool>();
  if (const auto since = maybe_instant(row["queued_at"]))
    made.queue = queue_view{*since, reason_for(made.masked, text_of(row["queue_reason"]))};
  const auto tags = text_of(row["tags"]);
  for (std::size_t from = 0; from < tags.size();) {
    const auto end = std::min(tags.find('\n', from), tags.size());
    made.tags.push_back(tags.substr(from, end - from));
    from = end + 1;
  }
  const bool closed = made.stage == "sold" || made.stage == "lost";
  made.can_claim = !made.owner && !closed && !made.masked && who.role != role::analyst;

  made.status = status_of(made);
  made.origin = text_of(row["origin"]);
  if (!row["estimated_value"].is_null()) made.estimated_value = row["estimated_value"].as<double>();
  made.currency = text_of(row["currency"]);
  if (!made.masked) made.close_reason = text_of(row["close_reason"]);
  made.first_response_due_at = maybe_instant(row["first_response_due_at"]);
  made.first_response_at = maybe_instant(row["first_response_at"]);
  if (const auto id = maybe_id(row["first_response_by"])) made.first_response_by = person_view{*id, name_in(staff, *id)};

  const auto kept =
      row["receipt"].is_null() ? result<routing::receipt>(problem{}) : routing::receipt_from_json(text_of(row["receipt"]));
  if (const auto by = maybe_id(row["by_staff"])) {
    made.why =
        why_view{"person", "", "", made.team, name_in(staff, *by) + ": " + reason_for(made.masked, text_of(row["taken_why"]))};
  } else if (kept) {
    const auto name = [&](std::int64_t id) { return name_in(staff, id); };
    made.why = why_view{"rules", kept->rule, std::string(name_of(kept->strategy)), kept->team, routing::in_words(*kept, name)};
  }
  if (const auto at = maybe_instant(row["message_at"]))
    made.last_message =
        message_brief{*at, text_of(row["message_direction"]), text_of(row["message_type"]), text_of(row["message_text"])};
  made.photo = maybe_id(row["photo"]);
  made.unread = row["unread"].as<std::int64_t>();
  return made;
}

std::map<std::int64_t, std::string> staff_names(pqxx::work& sql) {
  std::map<std::int64_t, std::string> names;
  for (const auto& row : sql.exec_params("select id, name from hub.staff"))
    names[row[0].as<std::int64_t>()] = row[1].as<std::string>();
  return names;
}

std::string reason_for(bool masked, const std::string& reason) {
  if (!masked) return reason;
  for (const std::string_view deed : {"assigned", "released"})
    if (reason.starts_with(std::string(deed) + ": ")) return std::string(deed);
  return reason;
}

decision_view decision_of(const routing::receipt& kept, instant at, const std::map<std::int64_t, std::string>& staff) {
  const auto name = [&](std::int64_t id) { return name_in(staff, id); };
  decision_view one;
  one.at = at;
  one.rules_hash = kept.rules_hash;
  one.rule = kept.rule;
  one.strategy = name_of(kept.strategy);
  one.team = kept.team;
  if (kept.winner) one.winner = person_view{*kept.winner, name(*kept.winner)};
  for (const auto& c : kept.candidates) one.candidates.push_back({c.id, name(c.id)});
  for (const auto& e : kept.excluded) one.excluded.push_back({{e.id, name(e.id)}, e.reason});
  one.reason = kept.reason;
  one.words = routing::in_words(kept, name);
  return one;
}

std::string name_in(const std::map<std::int64_t, std::string>& staff, std::int64_t id) {
  const auto at = staff.find(id);
  return at == staff.end() ? "person " + std::to_string(id) : at->second;
}

void tell_next_stages(const routing::rule_set& rules, const visitor& who, const pqxx::row& row, lead_view& lead) {
  const bool supervised = row["supervised"].as<bool>();
  if (who.role == role::analyst || !(supervised || (lead.owner && lead.owner->id == who.id))) return;
  const auto from = value_of<routing::stage>(lead.stage);
  if (!from) return;
  for (const auto to : routing::next_stages(rules.pipeline_of(lead.pipeline), *from, supervised))
    lead.next_stages.emplace_back(name_of(to));
}

void write_look(pqxx::work& sql, const visitor& who, const std::string& action, const std::string& subject) {
  sql.exec_params(
      "insert into hub.audit (staff_id, program, action, subject) select $1::bigint, 'hub-api', $2::text, $3::text"
      " where not exists (select from hub.audit a where a.subject = $3::text and a.staff_id = $1::bigint and a.action = $2::text"
      " and a.at > now() - interval '10 minutes')",
      who.id, action, subject);
}

}  // namespace hub::api
