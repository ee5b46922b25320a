#pragma once
// Which handler answers a method and a path. Built before the server starts, then read-only.
//
// A pattern is segments: literal text, "{name}" for one whole segment that is not empty, and as the last one
// "{name*}" for whatever is left, slashes included, possibly nothing. Where several patterns match a path, the
// one whose first differing segment is literal wins, then "{name}", then "{name*}"; the order of add() is nothing.

#include "hub/http/message.hpp"

#include "hub/base/time.hpp"

#include <functional>
#include <string>
#include <vector>

namespace hub::http {

/// Runs on the loop; may suspend. What it throws becomes 500 (503 if transient), logged once with the route.
using handler = std::function<async::task<response>(request)>;

/// Bounds of one route, checked before and while the body is read.
struct route_limits {
  byte_count body = 256_KiB;
  std::chrono::milliseconds body_time = std::chrono::seconds(30);
};

struct route {
  std::string method;   ///< "GET", "POST"
  std::string pattern;  ///< "/webhooks/viber/{account}", "/console/{file*}"
  handler handle;
  route_limits limits{};
};

class router {
 public:
  /// Throws hub::error (permanent) for a malformed pattern and for the same method and path twice.
  void add(route r);

  struct found {
    const route* match = nullptr;  ///< null: 404, or 405 when `allowed` is not empty
    std::map<std::string, std::string> params;
    std::string allowed;  ///< methods that this path does take, for the Allow header
  };
  /// GET routes also answer HEAD. `path` is decoded and without query.
  found find(std::string_view method, std::string_view path) const;
  const std::vector<route>& routes() const { return routes_; }

 private:
  /// One pattern cut into segments, with the routes that have it.
  struct entry {
    struct segment {
      enum class kind { literal, one, rest } is = kind::literal;
      std::string text;
      auto operator<=>(const segment&) const = default;
    };
    std::vector<segment> segments;
    std::vector<std::size_t> routes;  ///< positions in routes_, so that a copied router is whole
  };
  static std::vector<entry::segment> cut(const std::string& pattern);
  static bool matches(const entry& e, std::string_view path, std::map<std::string, std::string>* params);

  std::vector<route> routes_;
  std::vector<entry> entries_;  ///< most specific first
};

/// /livez, /readyz, /metrics, /version for an admin port. `ready` says why not ready, empty when ready.
void add_admin_routes(router& to, std::function<std::string()> ready);

}  // namespace hub::http
