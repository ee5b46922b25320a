// /api/v1/routing: the rules in force, whom they choose from, and what they would do with a message. Decides as ingest does
// (routing::match, routing::decide), on rows that are only read, and writes nothing.

#include "hub/api/asked.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/routing_views.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"
#include "routing/choose.hpp"
#include "routing/receipt.hpp"

#include <algorithm>
#include <map>

namespace hub::api {

namespace {

constexpr int days_of_hits = 7;

/// The lines from where the rule stands to the next one, or to where another part of the file begins; moved to the margin.
std::string text_of_rule(const std::vector<std::string>& lines, const routing::rule_set& rules, std::size_t n) {
  const auto first = static_cast<std::size_t>(std::max(1, rules.rules[n].at.line)) - 1;
  auto end = n + 1 < rules.rules.size() ? static_cast<std::size_t>(std::max(1, rules.rules[n + 1].at.line)) - 1 : lines.size();
  end = std::min(end, lines.size());
  std::string made;
  std::size_t margin = std::string::npos;
  for (auto at = first; at < end; ++at) {
    std::string line = lines[at];
    const auto begins = line.find_first_not_of(' ');
    if (begins == std::string::npos) continue;
    const bool is_list = at == first || begins > 0 || line[0] == '-';
    if (!is_list) break;
    if (line[begins] == '#') continue;
    if (at == first) {
      // "  - name: ...": what follows stands below its first word.
      const auto dash = line.find("- ");
      margin = dash == std::string::npos ? begins : line.find_first_not_of(' ', dash + 1);
      line.erase(0, margin);
    } else {
      line.erase(0, std::min(margin, begins));
    }
    made += (made.empty() ? "" : "\n") + line;
  }
  return made;
}

/// Everybody of the team as decisions find them, in the order of their ids.
std::vector<routing::candidate> roster(const asked& a, const routing::rule_set& rules, const std::string& name) {
  std::vector<routing::candidate> made;
  const auto team = rules.teams.find(name);
  if (team == rules.teams.end()) return made;
  for (const auto& row : a.sql.exec_params(
           "select s.id, s.email, s.active, s.open_leads, coalesce((extract(epoch from s.last_assigned_at) * 1000000)::bigint, 0)"
           " as last_assigned, coalesce(p.available, true) as available, exists (select from hub.absence b where b.staff_id = "
           "s.id"
           " and b.begins_at <= $2::timestamptz and (b.ends_at is null or b.ends_at > $2::timestamptz)) as absent"
           " from hub.team t join hub.team_member m on m.team_id = t.id join hub.staff s on s.id = m.staff_id"
           " left join hub.presence p on p.staff_id = s.id where t.name = $1 order by s.id",
           name, to_rfc3339(a.now))) {
    routing::candidate one;
    one.email = text_of(row["email"]);
    if (std::find(team->second.members.begin(), team->second.members.end(), one.email) == team->second.members.end()) continue;
    one.id = row["id"].as<std::int64_t>();
    one.active = row["active"].as<bool>();
    one.open_leads = row["open_leads"].as<std::uint32_t>();
    one.last_assigned = row["last_assigned"].as<std::int64_t>();
    one.available = row["available"].as<bool>();
    one.absent = row["absent"].as<bool>();
    const auto* works = rules.working_time_of(one.email, name);
    one.off_hours = works && !works->is_open(a.now);
    one.capacity = rules.capacity_of(one.email);
    if (const auto own = team->second.skills.find(one.email); own != team->second.skills.end()) one.skills = own->second;
    made.push_back(std::move(one));
  }
  return made;
}

/// Teams whose people and load the person may see.
std::string team_is_shown(const asked& a) {
  if (a.who.access == access::all) return "$1::bigint is not null";
  return "exists (select from hub.team_member o where o.team_id = t.id and o.staff_id = $1 and o.supervisor)";
}

http::response show(const asked& a) {
  const auto rules = rules_in_force(a);
  routing_view made;
  made.hash = rules->hash;
  made.days = days_of_hits;
  const auto version =
      a.sql.exec_params("select author, " + ms("activated_at") + " as at from hub.rule_version where hash = $1", rules->hash);
  if (!version.empty()) {
    made.author = text_of(version[0]["author"]);
    made.activated_at = maybe_instant(version[0]["at"]);
  }
  std::map<std::string, std::pair<std::int64_t, std::optional<instant>>> hits;
  for (const auto& row : a.sql.exec_params(
           "select d.rule, count(*) as hits, " + ms("max(d.decided_at)") +
               " as last from hub.assignment_decision d where d.decided_at > $1::timestamptz - $2 * interval '1 day' group by 1",
           to_rfc3339(a.now), days_of_hits))
    hits[text_of(row["rule"])] = {row["hits"].as<std::int64_t>(), maybe_instant(row["last"])};
  const auto lines = split(rules->text, '\n');
  for (std::size_t n = 0; n < rules->rules.size(); ++n) {
    const auto& one = rules->rules[n];
    const auto& [count, last] = hits[one.name];
    made.rules.push_back({one.name, text_of_rule(lines, *rules, n), one.then.team,
                          std::string(name_of(one.then.strategy.value_or(routing::strategy::manual))), count, last});
  }
  made.unmatched_hits = hits[""].first;

  const auto staff = staff_names(a.sql);
  for (const auto& row : a.sql.exec_params(
           "select t.name, (select count(*) from hub.lead l where l.team_id = t.id and l.queued_at is not null) as queued"
           " from hub.team t where t.active and " +
               team_is_shown(a) + " order by t.name",
           a.who.id)) {
    pool_view pool;
    pool.team = text_of(row["name"]);
    pool.queued = row["queued"].as<std::int64_t>();
    for (const auto& c : roster(a, *rules, pool.team))
      if (c.active)
        pool.members.push_back({{c.id, name_in(staff, c.id)},
                                c.open_leads,
                                c.capacity ? std::optional<std::int64_t>(*c.capacity) : std::nullopt,
                                c.absent,
                                c.off_hours,
                                c.available,
                                c.skills});
    made.pools.push_back(std::move(pool));
  }
  return answer(200, made);
}

struct try_given {
  std::optional<std::int64_t> lead_id;
  std::string channel, account, text, language, activity;
  std::optional<double> activity_value;
  bool customer_known = false, has_open_lead = false;

