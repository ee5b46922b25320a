#pragma once
// What was done about a lead, as the API shows it: actions, notes, tasks, conversions, stages, activities. One described
// struct per schema of docs/openapi.yaml. Plain values; the readers are called inside a transaction.

#include "hub/api/views.hpp"

#include <pqxx/pqxx>

#include <optional>
#include <string>
#include <vector>

namespace hub::api {

enum class action_type { call, email, text, meeting };
constexpr auto names_of(action_type) {
  return std::array{named{"call", action_type::call}, named{"email", action_type::email}, named{"text", action_type::text},
                    named{"meeting", action_type::meeting}};
}
enum class action_outcome { answered, voicemail, no_answer, interested, not_interested };
constexpr auto names_of(action_outcome) {
  using enum action_outcome;
  return std::array{named{"answered", answered}, named{"voicemail", voicemail}, named{"no_answer", no_answer},
                    named{"interested", interested}, named{"not_interested", not_interested}};
}
enum class task_kind { follow_up, call, call_back, reminder };
constexpr auto names_of(task_kind) {
  return std::array{named{"follow_up", task_kind::follow_up}, named{"call", task_kind::call},
                    named{"call_back", task_kind::call_back}, named{"reminder", task_kind::reminder}};
}

struct action_view {
  std::int64_t id = 0;
  instant at;
  person_view by;
  action_type type = action_type::call;
  std::string action_description;
  std::optional<action_outcome> outcome;
  std::string notes;
  std::optional<std::string> follow_up_date;

  bool operator==(const action_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("at", self.at, always);
    on("by", self.by, always);
    on("action_type", self.type, always);
    on("action_description", self.action_description, always);
    on("outcome", self.outcome, always);
    on("notes", self.notes, always);
    on("follow_up_date", self.follow_up_date, always);
  }
};

struct note_view {
  std::int64_t id = 0;
  instant at;
  person_view by;
  std::string text;

  bool operator==(const note_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("at", self.at, always);
    on("by", self.by, always);
    on("text", self.text, always);
  }
};

struct task_view {
  std::int64_t id = 0, lead_id = 0;
  std::optional<person_view> owner;
  std::string customer;  ///< whose lead it is; empty where names are masked
  std::string title, description;
  task_kind kind = task_kind::follow_up;
  std::optional<std::string> due_date;
  std::optional<instant> due_at;
  bool overdue = false, completed = false;
  std::optional<instant> completed_at;
  instant created_at;

  bool operator==(const task_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("lead_id", self.lead_id, always);
    on("owner", self.owner, always);
    on("customer", self.customer, always);
    on("title", self.title, always);
    on("description", self.description, always);
    on("kind", self.kind, always);
    on("due_date", self.due_date, always);
    on("due_at", self.due_at, always);
    on("overdue", self.overdue, always);
    on("completed", self.completed, always);
    on("completed_at", self.completed_at, always);
    on("created_at", self.created_at, always);
  }
};

struct task_page {
  std::vector<task_view> tasks;
  std::optional<std::string> next;

  bool operator==(const task_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("tasks", self.tasks, always);
    on("next", self.next, always);
  }
};

struct conversion_view {
  std::int64_t id = 0;
  instant at;
  std::optional<person_view> by;
  std::string conversion_type;
  double conversion_value = 0;
  std::string currency;
  std::optional<std::string> order_id;
  std::string notes;

  bool operator==(const conversion_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("at", self.at, always);
    on("by", self.by, always);
    on("conversion_type", self.conversion_type, always);
    on("conversion_value", self.conversion_value, always);
    on("currency", self.currency, always);
    on("order_id", self.order_id, always);
    on("notes", self.notes, always);
  }
};

struct stage_view {
  instant at;
  std::string from, to;
  std::optional<person_view> by;  ///< null: the rules
  std::string reason;
  std::optional<std::int64_t> seconds_in_stage;  ///< how long it had been in `from`

  bool operator==(const stage_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("at", self.at, always);
    on("from", self.from, always);
    on("to", self.to, always);
    on("by", self.by, always);
    on("reason", self.reason, always);
    on("seconds_in_stage", self.seconds_in_stage, always);
  }
};

struct activity_view {
  std::int64_t id = 0;
  instant at;
  std::string activity;
  std::optional<double> value;
  std::optional<std::string> currency;
  std::string details;  ///< the site's details, a JSON object as text

  bool operator==(const activity_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("at", self.at, always);
    on("activity", self.activity, always);
    on("value", self.value, always);
    on("currency", self.currency, always);
    on("details", self.details, always);
  }
};

struct lead_vehicle_view {
  std::int64_t id = 0;
  std::string title, vin, status;
  bool chosen = false, suggested = false;

  bool operator==(const lead_vehicle_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("title", self.title, always);
    on("vin", self.vin, always);
    on("status", self.status, always);
    on("chosen", self.chosen, always);
    on("suggested", self.suggested, always);
  }
};

/// The ad or post that brought the customer.
struct referral_view {
  instant at;
  std::string source, id, url, headline, text;

  bool operator==(const referral_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("at", self.at, always);
    on("source", self.source, always);
    on("id", self.id, always);
    on("url", self.url, always);
    on("headline", self.headline, always);
    on("text", self.text, always);
  }
};

struct lead_detail {
  lead_view lead;
  std::string notes;  ///< the pinned summary
  std::string data;   ///< what the website said, a JSON object as text
  std::string close_note;
  std::optional<referral_view> referral;
  std::vector<ownership_view> owners;
  std::vector<decision_view> decisions;
  std::vector<stage_view> stages;
  std::vector<task_view> tasks;
  std::vector<action_view> actions;
  std::vector<note_view> remarks;
  std::vector<conversion_view> conversions;
  std::vector<activity_view> activities;
  std::vector<lead_vehicle_view> vehicles;

  bool operator==(const lead_detail&) const = default;
  static void describe(auto& self, auto& on) {
    on("lead", self.lead, always);
    on("notes", self.notes, always);
    on("data", self.data, always);
    on("close_note", self.close_note, always);
    on("referral", self.referral, always);
    on("owners", self.owners, always);
    on("decisions", self.decisions, always);
    on("stages", self.stages, always);
    on("tasks", self.tasks, always);
    on("actions", self.actions, always);
    on("remarks", self.remarks, always);
    on("conversions", self.conversions, always);
    on("activities", self.activities, always);
    on("vehicles", self.vehicles, always);
  }
};

struct bulk_outcome {
  std::int64_t id = 0;
  bool done = false;
  std::string detail;  ///< why not

  bool operator==(const bulk_outcome&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("done", self.done, always);
    on("detail", self.detail, always);
  }
};

struct bulk_view {
  std::vector<bulk_outcome> leads;

  bool operator==(const bulk_view&) const = default;
  static void describe(auto& self, auto& on) { on("leads", self.leads, always); }
};

/// Oldest first; `only`: that one.
std::vector<action_view> actions_of(pqxx::work& sql, std::int64_t lead, std::optional<std::int64_t> only = {});
std::vector<note_view> notes_of(pqxx::work& sql, std::int64_t lead, std::optional<std::int64_t> only = {});
std::vector<conversion_view> conversions_of(pqxx::work& sql, std::int64_t lead);
std::vector<lead_vehicle_view> vehicles_of(pqxx::work& sql, std::int64_t lead);
std::vector<stage_view> stages_of(pqxx::work& sql, std::int64_t lead);
std::vector<activity_view> activities_of(pqxx::work& sql, std::int64_t lead);

}  // namespace hub::api
