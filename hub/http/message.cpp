#include "hub/http/message.hpp"

#include "hub/base/text.hpp"
#include "hub/http/text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace hub::http {

const std::string* headers::find(std::string_view name) const {
  for (const auto& [n, value] : list)
    if (same_name(n, name)) return &value;
  return nullptr;
}

std::size_t headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(list.begin(), list.end(), [&](const auto& h) { return same_name(h.first, name); }));
}

void headers::set(std::string name, std::string value) {
  std::erase_if(list, [&](const auto& h) { return same_name(h.first, name); });
  list.emplace_back(std::move(name), std::move(value));
}

response response::json(int status, std::string body) {
  response r;
  r.status = status;
  r.head.list.emplace_back("Content-Type", "application/json");
  r.body = std::move(body);
  return r;
}

response response::text(int status, std::string body) {
  response r;
  r.status = status;
  r.head.list.emplace_back("Content-Type", "text/plain; charset=utf-8");
  r.body = std::move(body);
  return r;
}

response response::problem(int status, std::string_view title, std::string_view detail, std::string_view field) {
  boost::json::object body;
  body["title"] = clean_text(title);
  body["status"] = status;
  if (!detail.empty()) body["detail"] = clean_text(detail);
  if (!field.empty()) body["field"] = clean_text(field);
  response r = json(status, boost::json::serialize(body));
  r.head.list.front().second = "application/problem+json";
  return r;
}

}  // namespace hub::http
