#pragma once
// What `hubctl trace` reads: which event an id speaks of, and every hop of that event in order. Whatever id an event is
// asked by, its hops are the same. Never reads a message's text unless told to. Blocking, in the caller's transaction;
// failures are pqxx's.

#include <pqxx/pqxx>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hub::ctl {

/// One station of an event; `at` is RFC 3339, empty where no time was kept.
struct hop {
  std::string name;
  std::string at;
  std::string what;
};

struct traced_event {
  std::string key;  ///< empty for a message that no event brought
  std::string kind, channel, account, trace;
  std::string state;  ///< processed, quarantined, replayed, dismissed
  std::optional<std::int64_t> customer, lead, message;
  std::vector<hop> hops;
};

/// What an id names: an event by its key, or a message that came without one.
struct event_name {
  std::string key;
  std::int64_t message = 0;  ///< when the key is empty
  std::string time;          ///< platform time, RFC 3339
  std::string what;          ///< "message 12, photo": one line of a list
};

struct found_id {
  std::string as;                   ///< "lead 7"
  std::vector<std::string> others;  ///< what a bare number is besides
  std::vector<event_name> events;   ///< the first one is traced, the others are one line each
};

/// An event key, a platform's message id, a trace id or traceparent, message:N, call:N, lead:N, media:N, or a bare
/// number.
/// No events: nobody knows it.
found_id find_id(pqxx::work& tx, const std::string& id);

traced_event trace_event(pqxx::work& tx, const event_name& name, bool with_text);

}  // namespace hub::ctl