  bool operator==(const try_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("lead_id", self.lead_id, about{.text = "What this lead began with; then nothing else is given."});
    on("channel", self.channel, about{.text = "As the rules name it: viber, email, call, website.", .max = 32});
    on("account", self.account, about{.text = "Ours at the platform.", .max = 64});
    on("text", self.text, about{.text = "What somebody would write. Kept nowhere.", .max = 4000});
    on("language", self.language, about{.text = "Of the customer, as the platform tells it.", .max = 35});
    on("activity", self.activity, about{.text = "Of channel website: quote, order_attempt.", .max = 64});
    on("activity_value", self.activity_value, about{.text = "Its total cost."});
    on("customer_known", self.customer_known, about{.text = "They have been here before."});
    on("has_open_lead", self.has_open_lead, about{.text = "They have an open lead."});
  }
};

routing::facts facts_given(const try_given& given) {
  routing::facts made;
  made.channel = given.channel;
  made.account = given.account;
  made.kind = given.channel == "call" ? "call" : given.activity.empty() ? "message" : "activity";
  made.text = given.text;
  made.language = given.language;
  made.activity = given.activity;
  made.activity_value = given.activity_value;
  made.customer_known = given.customer_known || given.has_open_lead;
  made.has_open_lead = given.has_open_lead;
  return made;
}

/// What the lead began with: the customer's first message, else the first activity, else a call. The rules were asked about it
/// then; who was known then, and who had an open lead, follows from what is older than the lead.
routing::facts facts_of_lead(const asked& a, std::int64_t id) {
  const auto rows = a.sql.exec_params(
      "select l.source_channel::text as source, c.language, m.account, m.content, m.type::text as type, m.channel::text as "
      "channel,"
      " v.activity, v.value::float8 as cost,"
      " exists (select from hub.lead e where e.customer_id = l.customer_id and e.created_at < l.created_at) as known,"
      " exists (select from hub.lead e where e.customer_id = l.customer_id and e.created_at < l.created_at"
      " and (e.closed_at is null or e.closed_at > l.created_at)) as open"
      " from hub.lead l join hub.customer c on c.id = l.customer_id"
      " left join lateral (select x.* from hub.message x where x.lead_id = l.id and x.direction = 'incoming'"
      " order by x.sent_at, x.id limit 1) m on true"
      " left join lateral (select x.* from hub.activity x where x.lead_id = l.id order by x.at, x.id limit 1) v on true"
      " where l.id = $2 and " +
          lead_is_visible(a.who.access) + " and " + lead_is_open(a.who.access, a.who.role),
      a.who.id, id);
  if (rows.empty()) refuse_unknown("lead");
  const auto& row = rows[0];
  routing::facts made;
  made.channel = text_of(row["source"]);
  made.kind = made.channel == "call" ? "call" : row["activity"].is_null() ? "message" : "activity";
  made.account = text_of(row["account"]);
  made.text = text_of(row["content"]);
  made.type = value_of<message::content_type>(text_of(row["type"])).value_or(message::content_type::text);
  made.language = text_of(row["language"]);
  made.activity = text_of(row["activity"]);
  if (!row["cost"].is_null()) made.activity_value = row["cost"].as<double>();
  made.customer_known = row["known"].as<bool>();
  made.has_open_lead = row["open"].as<bool>();
  return made;
}

http::response try_it(const asked& a) {
  const auto given = read_body<try_given>(a.from);
  if (!given.lead_id && given.channel.empty()) refuse(400, "Bad request", "expected a channel or a lead", "channel");
  const auto rules = rules_in_force(a);
  const auto about = given.lead_id ? facts_of_lead(a, *given.lead_id) : facts_given(given);
  routing_try_view made;
  for (const auto& verdict : routing::explain(*rules, about))
    made.verdicts.push_back({verdict.rule, verdict.matched, verdict.why});
  const auto by = routing::match(*rules, about);
  auto team = roster(a, *rules, by.then.team);
  routing::cursor ring{routing::cursor_key(by.then)};
  const auto place = a.sql.exec_params("select last_id, in_a_row from hub.assignment_cursor where key = $1", ring.key);
  if (!place.empty()) {
    ring.last = place[0][0].as<std::int64_t>();
    ring.in_a_row = place[0][1].as<int>();
  }
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(a.now.time_since_epoch()).count();
  const auto decided = routing::decide(*rules, by, team, ring, now_us);
  made.decision = decision_of(decided, a.now, staff_names(a.sql));
  made.priority = by.priority;
  made.tags = by.then.tags;
  made.intent = by.then.intent ? std::string(name_of(*by.then.intent)) : "";
  made.pipeline = by.then.pipeline;
  return answer(200, made);
}

}  // namespace

void add_routing_rules(route_table& to) {
  to.add(route("GET", "/api/v1/routing"), show);
  to.add(route("POST", "/api/v1/routing/try"), try_it);
}

}  // namespace hub::api
