// /api/v1/customers: found, shown with everything linked to them, made and edited by hand, and their whole timeline.

#include "hub/api/customer_rows.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace hub::api {

namespace {

http::response one(const asked& a) {
  const auto made = read_customer(a, id_of(a.from));
  write_look(a.sql, a.who, "customer_view", customer_subject(made.id));
  return answer(200, made);
}

// ---- the list -----------------------------------------------------------------------------------------------------

// Roots only. Names of masked customers are not searched: the answer would tell.
std::string select_page(const visitor& who) {
  return "with seen as (select r.id, r.first_name, r.last_name, r.company_name, r.email, " +
         customer_is_shown(who.access, who.role) +
         " as open, coalesce((select max(l.last_activity_at) from hub.lead l where l.customer_id in"
         " (select k.id from hub.customer k where k.id = r.id or k.merged_into = r.id)), r.created_at) as active_at"
         " from hub.customer r where r.merged_into is null and " +
         customer_is_visible(who.access) + ") select c.id, case when c.open then " + customer_name() +
         " else '' end as name, case when c.open then c.company_name else '' end as company_name,"
         " case when c.open then c.email end as email, c.open, " +
         ms("c.active_at") + " as active, " + us("c.active_at") +
         " as sort_at, n.open_leads, n.leads,"
         " (select i.space from hub.identity i where i.customer_id = c.id order by i.id limit 1) as space"
         " from seen c cross join lateral (select count(*) filter (where l.stage not in ('sold', 'lost')) as open_leads,"
         " count(*) as leads from hub.lead l where l.customer_id in (select k.id from hub.customer k where k.id = c.id or"
         " k.merged_into = c.id)) n"
         " where ($2::text = '' or c.id::text = $6 or (c.open and (c.first_name || ' ' || c.last_name ilike $2"
         " or c.company_name ilike $2 or c.email ilike $2 or exists (select from hub.identity i where i.customer_id = c.id"
         " and i.external_id = $6))))"
         " and ($3::bigint is null or (c.active_at, c.id) < (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', "
         "$4::bigint))"
         " order by c.active_at desc, c.id desc limit $5::integer";
}

http::response list(const asked& a) {
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  const auto text = query_value(a.from, "q");
  if (text.size() > 200) refuse(400, "Bad request", "expected at most 200 bytes", "q");
  std::optional<std::int64_t> at, id;
  if (*before) at = (*before)->at, id = (*before)->id;
  const auto rows =
      a.sql.exec_params(select_page(a.who), a.who.id, text.empty() ? text : as_pattern(text), at, id, *limit + 1, text);
  customer_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.customers.size()) == *limit) {
      const auto& last = rows[static_cast<pqxx::result::size_type>(*limit - 1)];
      page.next = to_text({last["sort_at"].as<std::int64_t>(), last["id"].as<std::int64_t>()});
      break;
    }
    customer_row_view made;
    made.id = row["id"].as<std::int64_t>();
    made.masked = !row["open"].as<bool>();
    made.name = text_of(row["name"]);
    made.known = !made.name.empty();
    if (!made.known) made.name = stand_in_name(text_of(row["space"]), made.id);
    made.company_name = text_of(row["company_name"]);
    if (!row["email"].is_null()) made.email = text_of(row["email"]);
    made.open_leads = row["open_leads"].as<std::int64_t>();
    made.leads = row["leads"].as<std::int64_t>();
    made.last_activity_at = instant_of(row["active"]);
    page.customers.push_back(std::move(made));
  }
  return answer(200, page);
}

// ---- by hand ------------------------------------------------------------------------------------------------------

struct customer_given {
  std::string first_name, last_name, company_name, email, url, language;

  bool operator==(const customer_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("first_name", self.first_name, about{.text = "A first name, last name or company is needed.", .max = 200});
    on("last_name", self.last_name, about{.text = "", .max = 200});
    on("company_name", self.company_name, about{.text = "", .max = 200});
    on("email", self.email, about{.text = "Contact data: it joins nobody.", .max = 320});
    on("url", self.url, about{.text = "http or https.", .max = 2000});
    on("language", self.language, about{.text = "uk, en, ...", .max = 35});
  }
};

std::string email_of(const std::string& typed) {
  const auto text = without_number(typed, "email");
  if (!text.empty() &&
      (text.find('@') == 0 || text.find('@') == std::string::npos || text.back() == '@' || text.find(' ') != std::string::npos))
    refuse(400, "Bad request", "expected an e-mail address", "email");
  return text;
}

