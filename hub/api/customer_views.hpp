#pragma once
// Customers and what links them, as the API shows them: one described struct per schema of docs/openapi.yaml.

#include "hub/api/views.hpp"

namespace hub::api {

struct identity_view {
  std::string space, account, external_id;
  std::optional<bool> subscribed;

  bool operator==(const identity_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("space", self.space, always);
    on("account", self.account, always);
    on("external_id", self.external_id, always);
    on("subscribed", self.subscribed, always);
  }
};

/// Somebody merged into this customer.
struct merged_view {
  std::int64_t id = 0;
  std::string name, reason;
  instant at;
  std::optional<person_view> by;  ///< null: the platform declared them the same

  bool operator==(const merged_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("name", self.name, always);
    on("reason", self.reason, always);
    on("at", self.at, always);
    on("by", self.by, always);
  }
};

struct customer_view {
  std::int64_t id = 0;
  std::int32_t version = 0;
  std::string name;
  bool known = false;
  std::string first_name, last_name, company_name, language;
  std::optional<std::string> email, url;
  instant created_at;
  std::vector<identity_view> identities;
  std::vector<merged_view> merged;
  std::vector<lead_view> leads;
  bool masked = false;

  bool operator==(const customer_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("version", self.version, always);
    on("name", self.name, always);
    on("known", self.known, always);
    on("first_name", self.first_name, always);
    on("last_name", self.last_name, always);
    on("company_name", self.company_name, always);
    on("language", self.language, always);
    on("email", self.email, always);
    on("url", self.url, always);
    on("created_at", self.created_at, always);
    on("identities", self.identities, always);
    on("merged", self.merged, always);
    on("leads", self.leads, always);
    on("masked", self.masked, always);
  }
};

struct customer_row_view {
  std::int64_t id = 0;
  std::string name;
  bool known = false;
  std::string company_name;
  std::optional<std::string> email;
  std::int64_t open_leads = 0, leads = 0;
  instant last_activity_at;  ///< of any lead; without one, when the customer came
  bool masked = false;

  bool operator==(const customer_row_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("name", self.name, always);
    on("known", self.known, always);
    on("company_name", self.company_name, always);
    on("email", self.email, always);
    on("open_leads", self.open_leads, always);
    on("leads", self.leads, always);
    on("last_activity_at", self.last_activity_at, always);
    on("masked", self.masked, always);
  }
};

struct customer_page {
  std::vector<customer_row_view> customers;
  std::optional<std::string> next;

  bool operator==(const customer_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("customers", self.customers, always);
    on("next", self.next, always);
  }
};

/// One entry of everything that happened with a customer, over all their leads and channels.
struct event_view {
  std::string kind;  ///< message, activity, note, action, stage, owner, conversion, call
  std::int64_t id = 0;
  instant at;
  std::optional<std::int64_t> lead_id;
  std::string channel, direction;
  std::optional<person_view> by;
  std::string text;

  bool operator==(const event_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("kind", self.kind, always);
    on("id", self.id, always);
    on("at", self.at, always);
    on("lead_id", self.lead_id, always);
    on("channel", self.channel, always);
    on("direction", self.direction, always);
    on("by", self.by, always);
    on("text", self.text, always);
  }
};

struct event_page {
  std::vector<event_view> events;  ///< newest first
  std::optional<std::string> next;

  bool operator==(const event_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("events", self.events, always);
    on("next", self.next, always);
  }
};

/// Two customers that may be one person, side by side.
struct possible_same_view {
  customer_view first, second;
  std::string evidence;
  instant found_at;
  std::optional<instant> judged_at;
  std::optional<bool> same;

  bool operator==(const possible_same_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("first", self.first, always);
    on("second", self.second, always);
    on("evidence", self.evidence, always);
    on("found_at", self.found_at, always);
    on("judged_at", self.judged_at, always);
    on("same", self.same, always);
  }
};

struct possible_same_page {
  std::vector<possible_same_view> pairs;

  bool operator==(const possible_same_page&) const = default;
  static void describe(auto& self, auto& on) { on("pairs", self.pairs, always); }
};

}  // namespace hub::api
