#include "hub/http/router.hpp"

#include "hub/base/failure.hpp"
#include "hub/http/text.hpp"

#include <algorithm>

namespace hub::http {

std::vector<router::entry::segment> router::cut(const std::string& pattern) {
  const auto refuse = [&](const char* why) {
    throw error(failure::permanent, "route", "route pattern '" + pattern + "': " + why);
  };
  if (!pattern.starts_with('/')) refuse("must begin with a slash");
  std::vector<entry::segment> segments;
  std::string_view left = std::string_view(pattern).substr(1);
  for (bool more = true; more;) {
    const auto slash = left.find('/');
    more = slash != std::string_view::npos;
    auto text = left.substr(0, slash);
    left.remove_prefix(more ? slash + 1 : left.size());
    auto is = entry::segment::kind::literal;
    if (text.starts_with('{') && text.ends_with('}') && text.size() > 2) {
      text = text.substr(1, text.size() - 2);
      is = entry::segment::kind::one;
      if (text.ends_with('*')) {
        if (more) refuse("only the last segment may take the rest of a path");
        text.remove_suffix(1);
        is = entry::segment::kind::rest;
      }
      if (!is_token(text)) refuse("a segment in braces needs a name");
    } else if (text.find_first_of("{}") != std::string_view::npos) {
      refuse("braces take a whole segment");
    }
    segments.push_back({is, std::string(text)});
  }
  return segments;
}

void router::add(route r) {
  if (!is_token(r.method)) throw error(failure::permanent, "route", "route method '" + r.method + "' is not a word");
  auto segments = cut(r.pattern);
  auto at = std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return e.segments == segments; });
  if (at == entries_.end()) {
    at = std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return segments < e.segments; });
    at = entries_.insert(at, entry{std::move(segments), {}});
  }
  for (const auto i : at->routes)
    if (routes_[i].method == r.method)
      throw error(failure::permanent, "route", "route " + r.method + " " + r.pattern + " is there twice");
  at->routes.push_back(routes_.size());
  routes_.push_back(std::move(r));
}

bool router::matches(const entry& e, std::string_view path, std::map<std::string, std::string>* params) {
  if (!path.starts_with('/')) return false;
  path.remove_prefix(1);
  for (std::size_t i = 0; i < e.segments.size(); ++i) {
    const auto& wanted = e.segments[i];
    if (wanted.is == entry::segment::kind::rest) {
      if (params) params->insert_or_assign(wanted.text, std::string(path));
      return true;
    }
    const auto slash = path.find('/');
    const bool last = i + 1 == e.segments.size();
    if (last != (slash == std::string_view::npos)) return false;
    const auto text = path.substr(0, slash);
    if (wanted.is == entry::segment::kind::literal ? text != wanted.text : text.empty()) return false;
    if (params && wanted.is == entry::segment::kind::one) params->insert_or_assign(wanted.text, std::string(text));
    if (!last) path.remove_prefix(slash + 1);
  }
  return true;
}

router::found router::find(std::string_view method, std::string_view path) const {
  found answer;
  const auto allow = [&](const std::string& name) {
    if (!answer.allowed.empty()) answer.allowed += ", ";
    answer.allowed += name;
  };
  const auto listed = [&](std::string_view name) {
    return (", " + answer.allowed + ",").find(", " + std::string(name) + ",") != std::string::npos;
  };
  for (const auto& e : entries_) {
    if (!matches(e, path, nullptr)) continue;
    for (const auto i : e.routes) {
      const auto& r = routes_[i];
      if (r.method == method || (method == "HEAD" && r.method == "GET")) {
        // An own HEAD route beats the GET route.
        if (!answer.match || r.method == method) answer.match = &r;
      }
    }
    if (answer.match) {
      matches(e, path, &answer.params);
      break;
    }
    for (const auto i : e.routes) {
      const auto& r = routes_[i];
      if (!listed(r.method)) allow(r.method);
      if (r.method == "GET" && !listed("HEAD")) allow("HEAD");
    }
  }
  if (answer.match) answer.allowed.clear();
  return answer;
}

}  // namespace hub::http
