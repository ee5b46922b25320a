#pragma once
// Where the broker is and what stands on it. The topology is declared again on every connection, so a fresh
// broker needs no preparation: exchange hub.ingest.<count> (direct), queues q.ingest.<count>.<n> (quorum,
// durable, single active consumer, x-delivery-limit 1000000), bound by routing key "<n>".

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace hub::amqp {

struct broker_options {
  std::string url;  ///< amqp://user:password@host:port/vhost ; amqps:// for TLS with verification
  std::chrono::seconds heartbeat{60};
  std::chrono::milliseconds connect_time{5000};
  std::string client_name = {};  ///< shown in the broker's connection list
  std::string ca_file = {};      ///< amqps: trust these authorities (PEM) instead of the machine's
};

std::string exchange_name(std::uint32_t shards);
std::string queue_name(std::uint32_t shards, std::uint32_t shard);

/// "amqp://user:***@host:port/vhost": what a log may show.
std::string without_password(const std::string& url);

}  // namespace hub::amqp
