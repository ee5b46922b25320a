// GET /api/v1/search: customers by name, messages by their words, vehicles by VIN, plate or name. Words match by how they
// begin, in any language and either case; several must all be there. A message can be found a second or two after it came.

#include "hub/api/asked.hpp"
#include "hub/api/inbox_views.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace hub::api {

namespace {

constexpr std::size_t most_words = 8;
/// Of a word that is everywhere the newest are looked at, so that the answer comes at once.
constexpr int most_candidates = 20'000;

std::size_t letters_in(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// "'олен':* & 'коваль':*"; empty when there is nothing to look for.
std::string as_tsquery(std::string_view typed, std::size_t fewest_letters) {
  std::string made;
  std::size_t words = 0;
  bool long_enough = false;
  std::string cleaned(typed);
  for (auto& c : cleaned)
    if (c == '\'' || c == '\\' || static_cast<unsigned char>(c) < 0x20) c = ' ';
  for (const auto& word : split(cleaned, ' ')) {
    if (trim(word).empty() || words == most_words) continue;
    long_enough = long_enough || letters_in(word) >= fewest_letters;
    made += (words++ ? " & '" : "'") + std::string(trim(word)) + "':*";
  }
  return long_enough ? made : std::string();
}

customer_brief customer_in(const pqxx::row& row) {
  customer_brief made{row["customer_id"].as<std::int64_t>(), text_of(row["name"]), true};
  made.known = !made.name.empty();
  if (!made.known) made.name = stand_in_name(text_of(row["channel"]), made.id);
  return made;
}

std::vector<found_customer> find_customers(const asked& a, const std::string& query, const std::string& typed, int most) {
  // An address is a whole of its own; only with its sign is it taken for one.
  const bool mail = typed.find('@') != std::string::npos;
  const std::string named =
      "hub.words_of(c.first_name || ' ' || c.last_name || ' ' || c.company_name) @@ to_tsquery('simple', $2)";
  std::vector<found_customer> made;
  for (const auto& row : a.sql.exec_params(
           "select * from (select distinct on (c.id) c.id as customer_id, " + customer_name() +
               " as name, l.source_channel::text as channel, l.id as lead_id, l.stage::text as stage, l.last_activity_at, " +
               ms("l.last_activity_at") +
               " as at from hub.customer c join hub.lead l on l.customer_id = c.id where c.id in (select c.id from hub.customer "
               "c where " +
               (mail ? "c.email like lower($2)" : named) + " limit 2000) and " + lead_is_open(a.who.access, a.who.role) +
               " order by c.id, l.last_activity_at desc, l.id desc) f order by f.last_activity_at desc, f.lead_id desc limit $3",
           a.who.id, mail ? as_pattern(typed) : query, most))
    made.push_back({customer_in(row), row["lead_id"].as<std::int64_t>(), text_of(row["stage"]), instant_of(row["at"])});
  return made;
}

void find_messages(const asked& a, const std::string& query, int most, search_view& into) {
  // The candidates first, without the text: those of leads that may be read, the newest of them, and only then their rows.
  const auto rows = a.sql.exec_params(
      "with hit as materialized (select w.message_id, w.lead_id, w.sent_at from hub.message_word w"
      " where w.words @@ to_tsquery('simple', $2) order by w.message_id desc limit $4),"
      " best as materialized (select h.message_id, h.sent_at from hit h join hub.lead l on l.id = h.lead_id where " +
          lead_is_open(a.who.access, a.who.role) +
          " order by h.sent_at desc, h.message_id desc limit $3)"
          " select m.id, m.lead_id, " +
          ms("m.sent_at") +
          " as at, m.channel::text as channel, m.direction::text as direction,"
          " ts_headline('simple', left(m.content, 20000), to_tsquery('simple', $2), 'StartSel=\"\", StopSel=\"\", MaxWords=30,"
          " MinWords=12, MaxFragments=1') as text, m.customer_id, " +
          customer_name() +
          " as name, (select count(*) from hit) as hits from best b join hub.message m on m.id = b.message_id"
          " join hub.customer c on c.id = m.customer_id order by b.sent_at desc, b.message_id desc",
      a.who.id, query, most, most_candidates);
  for (const auto& row : rows) {
    into.messages.push_back({row["id"].as<std::int64_t>(), row["lead_id"].as<std::int64_t>(), instant_of(row["at"]),
                             text_of(row["channel"]), text_of(row["direction"]), text_of(row["text"]), customer_in(row)});
    into.more_messages = row["hits"].as<int>() == most_candidates;
  }
}

std::vector<found_vehicle> find_vehicles(const asked& a, const std::string& typed, int most) {
  std::string together = typed;
  std::erase_if(together, [](char c) { return c == ' ' || c == '-'; });
  std::vector<found_vehicle> made;
  for (const auto& row : a.sql.exec_params(
           "select v.id, v.make, v.model, coalesce(v.vin, '') as vin, v.plate, v.status::text as status, v.year from hub.vehicle "
           "v"
           " where v.vin ilike $1 or replace(replace(v.plate, ' ', ''), '-', '') ilike $1 or v.make || ' ' || v.model ilike $2"
           " order by v.status, v.id desc limit $3",
           as_pattern(together), as_pattern(typed), most)) {
    found_vehicle one{row["id"].as<std::int64_t>(),
                      text_of(row["make"]),
                      text_of(row["model"]),
                      text_of(row["vin"]),
                      text_of(row["plate"]),
                      text_of(row["status"]),
                      {}};
    if (!row["year"].is_null()) one.year = row["year"].as<std::int32_t>();
    made.push_back(std::move(one));
  }
  return made;
}

http::response search(const asked& a) {
  const auto typed = query_value(a.from, "q");
  if (letters_in(typed) < 2 || typed.size() > 200)
    refuse(400, "Bad request", "expected 2 letters or more, at most 200 bytes", "q");
  const auto limit = read_limit(a.from, 10, 50);
  if (!limit) refuse(limit.error());
  search_view made;
  if (const auto query = as_tsquery(typed, 2); !query.empty()) made.customers = find_customers(a, query, typed, *limit);
  if (const auto query = as_tsquery(typed, 3); !query.empty()) find_messages(a, query, *limit, made);
  made.vehicles = find_vehicles(a, typed, *limit);
  return answer(200, made);
}

}  // namespace

void add_search(route_table& to) { to.add(route("GET", "/api/v1/search"), search); }

}  // namespace hub::api
