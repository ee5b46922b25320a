#pragma once
// A running hub that sends to a plain_platform: people who have written on "viber", and replies to them, written as hub-api
// writes them.

#include "tests/support/plain_platform.hpp"
#include "tests/support/running_hub.hpp"

#include <map>
#include <string>
#include <vector>

namespace test_support {

class sending_hub {
 public:
  explicit sending_hub(hub_options options = {}) : hub(with_platform(std::move(options), platform)) {}

  /// `count` people with a lead each; they are known by their number from 0 on.
  void invent_people(int count) {
    hub.ask("with c as (insert into customer (first_name) select 'Person ' || n from generate_series(0, " +
            std::to_string(count - 1) +
            ") n returning id, first_name),"
            " i as (insert into identity (space, account, external_id, customer_id)"
            "   select 'viber', 'main', replace(first_name, 'Person ', 'person-'), id from c),"
            " l as (insert into lead (customer_id, source_channel, last_activity_at) select id, 'viber', now() from c"
            "   returning id, customer_id)"
            " insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, account)"
            " select id, customer_id, 'viber', 'incoming', 'text', 'Good day', now(), 'main' from l");
  }
  static std::string conversation(int person) { return "viber:main:person-" + std::to_string(person); }

  /// SQL that writes a reply of several parts; the parts' texts are "<text>/<part>".
  static std::string reply_to(int person, const std::string& text, int parts = 1) {
    const auto id = std::to_string(person);
    return "with who as (select i.customer_id, l.id as lead from identity i join lead l on l.customer_id = i.customer_id"
           "  where i.external_id = 'person-" +
           id +
           "' and i.space = 'viber'),"
           " m as (insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, status, account)"
           "  select who.lead, who.customer_id, 'viber', 'outgoing', 'text', '" +
           text +
           "/' || n, now(), 'queued', 'main'"
           "    from who, generate_series(0, " +
           std::to_string(parts - 1) +
           ") n order by n returning id, content)"
           " insert into outbox (message_id, reply_id, conversation, channel, account, part, payload, next_attempt_at)"
           " select m.id, (select min(id) from m), '" +
           conversation(person) +
           "', 'viber', 'main',"
           "  m.id - (select min(id) from m), jsonb_build_object('outbox_id', 0, 'attempt', 1, 'not_after',"
           "  '2026-11-20T10:00:00Z', 'conversation', '" +
           conversation(person) +
           "', 'recipient', jsonb_build_array("
           "  jsonb_build_object('space', 'viber', 'account', 'main', 'id', 'person-" +
           id +
           "')), 'type', 'text',"
           "  'text', m.content), now() from m order by m.id returning id";
  }
  void reply(int person, const std::string& text, int parts = 1) { hub.ask(reply_to(person, text, parts)); }

  /// How many rows are in that state.
  long rows(const std::string& state) const {
    const auto text = hub.ask_or_nothing("select count(*) from outbox where state = '" + state + "'");
    return text.empty() ? -1 : std::stol(text);
  }
  /// Until nothing waits and nothing is under way.
  bool settled(std::chrono::milliseconds deadline) {
    return wait_until(
        [&] {
          hub.tend();
          return hub.ask_or_nothing("select count(*) from outbox where state in ('queued', 'sending')") == "0";
        },
        deadline);
  }
  /// Nobody waits for the back-off of hours.
  void hurry() { hub.ask_or_nothing("update outbox set next_attempt_at = now() where state = 'queued'"); }

  /// The texts a conversation was given, in their order.
  std::vector<std::string> texts_of(int person) const {
    std::vector<std::string> made;
    for (const auto& one : platform.taken())
      if (one.conversation == conversation(person)) made.push_back(one.text);
    return made;
  }

  plain_platform platform;
  running_hub hub;

 private:
  static hub_options with_platform(hub_options options, const plain_platform& at) {
    options.connector = "plain_connector";
    options.settings["HUB__CONNECTORS__VIBER__MAIN__API_BASE"] = at.url();
    return options;
  }
};

}  // namespace test_support
