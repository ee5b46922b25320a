// GET /: the console, from the program itself. Its names carry their hash and are kept for a year; the page that names them is
// asked for anew each time. Nothing in it comes from a stranger; what strangers wrote is fetched as JSON and set as text.

#include "hub/api/embedded.hpp"
#include "hub/api/routes.hpp"
#include "hub/base/crypto.hpp"
#include "hub/http/gzip.hpp"

namespace hub::api {

namespace {

constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; connect-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

void put_bytes(http::response& answer, const std::string& name, const http::request& from) {
  answer.head.set("Vary", "Accept-Encoding");
  if (http::takes_gzip(from)) {
    answer.head.set("Content-Encoding", "gzip");
    answer.body = embedded(name + ".gz");
  } else {
    answer.body = embedded(name);
  }
}

async::task<http::response> page(visitor, http::request from) {
  static const auto etag = "W/\"" + to_hex(sha256(embedded("index.html"))).substr(0, 32) + "\"";
  http::response answer;
  answer.head.set("Content-Type", "text/html; charset=utf-8");
  answer.head.set("Content-Security-Policy", page_policy);
  answer.head.set("Cache-Control", "no-cache");
  answer.head.set("ETag", etag);
  answer.head.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  answer.head.set("X-Frame-Options", "DENY");
  answer.head.set("Cross-Origin-Opener-Policy", "same-origin");
  if (const auto* known = from.head.find("If-None-Match"); known && *known == etag)
    answer.status = 304;
  else
    put_bytes(answer, "index.html", from);
  co_return answer;
}

const char* type_of(std::string_view name) {
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return nullptr;
}

async::task<http::response> asset(visitor, http::request from) {
  const auto at = from.params.find("name");
  const auto name = at == from.params.end() ? std::string() : at->second;
  const auto* type = type_of(name);
  if (!type || embedded(name).empty()) co_return no_such("file");
  http::response answer;
  answer.head.set("Content-Type", type);
  answer.head.set("Cache-Control", "public, max-age=31536000, immutable");
  put_bytes(answer, name, from);
  co_return answer;
}

}  // namespace

void add_page(route_table& to) {
  to.add(route("GET", "/"), page_handler(page));
  to.add(route("GET", "/assets/{name}"), page_handler(asset));
}

}  // namespace hub::api
