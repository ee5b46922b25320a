#pragma once
// What other programs of the hub ask hub-connector for, on the admin port: media, parsing once more, registration, calls back,
// orders, the list of accounts. Every request shows the internal token. On the loop.

#include "connectors/host.hpp"
#include "connectors/media_shelf.hpp"
#include "connectors/sends.hpp"

namespace connectors {

struct internal_parts {
  host& accounts;
  intake& events;
  spool& files;
  media_shelf& media;
  connectors::sends& sends;
  hub::http::client& http;
  hub::secret token;  ///< empty: everything is refused
  hub::secret seal_key;
  const hub::clock& clock;
};

/// GET|DELETE /internal/media, POST /internal/normalize, POST /internal/register, GET /internal/webhook,
/// POST /internal/send, POST /internal/call-back, GET /internal/templates, POST /internal/order, POST /internal/judge, GET
/// /internal/connectors. `parts` lives as long as the router.
void add_internal_routes(hub::http::router& to, const internal_parts& parts);

}  // namespace connectors
