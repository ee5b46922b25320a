// GET /: one page, its style and its script, from the program itself. Nothing in it comes from a stranger; what
// strangers wrote is fetched as JSON and set as text.

#include "hub/api/embedded.hpp"
#include "hub/api/routes.hpp"
#include "hub/base/crypto.hpp"

namespace hub::api {

namespace {

constexpr const char* page_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

struct page_file {
  const policy_row& row;
  std::string_view name;
  const char* type;
};
constexpr page_file files[] = {
    {route("GET", "/"), "index.html", "text/html; charset=utf-8"},
    {route("GET", "/page.css"), "page.css", "text/css; charset=utf-8"},
    {route("GET", "/page.js"), "page.js", "text/javascript; charset=utf-8"},
    {route("GET", "/icon.svg"), "icon.svg", "image/svg+xml"},
};

async::task<http::response> send(const page_file* file, std::string etag, http::request from) {
  http::response answer;
  answer.head.set("Content-Type", file->type);
  answer.head.set("Content-Security-Policy", page_policy);
  answer.head.set("Cache-Control", "no-cache");
  answer.head.set("ETag", etag);
  answer.head.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  answer.head.set("X-Frame-Options", "DENY");
  answer.head.set("Cross-Origin-Opener-Policy", "same-origin");
  if (const auto* known = from.head.find("If-None-Match"); known && *known == etag)
    answer.status = 304;
  else
    answer.body = embedded(file->name);
  co_return answer;
}

}  // namespace

void add_page(route_table& to) {
  for (const auto& file : files) {
    const auto etag = "\"" + to_hex(sha256(embedded(file.name))).substr(0, 32) + "\"";
    to.add(file.row, [&file, etag](visitor, http::request from) { return send(&file, etag, std::move(from)); });
  }
}

}  // namespace hub::api
