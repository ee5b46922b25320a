#include "hub/http/router.hpp"

#include "hub/base/metrics.hpp"

namespace hub::http {

namespace {

async::task<response> live(request) { co_return response::text(200, "ok\n"); }

async::task<response> measure(request) {
  auto r = response::text(200, metrics::expose());
  r.head.list.front().second = "text/plain; version=0.0.4; charset=utf-8";
  co_return r;
}

async::task<response> version(request) {
  co_return response::json(
      200, R"({"name":"leadyard","version":")" LEADYARD_VERSION R"(","commit":")" LEADYARD_COMMIT "\"}");
}

async::task<response> tell_ready(const std::function<std::string()>& ready) {
  const auto why_not = ready();
  co_return why_not.empty() ? response::text(200, "ready\n") : response::text(503, why_not + "\n");
}

}  // namespace

void add_admin_routes(router& to, std::function<std::string()> ready) {
  to.add({"GET", "/livez", live});
  // The functor lives in the router, longer than any call of it.
  to.add({"GET", "/readyz", [ready = std::move(ready)](request) { return tell_ready(ready); }});
  to.add({"GET", "/metrics", measure});
  to.add({"GET", "/version", version});
}

}  // namespace hub::http
