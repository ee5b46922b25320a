#pragma once
// What most handlers are: a plain function that answers one request inside one transaction.
//
//   http::response add_note(const asked& a) {
//     const auto given = read_body<note_given>(a.from);
//     const auto lead = lock_lead(a, id_of(a.from));
//     ...
//     write_audit(a, "note_add", "lead:" + std::to_string(lead.id));
//     return http::response::json(201, message::to_json(made));
//   }
//   ...
//   to.add(route("POST", "/api/v1/leads/{id}/notes"), add_note);
//
// It runs on a thread of the query pool. What it throws rolls everything back: a `refusal` becomes its answer, anything
// else a 500 or 503. It may run twice (a connection that broke), so it changes nothing but the database. Of a request with
// an Idempotency-Key the answer is written in the same transaction and given again to whoever repeats it.

#include "hub/api/routes.hpp"
#include "hub/message/json.hpp"
#include "routing/rules.hpp"

#include <pqxx/pqxx>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hub::api {

struct asked {
  services& with;
  pqxx::work& sql;
  const visitor& who;
  const http::request& from;
  instant now;
};

/// Thrown by a handler, in a transaction or between two: nothing of the transaction happens and this is the answer.
struct refusal {
  http::response answer;
};
/// `field` is a member of the body or a query parameter.
[[noreturn]] void refuse(int status, std::string_view title, std::string_view detail, std::string_view field = {});
/// 400 for a value that cannot be, with the field's name.
[[noreturn]] void refuse(const problem& p);
/// For now: with Retry-After, and in words where nothing better is said.
[[noreturn]] void refuse_for(int status, std::string_view title, std::chrono::seconds wait, std::string_view detail = {});
/// 404: not there, or not this person's to see.
[[noreturn]] void refuse_unknown(std::string_view what);

/// The body as a described struct; 400 names the member that is missing, unknown or out of its limits.
template <class T>
T read_body(const http::request& from) {
  const auto parsed = message::parse_json(from.body.empty() ? std::string_view("{}") : std::string_view(from.body));
  if (!parsed) refuse(400, "Bad request", parsed.error().what);
  auto given = message::from_json<T>(*parsed, message::unknown_members::refuse);
  if (!given) refuse(given.error());
  return std::move(*given);
}

template <class T>
http::response answer(int status, const T& view) {
  return http::response::json(status, message::to_json(view));
}

/// One row for every change, and for every look at a customer: who, what, on which subject ("lead:42"), and what is worth
/// knowing about it as a JSON object, never a text somebody wrote.
void write_audit(const asked& a, std::string_view action, std::string_view subject, std::string_view details = "{}");

// For a handler that is no single transaction, because something is asked of another program between two of them.
/// Takes the request's Idempotency-Key: nothing for a new one and without one, else the answer that this request got, or 409
/// while it has got none.
std::optional<http::response> begin_once(const asked& a);
/// Keeps the answer under the key.
void keep_once(const asked& a, const http::response& made);
/// Lets the key go: nothing came of the request.
void forget_once(const asked& a);
/// For a handler whose answer holds a secret: refuses an Idempotency-Key, under which the secret would be kept in plain text.
void shown_once(const asked& a, std::string_view what);

/// The rules in force; 503 while there are none. Read once per version.
std::shared_ptr<const routing::rule_set> rules_in_force(const asked& a);

/// A lead as a change finds it, locked; its customer (the root of a merge, then itself) is locked before it.
struct locked_lead {
  std::int64_t id = 0, customer = 0;
  std::optional<std::int64_t> owner;
  std::string team;
  std::string pipeline, source;
  routing::stage stage = routing::stage::fresh;
  std::int32_t version = 0;
  bool attachable = false;
  std::optional<instant> attach_until;
  bool supervised = false;  ///< the person who asks supervises its team
};
/// Locks the lead for a change that the policy's cell allows: 404 when the person may not even see it, 403 when they see
/// it but it is not theirs to change (nobody's: claim it first). `seen_by` is what a look at it would need.
locked_lead lock_lead(const asked& a, std::int64_t id);

/// 409 when the row has moved on since the client read it; nothing given is no check.
void expect_version(std::optional<std::int32_t> given, std::int32_t now);

}  // namespace hub::api
