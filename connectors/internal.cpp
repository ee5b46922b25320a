#include "connectors/internal.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace connectors {

namespace {

using hub::http::request;
using hub::http::response;
using answer = hub::async::task<response>;

bool may_ask(const request& r, const hub::secret& token) {
  constexpr std::string_view scheme = "Bearer ";
  if (token.empty() || r.head.count("Authorization") != 1) return false;
  const std::string& given = *r.head.find("Authorization");
  return given.size() > scheme.size() && given.starts_with(scheme) &&
         hub::equal_in_constant_time(std::string_view(given).substr(scheme.size()), token.reveal());
}

std::string query_of(const request& r, const std::string& name) {
  const auto found = r.query.find(name);
  return found == r.query.end() ? std::string() : found->second;
}

/// The account that channel and account of the query name; null: answer 404.
connector* asked_for(const internal_parts& parts, const request& r) {
  return parts.accounts.find(query_of(r, "channel"), query_of(r, "account"));
}

response no_such_account() {
  return response::problem(404, "no such account", "the query's channel and account name no configured connector");
}

answer media(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  const auto got = co_await parts.media.get(*of, query_of(r, "reference"));
  if (got.status != 200) {
    auto refused = response::problem(got.status, got.why);
    if (got.retry) refused.head.set("X-Leadyard-Retry", "yes");
    co_return refused;
  }
  response r200;
  r200.status = 200;
  r200.head.set("Content-Type", "application/octet-stream");
  if (!got.content_type.empty() && hub::is_utf8(got.content_type) && got.content_type.size() < 200)
    r200.head.set("X-Leadyard-Claimed-Type", hub::shorten(got.content_type, 100));
  r200.file.emplace();
  r200.file->path = got.path;
  r200.file->size = got.size;
  co_return r200;
}

answer forget_media(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  const auto reference = query_of(r, "reference");
  if (!of->open_media(reference)) co_return response::problem(403, "not a reference of this account");
  parts.media.forget(reference);
  response done;
  done.status = 204;
  co_return done;
}

/// The platform's body out of what was kept: a sealed text, a CloudEvent of kind unparsed, or the body itself.
hub::result<std::string> body_within(const internal_parts& parts, const std::string& given) {
  const auto text = hub::trim(given);
  if (!text.starts_with('{') && !text.starts_with('[')) {
    auto opened = hub::unseal(parts.seal_key, text);
    if (opened) return opened;
    return given;
  }
  const auto parsed = hub::message::parse_json(text, {.bytes = 4 << 20, .depth = 64});
  const auto* object = parsed ? parsed->if_object() : nullptr;
  const auto* data = object && object->contains("specversion") ? object->if_contains("data") : nullptr;
  const auto* fields = data ? data->if_object() : nullptr;
  const auto* sealed = fields ? fields->if_contains("sealed") : nullptr;
  if (!sealed || !sealed->is_string()) return given;
  return hub::unseal(parts.seal_key, std::string_view(sealed->get_string().data(), sealed->get_string().size()));
}

std::string json_list(const std::vector<hub::message::event>& events) {
  std::vector<std::string> encoded;
  for (const auto& e : events) encoded.push_back(hub::message::encode(e));
  return hub::message::join_batch({encoded.begin(), encoded.end()});
}

/// As the parsers would write it today, where the settings mask texts: `privacy.text` may be younger than a kept event.
void mask_texts(const account_context& of, hub::message::event& e) {
  if (!of.mask_text) return;
  const auto mask = [](std::string& text) { text = hub::scrub_numbers(text); };
  if (auto* said = std::get_if<hub::message::chat_message>(&e.data)) {
    for (auto* text : {&said->text, &said->subject, &said->quoted}) mask(*text);
    for (auto& a : said->attachments) mask(a.file_name);
  } else if (auto* edited = std::get_if<hub::message::message_edited>(&e.data)) {
    mask(edited->text);
  }
}

answer normalize(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  // A kept event of any other kind is canonical already: this version's codec and settings say what it is.
  if (auto kept = hub::message::decode(r.body); kept.size() == 1 && kept[0].value) {
    auto& e = *kept[0].value;
    if (e.channel != of->context().channel || e.account != of->context().account)
      co_return response::problem(422, "the event belongs to another account");
    if (!std::holds_alternative<hub::message::unparsed>(e.data)) {
      mask_texts(of->context(), e);
      co_return response::json(200, "[" + hub::message::encode(e) + "]");
    }
  }
  const auto body = body_within(parts, r.body);
  if (!body) co_return response::problem(422, "cannot be opened", body.error().what);
  auto received_at = parts.clock.now();
  if (const auto given = hub::parse_rfc3339(query_of(r, "received_at"))) received_at = *given;
  auto events = of->normalize(*body, received_at);
  if (!events) co_return response::problem(422, "the parser refuses it", events.error().what, events.error().where);
  const auto trace = trace_of(r);
  for (auto& e : *events) e.trace = trace;
  co_return response::json(200, json_list(*events));
}

answer register_webhook(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  std::string refused;
  try {
    const auto lines = co_await of->register_webhook(parts.http);
    hub::log::info("a webhook was registered", {{"channel", of->context().channel}, {"account", of->context().account}});
    boost::json::object made;
    boost::json::array list;
    for (const auto& line : lines) list.emplace_back(line);
    made["lines"] = std::move(list);
    co_return response::json(200, boost::json::serialize(made));
  } catch (const hub::error& e) {
    refused = e.what();
  }
  co_return response::problem(502, "the platform did not take the webhook", refused);
}

answer inspect_webhook(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  webhook_report told;
  try {
    told = co_await of->inspect_webhook(parts.http);
  } catch (const hub::error& e) {
    told.state = webhook_state::unknown;
    told.why = e.what();
  }
  boost::json::object made;
  made["state"] = hub::name_of(told.state);
  made["wanted"] = told.wanted;
  made["found"] = told.found;
  made["why"] = told.why;
  if (told.pending) made["pending"] = *told.pending;
  if (told.last_error_at) made["last_error_at"] = hub::to_rfc3339(*told.last_error_at);
  made["last_error"] = told.last_error;
  boost::json::array findings;
  for (const auto& one : told.findings) findings.emplace_back(one);
  made["findings"] = std::move(findings);
  co_return response::json(200, boost::json::serialize(made));
}

answer call_back(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  const auto parsed = hub::message::parse_json(r.body);
  if (!parsed) co_return response::problem(400, "not JSON", parsed.error().what);
  auto asked = hub::message::from_json<hub::message::call_back_asked>(*parsed, hub::message::unknown_members::refuse);
  if (!asked) co_return response::problem(400, "not a call back", asked.error().what, asked.error().where);
  const auto told = co_await of->call_back(parts.http, std::move(*asked));
  hub::log::info(
      "a call back was asked for",
      {{"channel", of->context().channel}, {"account", of->context().account}, {"state", std::string(hub::name_of(told.state))}});
  co_return response::json(200, hub::message::to_json(told));
}

answer templates(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  const auto told = co_await of->list_templates(parts.http);
  co_return response::json(200, hub::message::to_json(told));
}

answer order(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  const auto parsed = hub::message::parse_json(r.body);
  if (!parsed) co_return response::problem(400, "not JSON", parsed.error().what);
  auto asked = hub::message::from_json<hub::message::order_asked>(*parsed, hub::message::unknown_members::refuse);
  if (!asked) co_return response::problem(400, "not an order", asked.error().what, asked.error().where);
  const auto told = co_await of->keep_order(std::move(*asked));
  co_return response::json(200, hub::message::to_json(told));
}

answer rehearse(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  const auto events = co_await of->rehearse(std::move(r.body));
  if (!events) co_return response::problem(422, "the parser refuses it", events.error().what, events.error().where);
  co_return response::json(200, json_list(*events));
}

answer send(const internal_parts& parts, request r) {
  auto* const of = asked_for(parts, r);
  if (!of) co_return no_such_account();
  co_return co_await parts.sends.ask(*of, std::move(r));
}

answer judge(const internal_parts& parts, request r) {
  if (!asked_for(parts, r)) co_return no_such_account();
  const auto result = co_await parts.accounts.judge_again(query_of(r, "channel"), query_of(r, "account"));
  boost::json::object made;
  made["accepted"] = result.accepted;
  made["refused"] = result.refused;
  made["failed"] = result.failed;
  co_return response::json(200, boost::json::serialize(made));
}

answer list_connectors(const internal_parts& parts, request) {
  boost::json::array list;
  for (const auto& [channel, accounts] : parts.accounts.accounts())
    for (const auto& [name, one] : accounts) {
      boost::json::object entry;
      entry["channel"] = channel;
      entry["account"] = name;
      entry["events"] = one.events;
      if (one.last_event)
        entry["last_event_at"] = hub::to_rfc3339(*one.last_event);
      else
        entry["last_event_at"] = nullptr;
      entry["trouble"] = one.trouble;
      const auto* const of = parts.accounts.find(channel, name);
      entry["public_url"] = of ? of->context().public_url : std::string();
      list.push_back(std::move(entry));
    }
  boost::json::object made;
  made["mode"] = parts.events.is_spooling() ? "spool" : "direct";
  boost::json::object spooled;
  spooled["pending"] = parts.files.pending();
  spooled["bytes"] = parts.files.bytes();
  spooled["oldest_seconds"] = parts.files.oldest().count() / 1000;
  spooled["writable"] = parts.files.is_writable();
  made["spool"] = std::move(spooled);
  made["connectors"] = std::move(list);
  co_return response::json(200, boost::json::serialize(made));
}

answer unauthorized() {
  auto r = response::problem(401, "Unauthorized");
  r.head.set("WWW-Authenticate", "Bearer");
  co_return r;
}

}  // namespace

