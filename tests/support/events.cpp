#include "tests/support/events.hpp"

#include "hub/db/connection.hpp"
#include "routing/rules.hpp"
#include "workers/store/rules.hpp"

#include <fmt/format.h>

namespace test_support {

namespace {

using namespace hub::message;

person somebody(int n) {
  person p;
  p.identities = {{"viber", "main", person_id(n)}};
  p.name = "Person " + std::to_string(n);
  p.language = "uk-UA";
  p.country = "UA";
  return p;
}

event around(int n, const std::string& what, int token, std::chrono::milliseconds after, event_data data) {
  event e;
  e.channel = "viber";
  e.account = "main";
  e.key = "viber:main:" + what + ":" + std::to_string(token);
  e.conversation = "viber:main:" + person_id(n);
  e.time = story_begins() + after;
  e.received_at = e.time + std::chrono::milliseconds(80);
  e.trace = fmt::format("00-{:032x}-{:016x}-01", token, token);
  e.data = std::move(data);
  return e;
}

}  // namespace

hub::instant story_begins() { return hub::parse_rfc3339("2026-11-20T10:00:00Z").value(); }

std::string person_id(int n) { return fmt::format("UEVSU09O{:08}==", n); }

event message_from(int n, int token, std::string text, std::chrono::milliseconds after) {
  chat_message m;
  m.sender = somebody(n);
  m.platform_id = std::to_string(token);
  m.text = std::move(text);
  return around(n, "message", token, after, m);
}

event photo_from(int n, int token, std::chrono::milliseconds after) {
  chat_message m;
  m.sender = somebody(n);
  m.type = content_type::photo;
  m.platform_id = std::to_string(token);
  attachment a;
  a.part = "0";
  a.type = content_type::photo;
  a.reference = "sealed-" + std::to_string(token);
  a.expires_at = story_begins() + after + std::chrono::hours(1);
  m.attachments.push_back(a);
  return around(n, "message", token, after, m);
}

event status_of(int n, int token, delivery_state state, std::chrono::milliseconds after) {
  delivery_status s;
  s.recipient = {{"viber", "main", person_id(n)}};
  s.platform_id = std::to_string(token);
  s.state = state;
  s.up_to = state == delivery_state::read;
  return around(n, std::string(hub::name_of(state)), token, after, s);
}

event subscription_of(int n, int token, bool yes, std::chrono::milliseconds after) {
  if (yes) return around(n, "subscribed", token, after, subscribed{somebody(n)});
  return around(n, "unsubscribed", token, after, unsubscribed{somebody(n)});
}

event opened_by(int n, int token, std::chrono::milliseconds after) {
  return around(n, "conversation_started", token, after, conversation_opened{somebody(n), "listing-48213", false});
}

event activity_of(int n, int token, const std::string& what, const std::string& cost, std::chrono::milliseconds after) {
  activity a;
  const auto company = fmt::format("c-{}", n);
  a.sender.identities = {{"activity", "main", company}};
  a.sender.name = "Dana Example";
  a.activity = what;
  a.company_name = fmt::format("Haul {} Example Co", n);
  a.email = fmt::format("dispatch{}@haul.example", n);
  a.url = "https://site.example/admin/users/" + std::to_string(n);
  a.total_cost = cost;
  if (!cost.empty()) a.currency = "USD";
  a.details = fmt::format(R"({{"token":{}}})", token);
  auto e = around(n, what, token, after, std::move(a));
  e.channel = "activity";
  e.key = fmt::format("activity:main:{}", token);
  e.conversation = "activity:main:" + company;
  return e;
}

event echo_to(int n, int token, std::chrono::milliseconds after) {
  chat_message m;
  m.sender = somebody(n);
  m.direction = direction::outgoing;
  m.platform_id = std::to_string(token);
  m.text = "Вітаю, вже дивлюся";
  return around(n, "message", token, after, m);
}

std::string rules_text(const team_options& o) {
  std::string members;
  for (int i = 1; i <= o.members; ++i) members += (i > 1 ? ", " : "") + fmt::format("m{}@example.test", i);
  return fmt::format("version: 1\n"
                     "timezone: Europe/Kyiv\n"
                     "teams:\n  sales: {{ members: [{}]{} }}\n"
                     "lead_policy:\n  default: {{ attach_to: open, window: unlimited, when_closed: {{ reopen_within: 14d }} }}\n"
                     "rules:\n"
                     "  - name: service\n    when: {{ text: {{ words: [ремонт, service] }} }}\n"
                     "    then: {{ intent: service_inquiry, pipeline: service, team: sales, strategy: {} }}\n"
                     "  - name: everything else\n    then: {{ intent: buy, team: sales, strategy: {} }}\n",
                     members, o.capacity ? ", capacity: " + std::to_string(o.capacity) : "", o.strategy, o.strategy);
}

void put_in_force(const std::string& database_url, const team_options& o) {
  put_text_in_force(database_url, rules_text(o), o.members);
}

void put_text_in_force(const std::string& database_url, const std::string& rules, int members) {
  const auto read = routing::read_rules(rules, "test rules");
  if (!read.rules) throw hub::error(hub::failure::permanent, "rules", hub::to_text(read.problems));
  hub::db::connection database({.url = hub::secret(database_url), .application_name = "test"});
  database.transact([&](pqxx::work& tx) {
    for (int i = 1; i <= members; ++i)
      tx.exec_params("insert into staff (name, email, role) values ($1, $2, 'manager') on conflict (email) do nothing",
                     "Manager " + std::to_string(i), fmt::format("m{}@example.test", i));
    workers::store::rules::activate(tx, *read.rules, "test");
  });
}

}  // namespace test_support
