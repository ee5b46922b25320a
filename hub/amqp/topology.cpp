#include "hub/amqp/connection.hpp"
#include "hub/amqp/consumer.hpp"
#include "hub/amqp/table.hpp"
#include "hub/base/failure.hpp"

#include <amqp.h>

#include <array>

namespace hub::amqp {

namespace {

amqp_table_entry_t text(const char* name, const char* value) {
  amqp_table_entry_t entry{};
  entry.key = amqp_cstring_bytes(name);
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = amqp_cstring_bytes(value);
  return entry;
}

amqp_table_entry_t number(const char* name, std::int64_t value) {
  amqp_table_entry_t entry{};
  entry.key = amqp_cstring_bytes(name);
  entry.value.kind = AMQP_FIELD_KIND_I64;
  entry.value.value.i64 = value;
  return entry;
}

/// A queue or exchange of the same name with other arguments: events would go where nobody expects them.
void require_declared(connection& link, const char* doing, const std::string& name) {
  try {
    require_reply(link, doing);
  } catch (const error& e) {
    if (e.code() != "broker 406") throw;
    throw error(
        failure::permanent, e.code(),
        name + " exists on the broker with other arguments than this program declares; drain it and delete it: " + e.what());
  }
}

}  // namespace

void connection::declare_topology(std::uint32_t shards) {
  const auto exchange = exchange_name(shards);
  amqp_exchange_declare(state_, channel, amqp_cstring_bytes(exchange.c_str()), amqp_cstring_bytes("direct"), 0, 1, 0, 0,
                        amqp_empty_table);
  require_declared(*this, "declaring the exchange", exchange);

  // A quorum queue without a limit of its own puts what comes back at the tail, and newer brokers default to 20:
  // a crash loop would then throw away innocent neighbours.
  std::array arguments{text("x-queue-type", "quorum"), yes("x-single-active-consumer"), number("x-delivery-limit", 1'000'000)};
  const amqp_table_t table{static_cast<int>(arguments.size()), arguments.data()};
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    const auto queue = queue_name(shards, shard);
    const auto key = std::to_string(shard);
    amqp_queue_declare(state_, channel, amqp_cstring_bytes(queue.c_str()), 0, 1, 0, 0, table);
    require_declared(*this, "declaring a queue", queue);
    amqp_queue_bind(state_, channel, amqp_cstring_bytes(queue.c_str()), amqp_cstring_bytes(exchange.c_str()),
                    amqp_cstring_bytes(key.c_str()), amqp_empty_table);
    require_reply(*this, "binding a queue");
  }
  release();
}

std::uint32_t messages_ready(const broker_options& broker, std::uint32_t shards, std::uint32_t shard) {
  connection link(broker);
  const auto queue = queue_name(shards, shard);
  const auto* found = amqp_queue_declare(link.raw(), channel, amqp_cstring_bytes(queue.c_str()), 1, 1, 0, 0, amqp_empty_table);
  require_reply(link, "looking at a queue");
  const auto count = found->message_count;
  link.close_politely();
  return count;
}

std::vector<queue_state> look_at_queues(const broker_options& broker, std::uint32_t shards) {
  connection link(broker);
  std::vector<queue_state> all;
  for (std::uint32_t shard = 0; shard < shards; ++shard) {
    const auto queue = queue_name(shards, shard);
    const auto* found = amqp_queue_declare(link.raw(), channel, amqp_cstring_bytes(queue.c_str()), 1, 1, 0, 0, amqp_empty_table);
    require_reply(link, "looking at a queue");
    all.push_back({queue, found->message_count, found->consumer_count});
  }
  link.close_politely();
  return all;
}

}  // namespace hub::amqp
