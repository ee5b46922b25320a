// GET /api/v1/openapi.json: docs/openapi.yaml, the contract, as JSON.

#include "hub/api/openapi.hpp"
#include "config/node.hpp"
#include "hub/api/embedded.hpp"
#include "hub/api/routes.hpp"
#include "hub/base/failure.hpp"
#include "hub/message/json.hpp"

#include <memory>
#include <regex>

namespace hub::api {

namespace {

void append(std::string& out, const config::node& from) {
  using shape = config::node::shape;
  if (from.is == shape::map) {
    out += '{';
    for (std::size_t i = 0; i < from.members.size(); ++i) {
      if (i) out += ',';
      message::append_json_string(out, from.members[i].first);
      out += ':';
      append(out, from.members[i].second);
    }
    out += '}';
  } else if (from.is == shape::list) {
    out += '[';
    for (std::size_t i = 0; i < from.items.size(); ++i) {
      if (i) out += ',';
      append(out, from.items[i]);
    }
    out += ']';
  } else if (from.is == shape::null) {
    out += "null";
  } else {
    static const std::regex bare("true|false|-?(0|[1-9][0-9]*)(\\.[0-9]+)?");
    if (!from.quoted && std::regex_match(from.text, bare))
      out += from.text;
    else
      message::append_json_string(out, from.text);
  }
}

async::task<http::response> send(std::shared_ptr<const std::string> body) { co_return http::response::json(200, *body); }

}  // namespace

std::string openapi_json() {
  const auto read = config::parse_yaml(embedded("openapi.yaml"), "docs/openapi.yaml");
  if (!read.problems.empty()) throw error(failure::permanent, "openapi", to_text(read.problems));
  std::string out;
  append(out, read.root);
  return out;
}

void add_openapi(route_table& to) {
  const auto body = std::make_shared<const std::string>(openapi_json());
  to.add(route("GET", "/api/v1/openapi.json"), [body](visitor, http::request) { return send(body); });
}

}  // namespace hub::api