std::string url_of(const std::string& typed) {
  const auto text = std::string(trim(clean_text(typed)));
  if (!text.empty() && !text.starts_with("https://") && !text.starts_with("http://"))
    refuse(400, "Bad request", "expected an address that begins with https:// or http://", "url");
  return text;
}

// A name somebody typed is older than every event ('epoch'), so that no event takes its place.
http::response create(const asked& a) {
  const auto given = read_body<customer_given>(a.from);
  const auto first = without_number(given.first_name, "first_name"), last = without_number(given.last_name, "last_name"),
             company = without_number(given.company_name, "company_name");
  if (first.empty() && last.empty() && company.empty()) refuse(400, "Bad request", "a name is needed", "first_name");
  const auto id =
      a.sql
          .exec_params1(
              "insert into hub.customer (first_name, last_name, company_name, email, url, language, named_at, created_at)"
              " values ($1, $2, $3, nullif($4, ''), nullif($5, ''), $6, 'epoch', $7::timestamptz) returning id",
              first, last, company, email_of(given.email), url_of(given.url), clean_text(given.language), to_rfc3339(a.now))[0]
          .as<std::int64_t>();
  write_audit(a, "customer_create", customer_subject(id));
  return answer(201, read_customer(a, id));
}

struct customer_patch {
  std::optional<std::string> first_name, last_name, company_name, email, url, language;
  std::int32_t version = 0;

  bool operator==(const customer_patch&) const = default;
  static void describe(auto& self, auto& on) {
    on("first_name", self.first_name, about{.text = "", .max = 200});
    on("last_name", self.last_name, about{.text = "", .max = 200});
    on("company_name", self.company_name, about{.text = "", .max = 200});
    on("email", self.email, about{.text = "Empty: none.", .max = 320});
    on("url", self.url, about{.text = "http or https; empty: none.", .max = 2000});
    on("language", self.language, about{.text = "", .max = 35});
    on("version", self.version,
       about{.text = "Of the customer as it was read; refused when it has moved on.", .required = true, .min = 1});
  }
};

http::response edit(const asked& a) {
  const auto given = read_body<customer_patch>(a.from);
  const auto name = [](const std::optional<std::string>& typed, std::string_view field) {
    return typed ? std::optional(without_number(*typed, field)) : std::nullopt;
  };
  const auto first = name(given.first_name, "first_name"), last = name(given.last_name, "last_name"),
             company = name(given.company_name, "company_name");
  const auto email = given.email ? std::optional(email_of(*given.email)) : std::nullopt;
  const auto url = given.url ? std::optional(url_of(*given.url)) : std::nullopt;
  const auto language = given.language ? std::optional(clean_text(*given.language)) : std::nullopt;
  const auto root = lock_customer(a, id_of(a.from));
  const auto now = a.sql.exec_params1("select version from hub.customer where id = $1", root)[0].as<std::int32_t>();
  expect_version(given.version, now);
  a.sql.exec_params(
      "update hub.customer c set first_name = coalesce($2, c.first_name), last_name = coalesce($3, c.last_name),"
      " company_name = coalesce($4, c.company_name), email = nullif(coalesce($5, c.email), ''),"
      " url = nullif(coalesce($6, c.url), ''), language = coalesce($7, c.language),"
      " named_at = case when $8 then 'epoch' else c.named_at end,"
      " company_name_at = case when $4 is null then c.company_name_at else 'epoch' end,"
      " email_at = case when $5 is null then c.email_at else 'epoch' end,"
      " url_at = case when $6 is null then c.url_at else 'epoch' end, updated_at = now(), version = c.version + 1"
      " where c.id = $1",
      root, or_null(first), or_null(last), or_null(company), or_null(email), or_null(url), or_null(language), first || last);
  write_audit(a, "customer_edit", customer_subject(root));
  return answer(200, read_customer(a, root));
}

// ---- everything that happened -------------------------------------------------------------------------------------

