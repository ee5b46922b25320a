// GET /api/v1/customers/{id}: one person with everything linked to them.

#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/message/json.hpp"

namespace hub::api {

namespace {

// A merge is a link one step long: the root and all that point to it are one person. A customer is visible through
// their leads; `masked` shows also those without any.
std::string find_customer(const visitor& who) {
  const auto linked = "(select k.id from hub.customer k where k.id = r.id or k.merged_into = r.id)";
  return "select r.id, c.first_name, c.last_name, c.company_name, c.language, c.email, " + customer_name() + " as name, " +
         ms("c.created_at") +
         " as created_at,"
         " (select i.space from hub.identity i where i.customer_id = r.id order by i.id limit 1) as space,"
         " exists (select from hub.lead l where l.customer_id in " +
         linked + " and " + lead_is_open(who.access, who.role) +
         ") as open"
         " from hub.customer asked join hub.customer r on r.id = coalesce(asked.merged_into, asked.id)"
         " join hub.customer c on c.id = r.id"
         " where asked.id = $2 and ($3::boolean or exists (select from hub.lead l where l.customer_id in " +
         linked + " and " + lead_is_visible(who.access) + "))";
}

constexpr std::string_view select_identities = R"(
select i.space, i.account, i.external_id, i.subscribed from hub.identity i
 where i.customer_id in (select k.id from hub.customer k where k.id = $1 or k.merged_into = $1) order by i.id)";

async::task<http::response> one(services* with, visitor who, http::request from) {
  const auto id = id_of(from);
  auto read = [&](pqxx::work& sql) -> std::optional<customer_view> {
    const auto rows = sql.exec_params(find_customer(who), who.id, id, who.access == access::masked || who.access == access::all);
    if (rows.empty()) return std::nullopt;
    const auto& row = rows[0];
    customer_view made;
    made.id = row["id"].as<std::int64_t>();
    made.masked = !row["open"].as<bool>();
    made.created_at = instant_of(row["created_at"]);
    if (!made.masked) {
      made.name = text_of(row["name"]);
      made.first_name = text_of(row["first_name"]);
      made.last_name = text_of(row["last_name"]);
      made.company_name = text_of(row["company_name"]);
      made.language = text_of(row["language"]);
      if (!row["email"].is_null()) made.email = text_of(row["email"]);
      for (const auto& i : sql.exec_params(std::string(select_identities), made.id)) {
        std::optional<bool> subscribed;
        if (!i["subscribed"].is_null()) subscribed = i["subscribed"].as<bool>();
        made.identities.push_back({text_of(i["space"]), text_of(i["account"]), text_of(i["external_id"]), subscribed});
      }
    }
    made.known = !made.name.empty();
    if (!made.known) made.name = stand_in_name(text_of(row["space"]), made.id);
    const auto staff = staff_names(sql);
    const auto pick = "where l.customer_id in (select k.id from hub.customer k where k.id = $2 or k.merged_into = $2) and " +
                      lead_is_visible(who.access);
    for (const auto& lead : sql.exec_params(select_leads(who, pick), who.id, made.id))
      made.leads.push_back(lead_of(lead, who, staff));
    write_look(sql, who, "customer_view", "customer:" + std::to_string(made.id));
    return made;
  };
  const auto made = co_await with->db.run(read);
  if (!made) co_return no_such("customer");
  co_return http::response::json(200, message::to_json(*made));
}

}  // namespace

void add_customers(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("GET", "/api/v1/customers/{id}"),
         [kept](visitor who, http::request from) { return one(kept, std::move(who), std::move(from)); });
}

}  // namespace hub::api
