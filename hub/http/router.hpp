#pragma once
// Which handler answers a method and a path. Built before the server starts, then read-only.

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
  std::string pattern;  ///< "/webhooks/viber/{account}"
  handler handle;
  route_limits limits{};
};

class router {
 public:
  void add(route r);

  struct found {
    const route* match = nullptr;              ///< null: 404, or 405 when `allowed` is not empty
    std::map<std::string, std::string> params;
    std::string allowed;                       ///< methods that this path does take, for the Allow header
  };
  found find(std::string_view method, std::string_view path) const;
  const std::vector<route>& routes() const { return routes_; }

 private:
  std::vector<route> routes_;
};

/// /livez, /readyz, /metrics, /version for an admin port. `ready` says why not ready, empty when ready.
void add_admin_routes(router& to, std::function<std::string()> ready);

}  // namespace hub::http
