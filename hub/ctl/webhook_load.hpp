#pragma once
// Plays bodies through a webhook as a platform does: signed, over kept connections, at a steady rate that does not
// wait for slow answers, and again until 200. On the loop. Used by `hubctl simulate` and by tests.

#include "hub/async/task.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace hub::ctl {

struct load_options {
  std::string url;    ///< the whole webhook address
  std::string token;  ///< signs the bodies
  std::string signature_header = "X-Viber-Content-Signature";
  std::string signature_prefix;                                   ///< stands before the signature
  bool shows_token = false;                                       ///< the header holds the token itself
  double rate = 0;                                                ///< bodies per second; 0: as fast as the answers come
  unsigned connections = 8;                                       ///< at most this many under way
  std::chrono::milliseconds patience = std::chrono::seconds(60);  ///< how long one body is repeated
};

struct load_report {
  std::size_t sent = 0;      ///< bodies played, repetitions of a failed one not counted
  std::size_t accepted = 0;  ///< answered 200, at once or later
  std::size_t retried = 0;   ///< further attempts
  double seconds = 0;
  std::string first_failure;  ///< what the first failed attempt got
  /// From the moment a body was due to its 200, sorted; a late start counts, so a stall is not hidden.
  std::vector<std::chrono::microseconds> latencies;

  std::chrono::microseconds percentile(double share) const;
};

/// Plays `body(order[i])` for each i; bodies are written when they are due.
async::task<load_report> play_load(boost::asio::io_context& loop, std::function<std::string(std::size_t)> body,
                                   const std::vector<std::size_t>& order, load_options options);

}  // namespace hub::ctl
