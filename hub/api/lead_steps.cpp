// POST /api/v1/leads/{id}/stage, /lost and /convert: the steps of a lead's life, by its owner or a supervisor.

#include "hub/api/asked.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/rows.hpp"
#include "hub/api/tasks.hpp"
#include "hub/base/text.hpp"

namespace hub::api {

namespace {

struct stage_given {
  routing::stage stage = routing::stage::fresh;
  std::string reason, note;
  std::optional<std::int32_t> version;

  bool operator==(const stage_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("stage", self.stage, about{.text = "Where the lead goes.", .required = true});
    on("reason", self.reason, about{.text = "Of lost and sold: a word of the pipeline's list.", .max = 200});
    on("note", self.note, about{.text = "Free words beside it.", .max = 2000});
    on("version", self.version, about{.text = "Refuse when the lead has another one."});
  }
};

http::response stage(const asked& a) {
  const auto given = read_body<stage_given>(a.from);
  const auto id = id_of(a.from);
  move_lead(a, id, {given.stage, kept_text(given.reason), kept_text(given.note), given.version});
  return answer(200, read_lead(a, id));
}

struct lost_given {
  std::string reason, note;
  std::optional<std::int32_t> version;

  bool operator==(const lost_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("reason", self.reason,
       about{.text = "A word of the pipeline's list; any words where it has none.", .required = true, .min = 1, .max = 200});
    on("note", self.note, about{.text = "Free words beside it.", .max = 2000});
    on("version", self.version, about{.text = "Refuse when the lead has another one."});
  }
};

http::response lost(const asked& a) {
  const auto given = read_body<lost_given>(a.from);
  lose_lead(a, id_of(a.from), given.reason, given.note, given.version);
  return answer(200, read_lead(a, id_of(a.from)));
}

enum class conversion_type { manual_mark, registration };
constexpr auto names_of(conversion_type) {
  return std::array{named{"manual_mark", conversion_type::manual_mark}, named{"registration", conversion_type::registration}};
}

struct convert_given {
  conversion_type type = conversion_type::manual_mark;
  double conversion_value = 0;
  std::string currency, order_id, reason, notes;
  std::optional<std::int32_t> version;

  bool operator==(const convert_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("conversion_type", self.type, about{.text = "order_placed is written by orders, not by people.", .required = true});
    on("conversion_value", self.conversion_value,
       about{.text = "What it brought, two decimals.", .required = true, .min = 0, .max = 999999999999.99});
    on("currency", self.currency, about{.text = "ISO 4217; the lead's when empty.", .max = 3});
    on("order_id", self.order_id, about{.text = "The order's number, where there is one.", .max = 200});
    on("reason", self.reason, about{.text = "Why it was sold: a word of the pipeline's list.", .max = 200});
    on("notes", self.notes, about{.text = "What is worth knowing.", .max = 2000});
    on("version", self.version, about{.text = "Refuse when the lead has another one."});
  }
};

http::response convert(const asked& a) {
  const auto given = read_body<convert_given>(a.from);
  const auto id = id_of(a.from);
  const auto currency = currency_of(given.currency, "currency");
  const auto order = std::string(trim(clean_text(given.order_id)));
  const auto lead = move_lead(a, id, {routing::stage::sold, kept_text(given.reason), kept_text(given.notes), given.version});
  if (order.empty() && !a.sql.exec_params("select 1 from hub.conversion where lead_id = $1 limit 1", id).empty())
    refuse(409, "Counted already", "This lead is converted; another conversion of it needs an order of its own.", "order_id");
  const auto made = a.sql.exec_params(
      "insert into hub.conversion (lead_id, order_id, conversion_value, currency, conversion_type, staff_id, notes, created_at)"
      " select l.id, nullif($2, ''), round($3::numeric, 2), coalesce(nullif($4, ''), l.currency), $5, $6, $7, $8::timestamptz"
      " from hub.lead l where l.id = $1 on conflict (lead_id, order_id) do nothing returning id",
      lead.id, order, given.conversion_value, currency, std::string(name_of(given.type)), lead.owner ? *lead.owner : a.who.id,
      kept_text(given.notes), to_rfc3339(a.now));
  if (made.empty()) refuse(409, "Counted already", "This order is counted as a conversion of this lead.", "order_id");
  write_audit(a, "lead_convert", lead_subject(id));
  return answer(200, read_lead(a, id));
}

}  // namespace

void lose_lead(const asked& a, std::int64_t id, const std::string& reason, const std::string& note,
               std::optional<std::int32_t> version) {
  move_lead(a, id, {routing::stage::lost, line_of(reason, "reason"), kept_text(note), version});
}

std::string currency_of(const std::string& typed, std::string_view field) {
  const auto text = std::string(trim(typed));
  const bool fits = text.size() == 3 && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
  if (!text.empty() && !fits) refuse(400, "Bad request", "expected three capital letters of ISO 4217", field);
  return text;
}

void add_lead_steps(route_table& to) {
  to.add(route("POST", "/api/v1/leads/{id}/stage"), stage);
  to.add(route("POST", "/api/v1/leads/{id}/lost"), lost);
  to.add(route("POST", "/api/v1/leads/{id}/convert"), convert);
  // The Mini CRM's own path, under the same policy.
  to.add(route("POST", "/admin/crm/lost-lead/{id}"), lost);
  to.add(route("POST", "/admin/crm/convert-lead/{id}"), convert);
}

}  // namespace hub::api
