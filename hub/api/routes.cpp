#include "hub/api/routes.hpp"

#include "hub/api/asked.hpp"
#include "hub/api/session.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/http/text.hpp"
#include "hub/media/thumbnails.hpp"

#include <algorithm>
#include <memory>

namespace hub::api {

namespace {

bool changes_something(const std::string& method) { return method != "GET" && method != "HEAD"; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return (x | 0x20) == (y | 0x20); });
}

void add_headers(http::response& to, bool secure) {
  // Scripts and styles are told apart by their declared type only, nothing of the API is kept by a browser or proxy,
  // and no other site may embed or read it. A handler that knows better has set its own.
  const auto unless_set = [&](const char* name, const char* value) {
    if (!to.head.find(name)) to.head.set(name, value);
  };
  unless_set("X-Content-Type-Options", "nosniff");
  unless_set("Cache-Control", "no-store");
  unless_set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  unless_set("Cross-Origin-Resource-Policy", "same-origin");
  unless_set("Referrer-Policy", "no-referrer");
  // Whoever has come over TLS once comes so always.
  if (secure) unless_set("Strict-Transport-Security", "max-age=31536000");
}

/// The handler's body is a coroutine of its own, so what it needs is passed, not captured.
async::task<http::response> guarded(const policy_row* row, services* with, const page_handler* handle, http::request from) {
  if (changes_something(from.method) && !has_bearer(from) && !is_same_origin(from))
    co_return http::response::problem(403, "Refused", "This request came from another site.");
  visitor who;
  if (!row->open) {
    auto found = co_await find_visitor(*with, from);
    if (!found) co_return http::response::problem(401, "Sign in first", "There is no session, or it has ended.");
    who = std::move(*found);
    who.access = row->of(who.role);
    if (who.access == access::none) co_return http::response::problem(403, "Not allowed", "Your role has no access to this.");
  }
  co_return co_await (*handle)(std::move(who), std::move(from));
}

async::task<http::response> answered(const policy_row* row, services* with, const page_handler* handle, http::request from) {
  const bool secure = from.secure;
  http::response answer;
  try {
    answer = co_await guarded(row, with, handle, std::move(from));
  } catch (const refusal& r) {
    answer = r.answer;
  }
  add_headers(answer, secure);
  co_return answer;
}

}  // namespace

std::optional<http::outgoing> connector_door::ask(std::string method, const std::string& path, const std::string& channel,
                                                  const std::string& account) const {
  const auto base = http ? base_url() : std::string();
  if (base.empty()) return std::nullopt;
  http::outgoing made;
  made.method = std::move(method);
  made.url = base + path + "?channel=" + http::percent_encode(channel) + "&account=" + http::percent_encode(account);
  made.head.set("Authorization", "Bearer " + token.reveal());
  return made;
}

services::services(const db::connect_options& database, std::size_t threads, const std::string& media_directory, const clock& at)
    : db(database, threads),
      verifying(2),
      time(at),
      media(media_directory),
      thumbnails(media::thumbnails_beside(media_directory)),
      shrinking(2),
      guard(at),
      live(database, at),
      nobodys_hash(hash_password(random_token())) {}

void route_table::add(const policy_row& row, page_handler handle) { add(row, std::move(handle), http::route_limits{}); }

void route_table::add(const policy_row& row, page_handler handle, http::route_limits limits) {
  auto kept = std::make_shared<page_handler>(std::move(handle));
  auto* with = &with_;
  http::route made;
  made.method = row.method;
  made.pattern = row.route;
  made.handle = [row = &row, with, kept](http::request from) { return answered(row, with, kept.get(), std::move(from)); };
  made.limits = limits;
  routes_.add(std::move(made));
}

void route_table::add(const policy_row& row, sql_handler handle) {
  auto* with = &with_;
  add(row, page_handler([with, handle](visitor who, http::request from) {
        return answer_in_transaction(with, handle, std::move(who), std::move(from));
      }));
}

http::router route_table::finish() {
  for (const auto& row : policy()) {
    bool handled = false;
    for (const auto& r : routes_.routes()) handled |= r.method == row.method && r.pattern == row.route;
    if (!handled)
      throw error(failure::permanent, "policy", "nothing handles " + std::string(row.method) + " " + std::string(row.route));
  }
  return std::move(routes_);
}

bool is_same_origin(const http::request& from) {
  for (const auto& [name, value] : from.head.list) {
    if (same_name(name, "Sec-Fetch-Site") && value != "same-origin") return false;
    if (same_name(name, "Origin")) {
      const auto* host = from.head.find("Host");
      if (!host || value != (from.secure ? "https://" : "http://") + *host) return false;
    }
  }
  return true;
}

std::string cookie(const http::request& from, std::string_view name) {
  for (const auto& [header, value] : from.head.list) {
    if (!same_name(header, "Cookie")) continue;
    for (const auto& part : split(value, ';')) {
      const auto pair = trim(part);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == name) return std::string(pair.substr(equals + 1));
    }
  }
  return {};
}

std::int64_t id_of(const http::request& from) {
  const auto at = from.params.find("id");
  const auto id = at == from.params.end() ? std::nullopt : whole_number<std::int64_t>(at->second);
  return id && *id > 0 ? *id : 0;
}

http::response no_such(std::string_view what) {
  return http::response::problem(404, "Not found", "There is no such " + std::string(what) + ", or it is not yours to see.");
}

http::router make_routes(services& with) {
  route_table table(with);
  add_session(table, with);
  add_leads(table);
  add_timeline(table);
  add_claim(table);
  add_lead_steps(table);
  add_lead_journal(table);
  add_lead_vehicles(table);
  add_lead_edit(table);
  add_messages(table);
  add_outbox(table);
  add_tasks(table);
  add_calls(table);
  add_call_back(table, with);
  add_call_reviews(table);
  add_crm(table);
  add_customers(table);
  add_merge(table);
  add_vehicles(table);
  add_conflicts(table);
  add_reports(table);
  add_staff(table);
  add_password_links(table, with);
  add_notice_choices(table, with);
  add_presence(table);
  add_pipelines(table);
  add_routing_rules(table);
  add_access_keys(table);
  add_events(table, with);
  add_inbox(table);
  add_search(table);
  add_erasure(table, with);
  add_media(table, with);
  add_thumbnails(table, with);
  add_media_shelf(table, with);
  add_saved_replies(table);
  add_templates(table, with);
  add_openapi(table);
  add_page(table);
  return table.finish();
}

}  // namespace hub::api
