#include "hub/amqp/broker.hpp"

#include "hub/amqp/connection.hpp"
#include "hub/base/failure.hpp"

#include <amqp.h>

namespace hub::amqp {

std::string exchange_name(std::uint32_t shards) { return "hub.ingest." + std::to_string(shards); }

std::string queue_name(std::uint32_t shards, std::uint32_t shard) {
  return "q.ingest." + std::to_string(shards) + "." + std::to_string(shard);
}

std::string without_password(const std::string& url) {
  const auto scheme = url.find("://");
  const auto start = scheme == std::string::npos ? 0 : scheme + 3;
  // A password may hold an unescaped '/', so the last '@' decides.
  const auto at = url.rfind('@');
  if (at == std::string::npos || at < start) return url;
  const auto colon = url.find(':', start);
  if (colon == std::string::npos || colon > at) return url;
  return url.substr(0, colon + 1) + "***" + url.substr(at);
}

address parse_url(const std::string& url) {
  std::string scratch = url;  // the parser writes into it, and the parts point into it
  amqp_connection_info parts{};
  amqp_default_connection_info(&parts);
  if (amqp_parse_url(scratch.data(), &parts) != AMQP_STATUS_OK)
    throw error(failure::permanent, "broker url",
                "broker.url: expected amqp://user:password@host:port/vhost (" + without_password(url) + ")");
  return {parts.host, parts.port, parts.user, parts.password, parts.vhost, parts.ssl != 0};
}

}  // namespace hub::amqp
