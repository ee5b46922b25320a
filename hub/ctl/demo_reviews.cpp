#include "hub/ctl/demo_reviews.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace hub::ctl {

namespace {

struct told_review {
  const char *feedback, *comment, *answer;
  std::array<int, 4> tenths;  ///< of the most points, criterion after criterion
};
constexpr std::array<told_review, 3> reviews{{
    {"Спокійно й по суті. Наступного разу називайте день огляду першим.",
     "Домовилися подзвонити «якось потім»: бракує дня й години.",
     "Дякую, вже передзвонив і домовився на суботу.",
     {10, 8, 8, 4}},
    {"Зразкова розмова: клієнт сам назвав час огляду.", "Ціну назвали лише наприкінці: варто раніше.", "", {10, 10, 8, 10}},
    {"Клієнт двічі питав про кредит і відповіді не почув.",
     "Тут клієнт питає про кредит, а ми говоримо про колір.",
     "Згоден, вивчив умови банків.",
     {8, 4, 4, 6}},
}};

std::string scored(const std::vector<config::criterion>& criteria, const told_review& by) {
  // What is said and cited is about the first of the worst.
  const auto worst = static_cast<std::size_t>(std::min_element(by.tenths.begin(), by.tenths.end()) - by.tenths.begin());
  boost::json::array list;
  for (std::size_t i = 0; i < criteria.size(); ++i) {
    const auto& c = criteria[i];
    const auto tenths = by.tenths[i % by.tenths.size()];
    const bool lowest = i == worst;
    boost::json::array at;
    if (lowest) at.push_back(4 + 3 * static_cast<std::int64_t>(i));
    list.push_back(boost::json::object{{"key", c.key},
                                       {"uk", c.uk},
                                       {"en", c.en},
                                       {"max", c.max},
                                       {"points", static_cast<std::int64_t>(c.max) * tenths / 10},
                                       {"at", std::move(at)},
                                       {"comment", lowest ? by.comment : ""}});
  }
  return boost::json::serialize(list);
}

}  // namespace

std::int64_t add_demo_reviews(pqxx::transaction_base& in, const std::vector<config::criterion>& criteria) {
  const auto calls = in.exec(
      "select k.id, min(m.staff_id) as reviewer from call_record k join lead l on l.id = k.lead_id"
      " join team_member m on m.team_id = l.team_id and m.supervisor and m.staff_id <> k.manager_id"
      " where l.demo and k.status = 'completed' and not exists (select from call_review r where r.call_id = k.id)"
      " group by k.id order by k.id");
  std::int64_t made = 0;
  for (const auto& row : calls) {
    const auto n = static_cast<std::size_t>(row.num());
    if (n % 4 == 3) continue;
    const auto& by = reviews[n % 4];
    in.exec_params(
        "insert into call_review (call_id, reviewer_id, criteria, score, feedback, answer, seen_at, answered_at)"
        " select $1, $2, $3::jsonb, round(100 * sum((c ->> 'points')::numeric) / sum((c ->> 'max')::numeric), 2), $4, $5::text,"
        " case when $5 <> '' then now() end, case when $5 <> '' then now() end from jsonb_array_elements($3::jsonb) c",
        row["id"].as<std::int64_t>(), row["reviewer"].as<std::int64_t>(), scored(criteria, by), by.feedback, by.answer);
    ++made;
  }
  return made;
}

}  // namespace hub::ctl
