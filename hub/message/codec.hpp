#pragma once
// Events on the broker: CloudEvents 1.0, structured JSON mode. One delivery carries one event
// (application/cloudevents+json) or several of one shard (application/cloudevents-batch+json); readers take
// both. Any thread.

#include "hub/message/canonical.hpp"
#include "hub/base/problem.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace hub::message {

inline constexpr std::string_view single_content_type = "application/cloudevents+json";
inline constexpr std::string_view batch_content_type = "application/cloudevents-batch+json";

/// One event as a CloudEvent.
std::string encode(const event& e);

/// Several encoded events as one batch body.
std::string join_batch(const std::vector<std::string_view>& encoded);

/// One element of a delivery: its own JSON text, its id as far as it could be read, and the event or why not.
struct decoded {
  std::string body;
  std::string key;
  result<event> value;
};

/// The elements of a delivery in order; a body that is not JSON at all is one failed element.
std::vector<decoded> decode(std::string_view body);

result<event> decode_one(const boost::json::value& value);

/// Which of `count` shards a conversation belongs to: FNV-1a (64 bit) of the key, modulo count. Stable for ever,
/// also for other programs that publish.
std::uint32_t shard_of(std::string_view conversation, std::uint32_t count);

}  // namespace hub::message
