// POST /api/v1/calls/{id}/call-back: the provider connects the extension of whoever asks with the customer of a call. Two short
// transactions, and between them hub-connector is asked, once: the try is on record before it leaves, so that nothing rings
// unrecorded.

#include "hub/message/call_back.hpp"
#include "hub/api/asked.hpp"
#include "hub/api/call_views.hpp"
#include "hub/api/lead_rows.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/log.hpp"

#include <variant>

namespace hub::api {

namespace {

using message::call_back_asked;
using message::call_back_state;
using message::call_back_told;
using namespace std::chrono_literals;

/// What is asked, and of which account.
struct wanted {
  std::string provider, account;
  call_back_asked ask;
};

std::string subject_of(const http::request& from) { return "call:" + std::to_string(id_of(from)); }

/// The lead's rules for a change, or those of a call without one.
void expect_mine(const asked& a, const std::optional<std::int64_t>& lead) {
  if (!lead) {
    const auto seen = a.sql.exec_params(
        "select 1 from hub.call_record k left join hub.lead l on l.id = k.lead_id where k.id = $2"
        " and " +
            call_is_visible(a.who.access, a.who.role),
        a.who.id, id_of(a.from));
    if (seen.empty()) refuse_unknown("call");
    return;
  }
  try {
    lock_lead(a, *lead);
  } catch (const refusal& r) {
    if (r.answer.status == 404) refuse_unknown("call");
    throw;
  }
}

wanted read_wanted(const asked& a) {
  const auto rows = a.sql.exec_params(
      "select k.lead_id, k.customer_id, k.provider, k.account, k.call_id, k.status::text as status, " + ms("k.start_time") +
          " as at, coalesce(s.extension, '') as extension from hub.call_record k join hub.staff s on s.id = $1"
          " where k.id = $2 and k.start_time is not null",
      a.who.id, id_of(a.from));
  if (rows.empty()) refuse_unknown("call");
  const auto& row = rows[0];
  expect_mine(a, maybe_id(row["lead_id"]));
  const auto status = text_of(row["status"]);
  if (status == "ringing" || status == "answered") refuse(409, "Still on", "This call is not over yet.");
  if (row["customer_id"].is_null()) refuse(409, "Hidden number", "Nobody knows who rang: the number was hidden.");
  wanted made;
  made.provider = text_of(row["provider"]);
  made.account = text_of(row["account"]);
  made.ask.call_id = text_of(row["call_id"]);
  made.ask.extension = text_of(row["extension"]);
  made.ask.started_at = instant_of(row["at"]);
  if (made.ask.extension.empty())
    refuse(409, "No extension", "You have no extension that could ring; an administrator sets one with hubctl user extension.");
  return made;
}

using begun = std::variant<http::response, wanted>;

/// Whoever may not gets a refusal; whoever asks again under a key the earlier answer.
begun begin(const asked& a) {
  auto made = read_wanted(a);
  if (auto before = begin_once(a)) return std::move(*before);
  write_audit(a, "call_back", subject_of(a.from));
  return made;
}

call_back_told unreached(std::string why) { return {call_back_state::unreached, std::move(why)}; }

call_back_told told_by(const http::incoming& got) {
  if (got.status == 404) return {call_back_state::unsupported, "no connector has this call's account any more"};
  if (got.status != 200) return unreached("hub-connector answered with HTTP " + std::to_string(got.status));
  const auto parsed = message::parse_json(got.body);
  auto told = parsed ? message::from_json<call_back_told>(*parsed) : result<call_back_told>(problem{});
  if (!told) return {call_back_state::unknown, "hub-connector's answer cannot be read"};
  return std::move(*told);
}

async::task<call_back_told> ask_connector(connector_door* door, wanted what) {
  auto request = door->ask("POST", "/internal/call-back", what.provider, what.account);
  if (!request) co_return unreached("hub-connector does not run");
  request->head.set("Content-Type", "application/json");
  request->body = message::to_json(what.ask);
  // The connector asks the provider twice, for 8 s at most each time.
  request->total_time = 20s;
  call_back_told told;
  try {
    const auto got = co_await door->http->fetch(std::move(*request));
    told = told_by(got);
  } catch (const http::exchange_error& e) {
    told = e.sent() == http::sent_state::nothing ? unreached("hub-connector does not answer")
                                                 : call_back_told{call_back_state::unknown, "hub-connector did not answer"};
  }
  co_return told;
}

http::response answer_of(const http::request& from, const call_back_told& told) {
  switch (told.state) {
    case call_back_state::placed: return answer(202, call_back_view{id_of(from), "placed"});
    case call_back_state::refused: return http::response::problem(409, "Not called", told.why);
    case call_back_state::unsupported: return http::response::problem(501, "Cannot be called from here", told.why);
    case call_back_state::unreached: return http::response::problem(503, "Not reached", told.why);
    case call_back_state::unknown: break;
  }
  return http::response::problem(504, "Nobody knows", told.why);
}

/// An answer under the key where something rings or may ring; else the key is free for another try.
void finish(const asked& a, const call_back_told& told, const http::response& made) {
  const bool may_ring = told.state == call_back_state::placed || told.state == call_back_state::unknown;
  if (may_ring)
    keep_once(a, made);
  else
    forget_once(a);
  write_audit(a, "call_back_outcome", subject_of(a.from), "{\"state\":\"" + std::string(name_of(told.state)) + "\"}");
}

async::task<http::response> call_back(services* with, visitor who, http::request from) {
  const auto now = with->time.now();
  auto first = [&](pqxx::work& sql) { return begin(asked{*with, sql, who, from, now}); };
  auto made = co_await with->db.run(first);
  if (auto* before = std::get_if<http::response>(&made)) co_return std::move(*before);

  auto* const door = &with->connectors;
  auto what = std::get<wanted>(std::move(made));
  const auto told = co_await ask_connector(door, std::move(what));
  const auto answer = answer_of(from, told);
  auto last = [&](pqxx::work& sql) { finish(asked{*with, sql, who, from, now}, told, answer); };
  std::string trouble;
  try {
    co_await with->db.run(last);
  } catch (const error& e) {
    trouble = e.what();
  }
  // It rings, whatever becomes of the record: the key stays taken, and repeating it is refused.
  if (!trouble.empty()) log::warn("the outcome of a call back is not on record", {{"call", id_of(from)}, {"error", trouble}});
  co_return answer;
}

}  // namespace

void add_call_back(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("POST", "/api/v1/calls/{id}/call-back"),
         [kept](visitor who, http::request from) { return call_back(kept, std::move(who), std::move(from)); });
}

}  // namespace hub::api