void add_internal_routes(hub::http::router& to, const internal_parts& parts) {
  using endpoint = answer (*)(const internal_parts&, request);
  const auto add = [&](const char* method, const char* pattern, endpoint call, hub::byte_count body) {
    hub::http::route r;
    r.method = method;
    r.pattern = pattern;
    r.limits.body = body;
    // Not a coroutine itself: the call's own frame holds what it needs.
    r.handle = [&parts, call](request asked) {
      return may_ask(asked, parts.token) ? call(parts, std::move(asked)) : unauthorized();
    };
    to.add(std::move(r));
  };
  using namespace hub;
  add("GET", "/internal/media", media, 1_KiB);
  add("DELETE", "/internal/media", forget_media, 1_KiB);
  add("POST", "/internal/normalize", normalize, 2_MiB);
  add("POST", "/internal/register", register_webhook, 1_KiB);
  add("GET", "/internal/webhook", inspect_webhook, 1_KiB);
  add("POST", "/internal/send", send, 1_MiB);
  add("POST", "/internal/call-back", call_back, 4_KiB);
  add("GET", "/internal/templates", templates, 1_KiB);
  add("POST", "/internal/order", order, 64_KiB);
  add("POST", "/internal/rehearse", rehearse, 64_MiB);
  add("POST", "/internal/judge", judge, 1_KiB);
  add("GET", "/internal/connectors", list_connectors, 1_KiB);
}

}  // namespace connectors
