#include "hub/ctl/rules_lookup.hpp"

#include "hub/message/codec.hpp"

#include <algorithm>
#include <chrono>

namespace hub::ctl {

namespace {

using namespace std::chrono_literals;

db::connect_options connect_with(secret url) {
  db::connect_options options;
  options.url = std::move(url);
  options.deadline = 5s;
  options.application_name = "hubctl";
  return options;
}

}  // namespace

rules_lookup::rules_lookup(secret url) : connection_(connect_with(std::move(url))) {}

std::vector<std::string> rules_lookup::staff_emails() {
  return connection_.transact([](pqxx::work& tx) {
    std::vector<std::string> emails;
    for (const auto& row : tx.exec("select email from staff order by email")) emails.push_back(row[0].as<std::string>());
    return emails;
  });
}

std::optional<std::string> rules_lookup::active_rules() {
  return connection_.transact([](pqxx::work& tx) -> std::optional<std::string> {
    const auto rows = tx.exec("select text from rule_version where active");
    if (rows.empty()) return std::nullopt;
    return rows[0][0].as<std::string>();
  });
}

std::vector<routing::candidate> rules_lookup::roster(const routing::rule_set& rules, const std::string& name) {
  const auto found = rules.teams.find(name);
  if (found == rules.teams.end()) return {};
  const routing::team& team = found->second;
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  return connection_.transact([&](pqxx::work& tx) {
    std::vector<routing::candidate> members;
    for (const auto& row :
         tx.exec("select s.id, s.email, s.active, s.open_leads, "
                 "coalesce((extract(epoch from s.last_assigned_at) * 1000000)::bigint, 0), "
                 "exists (select from absence a where a.staff_id = s.id and a.begins_at <= now() "
                 "        and (a.ends_at is null or a.ends_at > now())), coalesce(p.available, true) "
                 "from staff s left join presence p on p.staff_id = s.id order by s.id")) {
      routing::candidate one;
      one.email = row[1].as<std::string>();
      if (std::find(team.members.begin(), team.members.end(), one.email) == team.members.end()) continue;
      one.id = row[0].as<std::int64_t>();
      one.active = row[2].as<bool>();
      one.open_leads = row[3].as<std::uint32_t>();
      one.last_assigned = row[4].as<std::int64_t>();
      one.absent = row[5].as<bool>();
      one.available = row[6].as<bool>();
      const auto* works = rules.working_time_of(one.email, name);
      one.off_hours = works && !works->is_open(now);
      one.capacity = rules.capacity_of(one.email);
      if (const auto skills = team.skills.find(one.email); skills != team.skills.end()) one.skills = skills->second;
      members.push_back(std::move(one));
    }
    return members;
  });
}

routing::cursor rules_lookup::place_in_ring(const std::string& key) {
  return connection_.transact([&](pqxx::work& tx) {
    const auto rows = tx.exec_params("select last_id, in_a_row from assignment_cursor where key = $1", key);
    if (rows.empty()) return routing::cursor{key};
    return routing::cursor{key, rows[0][0].as<std::int64_t>(), rows[0][1].as<int>()};
  });
}

std::optional<message::event> rules_lookup::load_event(const std::string& key) {
  const auto body = connection_.transact([&](pqxx::work& tx) {
    const auto rows = tx.exec_params("select body from event_body where key = $1 order by received_at desc limit 1", key);
    return rows.empty() ? std::string() : rows[0][0].as<std::string>();
  });
  if (body.empty()) return std::nullopt;
  return message::decode(body).front().value.value();
}

rules_lookup::history rules_lookup::before(const message::event& event) {
  history facts;
  const auto time = to_rfc3339(event.time);
  connection_.transact([&](pqxx::work& tx) {
    for (const auto& who : message::identities_of(event)) {
      const auto row = tx.exec_params1(
          "with person as (select customer_id as id from identity where external_id = $1 and space = $2 and account = $3) "
          "select exists (select from customer join person using (id) where customer.created_at < $4::timestamptz), "
          "       exists (select from lead join person on lead.customer_id = person.id where lead.created_at < $4::timestamptz "
          "               and (lead.closed_at is null or lead.closed_at > $4::timestamptz))",
          who.id, who.space, who.account, time);
      facts.known |= row[0].as<bool>();
      facts.has_open_lead |= row[1].as<bool>();
    }
  });
  return facts;
}

}  // namespace hub::ctl
