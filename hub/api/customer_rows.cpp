#include "hub/api/customer_rows.hpp"

#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"

namespace hub::api {

namespace {

// A merge is a link one step long: the root and all that point to it are one person.
constexpr std::string_view leads_of_link =
    "hub.lead l where l.customer_id in (select k.id from hub.customer k where k.id = r.id or k.merged_into = r.id)";

std::string has_no_lead() { return "not exists (select from " + std::string(leads_of_link) + ")"; }

std::string select_customer(const visitor& who) {
  return "select r.id, r.version, r.first_name, r.last_name, r.company_name, r.language, r.email, r.url, c.name, " +
         ms("r.created_at") +
         " as created_at,"
         " (select i.space from hub.identity i where i.customer_id = r.id order by i.id limit 1) as space, " +
         customer_is_shown(who.access, who.role) +
         " as open"
         " from hub.customer asked join hub.customer r on r.id = coalesce(asked.merged_into, asked.id)"
         " cross join lateral (select " +
         customer_name() + " as name from hub.customer c where c.id = r.id) c where asked.id = $2 and " +
         customer_is_visible(who.access);
}

constexpr std::string_view select_identities =
    "select i.space, i.account, i.external_id, i.subscribed from hub.identity i"
    " where i.customer_id in (select hub.link_of($1)) order by i.id";

std::vector<merged_view> merged_of(const asked& a, std::int64_t root, const std::map<std::int64_t, std::string>& staff) {
  std::vector<merged_view> made;
  for (const auto& row : a.sql.exec_params(
           "select c.id, " + customer_name() +
               " as name, m.reason, m.by_staff, floor(extract(epoch from m.merged_at) * 1000)::bigint as at,"
               " (select i.space from hub.identity i where i.customer_id = c.id order by i.id limit 1) as space"
               " from hub.customer c join lateral (select * from hub.customer_merge m where m.merged_id = c.id and"
               " m.unmerged_at is null order by m.id desc limit 1) m on true where c.merged_into = $1 order by c.id",
           root)) {
    merged_view one{row["id"].as<std::int64_t>(), text_of(row["name"]), text_of(row["reason"]), instant_of(row["at"]), {}};
    if (one.name.empty()) one.name = stand_in_name(text_of(row["space"]), one.id);
    if (const auto by = maybe_id(row["by_staff"])) one.by = person_view{*by, name_in(staff, *by)};
    made.push_back(std::move(one));
  }
  return made;
}

}  // namespace

std::string customer_is_visible(access a) {
  const auto through_leads = "exists (select from " + std::string(leads_of_link) + " and " + lead_is_visible(a) + ")";
  switch (a) {
    case access::none: return "($1::bigint is not null and false)";
    case access::all:
    case access::masked: return "($1::bigint is not null)";
    default: return "(" + through_leads + " or " + has_no_lead() + ")";
  }
}

std::string customer_is_shown(access a, role r) {
  const auto through_leads = "exists (select from " + std::string(leads_of_link) + " and " + lead_is_open(a, r) + ")";
  return r == role::analyst ? through_leads : "(" + through_leads + " or " + has_no_lead() + ")";
}

customer_view read_customer(const asked& a, std::int64_t id) {
  const auto rows = a.sql.exec_params(select_customer(a.who), a.who.id, id);
  if (rows.empty()) refuse_unknown("customer");
  const auto& row = rows[0];
  const auto staff = staff_names(a.sql);
  customer_view made;
  made.id = row["id"].as<std::int64_t>();
  made.version = row["version"].as<std::int32_t>();
  made.masked = !row["open"].as<bool>();
  made.created_at = instant_of(row["created_at"]);
  if (!made.masked) {
    made.name = text_of(row["name"]);
    made.first_name = text_of(row["first_name"]);
    made.last_name = text_of(row["last_name"]);
    made.company_name = text_of(row["company_name"]);
    made.language = text_of(row["language"]);
    if (!row["email"].is_null()) made.email = text_of(row["email"]);
    if (!row["url"].is_null()) made.url = text_of(row["url"]);
    for (const auto& i : a.sql.exec_params(std::string(select_identities), made.id)) {
      std::optional<bool> subscribed;
      if (!i["subscribed"].is_null()) subscribed = i["subscribed"].as<bool>();
      made.identities.push_back({text_of(i["space"]), text_of(i["account"]), text_of(i["external_id"]), subscribed});
    }
    made.merged = merged_of(a, made.id, staff);
  }
  made.known = !made.name.empty();
  if (!made.known) made.name = stand_in_name(text_of(row["space"]), made.id);
  const auto pick = "where l.customer_id in (select hub.link_of($2)) and " + lead_is_visible(a.who.access);
  for (const auto& lead : a.sql.exec_params(select_leads(a.who, pick), a.who.id, made.id))
    made.leads.push_back(lead_of(lead, a.who, staff));
  return made;
}

std::int64_t lock_customer(const asked& a, std::int64_t id) {
  const auto found = a.sql.exec_params(
      "select r.id from hub.customer asked join hub.customer r on r.id = coalesce(asked.merged_into, asked.id)"
      " where asked.id = $2 and " +
          customer_is_visible(a.who.access),
      a.who.id, id);
  if (found.empty()) refuse_unknown("customer");
  const auto rows = a.sql.exec_params(
      "select c.id, c.merged_into from hub.customer c where c.id in (select hub.link_of($1))"
      " order by c.id for no key update of c",
      id);
  for (const auto& row : rows)
    if (row[0].as<std::int64_t>() == id) return row[1].as<std::int64_t>(id);
  refuse_unknown("customer");
}

std::string customer_subject(std::int64_t id) { return "customer:" + std::to_string(id); }

std::string without_number(const std::string& typed, std::string_view field) {
  auto text = std::string(trim(clean_text(typed)));
  if (has_number(text)) refuse(400, "Bad request", "looks like a phone number; no phone numbers are kept here", field);
  return text;
}

}  // namespace hub::api
