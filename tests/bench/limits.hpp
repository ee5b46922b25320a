#pragma once
// The limits that the whole path is held against, each part alone and with the same callbacks: the HTTP server with a
// handler that only answers, confirmed publishing, the ingest transactions. Blocking; failures are hub::error.

#include "tests/bench/measure.hpp"
#include "tests/bench/subject.hpp"

#include <string>

namespace bench {

struct limit {
  std::string name;
  double rate = 0;  ///< requests, confirmed events or committed rows a second
  percentiles latency;  ///< of a request, or of a transaction
  double cpu = 0;       ///< CPU seconds per 1,000, of everything that took part
};

/// 200 to everything, from the same generator in a closed loop.
limit http_alone(const subject& hub, double seconds);
/// hub/amqp/publisher with `batch_events` events in a delivery at most, 1,000 events on their way, nobody consuming.
limit publish_alone(subject& hub, double seconds, std::uint32_t shards, std::size_t batch_events);
/// workers/ingest with prepared batches of 200 from known customers, on so many connections at once.
limit sql_alone(subject& hub, double seconds, std::uint32_t connections, std::size_t customers);

}  // namespace bench
