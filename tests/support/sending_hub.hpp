#pragma once
// A running hub that sends to a plain_platform, through plain_connector or through the senders of hub-connector: people who have
// written there, and replies to them, written as hub-api writes them.

#include "tests/support/plain_platform.hpp"
#include "tests/support/running_hub.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace test_support {

class sending_hub {
  using account_list = std::vector<std::pair<std::string, std::string>>;
  account_list accounts_;  ///< first: the hub is made of them

 public:
  /// Through plain_connector's one account.
  explicit sending_hub(hub_options options = {}) : sending_hub(with_plain_connector(std::move(options)), {{"viber", "main"}}) {}
  /// Through hub-connector's own senders: accounts of "viber", "whatsapp" and "telegram". Person n belongs to the account n
  /// modulo their number.
  sending_hub(hub_options options, account_list accounts)
      : accounts_(std::move(accounts)), hub(with_platform(std::move(options), accounts_, platform)) {}

  /// `count` people with a lead each; they are known by their number from 0 on.
  void invent_people(int count) {
    std::string all;
    for (int person = 0; person < count; ++person) {
      const auto& [channel, account] = account_of(person);
      all += "with c as (insert into customer (first_name) values ('Person " + std::to_string(person) +
             "') returning id),"
             " i as (insert into identity (space, account, external_id, customer_id) select '" +
             channel + "', '" + account + "', '" + address(person) +
             "', id from c),"
             " l as (insert into lead (customer_id, source_channel, last_activity_at) select id, '" +
             channel +
             "', now() from c returning id, customer_id)"
             " insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, account)"
             " select id, customer_id, '" +
             channel + "', 'incoming', 'text', 'Good day', now(), '" + account + "' from l;";
    }
    hub.ask(all);
  }
  const std::pair<std::string, std::string>& account_of(int person) const {
    return accounts_[static_cast<std::size_t>(person) % accounts_.size()];
  }
  /// As the platform knows them.
  std::string address(int person) const {
    const auto& channel = account_of(person).first;
    if (channel == "whatsapp") return "UA." + std::to_string(8811000000000000 + person);
    if (channel == "telegram") return std::to_string(7000000000 + person);
    return "person-" + std::to_string(person);
  }
  std::string conversation(int person) const {
    return account_of(person).first + ":" + account_of(person).second + ":" + address(person);
  }

  /// SQL that writes a reply of several parts; the parts' texts are "<text>/<part>".
  std::string reply_to(int person, const std::string& text, int parts = 1) const {
    const auto& [channel, account] = account_of(person);
    return "with who as (select i.customer_id, l.id as lead from identity i join lead l on l.customer_id = i.customer_id"
           "  where i.external_id = '" +
           address(person) + "' and i.space = '" + channel +
           "'),"
           " m as (insert into message (lead_id, customer_id, channel, direction, type, content, sent_at, status, account)"
           "  select who.lead, who.customer_id, '" +
           channel + "', 'outgoing', 'text', '" + text + "/' || n, now(), 'queued', '" + account +
           "'"
           "    from who, generate_series(0, " +
           std::to_string(parts - 1) +
           ") n order by n returning id, content)"
           " insert into outbox (message_id, reply_id, conversation, channel, account, part, payload, next_attempt_at)"
           " select m.id, (select min(id) from m), '" +
           conversation(person) + "', '" + channel + "', '" + account +
           "',"
           "  m.id - (select min(id) from m), jsonb_build_object('outbox_id', 0, 'attempt', 1, 'not_after',"
           "  '2026-11-20T10:00:00Z', 'conversation', '" +
           conversation(person) +
           "', 'recipient', jsonb_build_array("
           "  jsonb_build_object('space', '" +
           channel + "', 'account', '" + account + "', 'id', '" + address(person) +
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
      if (one.recipient == address(person)) made.push_back(one.text);
    return made;
  }

  plain_platform platform;
  running_hub hub;

 private:
  static hub_options with_plain_connector(hub_options options) {
    options.connector = "plain_connector";
    return options;
  }
  static hub_options with_platform(hub_options options, const account_list& accounts, const plain_platform& at) {
    const bool plain = options.connector == "plain_connector";
    std::size_t number = 108888000000000;
    for (auto [channel, account] : accounts) {
      for (auto* name : {&channel, &account})
        std::transform(name->begin(), name->end(), name->begin(), [](unsigned char c) { return std::toupper(c); });
      const auto set = [&](const std::string& name, const std::string& value) {
        options.settings["HUB__CONNECTORS__" + channel + "__" + account + "__" + name] = value;
      };
      set("API_BASE", at.url() + (channel == "VIBER" && !plain ? "/pa" : ""));
      if (plain) continue;
      if (channel == "VIBER") {
        set("SENDER_NAME", "Avto");
        if (account != "MAIN") set("AUTH_TOKEN", "token of " + account);
        continue;
      }
      if (channel == "TELEGRAM") {
        set("BOT_TOKEN", "8100000001:TOKEN-" + account);
        set("SECRET_TOKEN", "shown");
        continue;
      }
      set("APP_SECRET", "app secret");
      set("VERIFY_TOKEN", "verify token");
      set("ACCESS_TOKEN", "access token");
      set("PHONE_NUMBER_ID", std::to_string(++number));
    }
    return options;
  }
};

}  // namespace test_support
