#pragma once
// People, their teams, absences, tokens and sessions, as the API shows them: one described struct per schema of
// docs/openapi.yaml.

#include "hub/api/views.hpp"

namespace hub::api {

struct staff_view {
  std::int64_t id = 0;
  std::string name;
  std::optional<std::string> email;  ///< for admins and supervisors
  api::role role = role::analyst;
  bool active = false;
  std::string zone, language;
  std::int64_t open_leads = 0;
  std::vector<std::string> teams;

  bool operator==(const staff_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("name", self.name, always);
    on("email", self.email, always);
    on("role", self.role, always);
    on("active", self.active, always);
    on("zone", self.zone, always);
    on("language", self.language, always);
    on("open_leads", self.open_leads, always);
    on("teams", self.teams, always);
  }
};

/// A password is shown once, to whoever made it.
struct invited_view {
  staff_view person;
  std::string password;
  std::int64_t queued_leads = 0;

  bool operator==(const invited_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("password", self.password, always);
    on("queued_leads", self.queued_leads, always);
  }
};

/// Only the answer to its making shows what a link holds.
struct password_link_view {
  person_view person;
  std::string token;
  instant expires_at;

  bool operator==(const password_link_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("token", self.token, always);
    on("expires_at", self.expires_at, always);
  }
};

/// As whom to sign in now.
struct password_set_view {
  std::string email;

  bool operator==(const password_set_view&) const = default;
  static void describe(auto& self, auto& on) { on("email", self.email, always); }
};

struct absence_view {
  std::int64_t id = 0;
  person_view person;
  instant begins_at;
  std::optional<instant> ends_at;
  std::string reason;

  bool operator==(const absence_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("person", self.person, always);
    on("begins_at", self.begins_at, always);
    on("ends_at", self.ends_at, always);
    on("reason", self.reason, always);
  }
};

struct member_view {
  person_view person;
  bool supervisor = false, available = true, absent = false, off_hours = false;
  std::int64_t open_leads = 0;

  bool operator==(const member_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("person", self.person, always);
    on("supervisor", self.supervisor, always);
    on("available", self.available, always);
    on("absent", self.absent, always);
    on("off_hours", self.off_hours, always);
    on("open_leads", self.open_leads, always);
  }
};

struct team_view {
  std::string name;
  std::vector<member_view> members;
  std::int64_t queued = 0;
  std::optional<instant> oldest_queued;
  bool open = true;                    ///< its calendar, now
  std::optional<instant> next_change;  ///< when that ends

  bool operator==(const team_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, always);
    on("members", self.members, always);
    on("queued", self.queued, always);
    on("oldest_queued", self.oldest_queued, always);
    on("open", self.open, always);
    on("next_change", self.next_change, always);
  }
};

struct presence_view {
  bool available = true;
  std::optional<instant> changed_at;

  bool operator==(const presence_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("available", self.available, always);
    on("changed_at", self.changed_at, always);
  }
};

struct token_view {
  std::int64_t id = 0;
  std::string name;
  person_view person;
  instant created_at;
  std::optional<instant> expires_at, used_at, revoked_at;

  bool operator==(const token_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("name", self.name, always);
    on("person", self.person, always);
    on("created_at", self.created_at, always);
    on("expires_at", self.expires_at, always);
    on("used_at", self.used_at, always);
    on("revoked_at", self.revoked_at, always);
  }
};

/// Only the answer to its making shows a token.
struct made_token_view {
  token_view made;
  std::string token;

  bool operator==(const made_token_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("made", self.made, always);
    on("token", self.token, always);
  }
};

struct session_view {
  std::int64_t id = 0;
  instant created_at, used_at, expires_at;
  std::string peer, agent;
  bool current = false;

  bool operator==(const session_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("created_at", self.created_at, always);
    on("used_at", self.used_at, always);
    on("expires_at", self.expires_at, always);
    on("peer", self.peer, always);
    on("agent", self.agent, always);
    on("current", self.current, always);
  }
};

struct audit_view {
  std::int64_t id = 0;
  instant at;
  std::optional<person_view> by;
  std::string program, action, subject, details;

  bool operator==(const audit_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("at", self.at, always);
    on("by", self.by, always);
    on("program", self.program, always);
    on("action", self.action, always);
    on("subject", self.subject, always);
    on("details", self.details, always);
  }
};

struct audit_page {
  std::vector<audit_view> entries;  ///< newest first
  std::optional<std::string> next;

  bool operator==(const audit_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("entries", self.entries, always);
    on("next", self.next, always);
  }
};

/// How long what is not needed any more is kept.
struct retention_view {
  std::int64_t events_seconds = 0, quarantine_bodies_seconds = 0;

  bool operator==(const retention_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("events_seconds", self.events_seconds, always);
    on("quarantine_bodies_seconds", self.quarantine_bodies_seconds, always);
  }
};

struct erased_view {
  std::int64_t customer_id = 0, files = 0;

  bool operator==(const erased_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("customer_id", self.customer_id, always);
    on("files", self.files, always);
  }
};

}  // namespace hub::api