constexpr std::string_view select_events = R"(
with leads as (select l.id from hub.lead l where l.customer_id in (select hub.link_of($2)) and )";
constexpr std::string_view select_events_of = R"(), events as (
  select 'message' as kind, m.id, m.sent_at as at, m.lead_id, m.channel::text as channel, m.direction::text as direction,
         m.manager_id as by_id, m.content as text from hub.message m where m.lead_id in (select id from leads)
  union all select 'activity', x.id, x.at, x.lead_id, 'website', 'incoming', null, x.activity
              from hub.activity x where x.lead_id in (select id from leads)
  union all select 'note', x.id, x.created_at, x.lead_id, '', '', x.staff_id, x.text
              from hub.note x where x.lead_id in (select id from leads)
  union all select 'action', x.id, x.created_at, x.lead_id, '', '', x.staff_id,
                   x.action_type || coalesce(', ' || x.outcome, '') || coalesce(': ' || nullif(x.action_description, ''), '')
              from hub.sales_action x where x.lead_id in (select id from leads)
  union all select 'stage', x.id, x.at, x.lead_id, '', '', x.by_staff, x.to_stage::text
              from hub.stage_history x where x.lead_id in (select id from leads)
  union all select 'owner', x.id, x.at, x.lead_id, '', '', x.by_staff,
                   coalesce((select s.name from hub.staff s where s.id = x.to_id), '') || ' (' || x.reason || ')'
              from hub.ownership_history x where x.lead_id in (select id from leads)
  union all select 'conversion', x.id, x.created_at, x.lead_id, '', '', x.staff_id, x.conversion_value || ' ' || x.currency
              from hub.conversion x where x.lead_id in (select id from leads)
  union all select 'call', x.id, x.start_time, x.lead_id, 'call',
                   case x.direction when 'inbound' then 'incoming' else 'outgoing' end,
                   x.manager_id, x.status::text from hub.call_record x
              where x.lead_id in (select id from leads) and x.start_time is not null
)
-- Ids of eight tables: the kind's number keeps them apart.
select e.*, s.name as by_name, floor(extract(epoch from e.at) * 1000)::bigint as at_ms,
       (extract(epoch from e.at) * 1000000)::bigint as sort_at, e.id * 8 + r.n as sort_id
  from events e
  join (values ('message', 0), ('activity', 1), ('note', 2), ('action', 3), ('stage', 4), ('owner', 5), ('conversion', 6),
               ('call', 7))
    r(kind, n) on r.kind = e.kind left join hub.staff s on s.id = e.by_id
 where $3::bigint is null or (e.at, e.id * 8 + r.n) < (timestamptz 'epoch' + $3::bigint * interval '1 microsecond', $4::bigint)
 order by e.at desc, sort_id desc limit $5::integer)";

http::response timeline(const asked& a) {
  const auto limit = read_limit(a.from, 50, 200);
  if (!limit) refuse(limit.error());
  const auto before = read_before(a.from);
  if (!before) refuse(before.error());
  const auto customer = read_customer(a, id_of(a.from));
  std::optional<std::int64_t> at, id;
  if (*before) at = (*before)->at, id = (*before)->id;
  // Only of leads whose texts the person may read.
  const auto rows = a.sql.exec_params(std::string(select_events) + lead_is_visible(a.who.access) + " and " +
                                          lead_is_open(a.who.access, a.who.role) + std::string(select_events_of),
                                      a.who.id, customer.id, at, id, *limit + 1);
  event_page page;
  for (const auto& row : rows) {
    if (static_cast<int>(page.events.size()) == *limit) {
      const auto& last = rows[static_cast<pqxx::result::size_type>(*limit - 1)];
      page.next = to_text({last["sort_at"].as<std::int64_t>(), last["sort_id"].as<std::int64_t>()});
      break;
    }
    event_view made{text_of(row["kind"]),
                    row["id"].as<std::int64_t>(),
                    instant_of(row["at_ms"]),
                    maybe_id(row["lead_id"]),
                    text_of(row["channel"]),
                    text_of(row["direction"]),
                    {},
                    text_of(row["text"])};
    if (const auto by = maybe_id(row["by_id"])) made.by = person_view{*by, text_of(row["by_name"])};
    page.events.push_back(std::move(made));
  }
  write_look(a.sql, a.who, "customer_view", customer_subject(customer.id));
  return answer(200, page);
}

}  // namespace

void add_customers(route_table& to) {
  to.add(route("GET", "/api/v1/customers"), list);
  to.add(route("POST", "/api/v1/customers"), create);
  to.add(route("GET", "/api/v1/customers/{id}"), one);
  to.add(route("PATCH", "/api/v1/customers/{id}"), edit);
  to.add(route("GET", "/api/v1/customers/{id}/timeline"), timeline);
}

}  // namespace hub::api
