#pragma once
// The platform that plain_connector sends to: one listener on loopback that records every message it was given, answers with an
// id of its own, and misbehaves as it is told. It is the judge of what was sent how often and in which order. Any thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace test_support {

/// What the platform does with one request.
enum class conduct {
  answers,
  closes_before_reading,   ///< the request has left, nothing of it is read
  closes_in_the_middle,    ///< reads the head, closes: nothing is taken
  takes_and_closes,        ///< takes the message, answers nothing
  takes_and_keeps_silent,  ///< takes the message and keeps the connection open
  fails,                   ///< takes the message, answers 500
  limits,                  ///< 429 with retry_after_ms
  refuses,                 ///< 400
  revokes,                 ///< 401
};

struct given_message {
  std::uint64_t outbox_id = 0;
  std::uint32_t attempt = 0;
  std::string conversation, text;
};

class plain_platform {
 public:
  plain_platform();
  ~plain_platform();

  std::string url() const;
  /// Asked for each request, with the message where it was read; `answers` without one.
  void behave(std::function<conduct(const given_message&)> how);
  void behave(conduct always);
  std::uint32_t retry_after_ms = 300;
  /// Refuses connections until it is opened again, on the same port.
  void close();
  void open();

  /// Messages it took, in the order in which it took them.
  std::vector<given_message> taken() const;
  std::size_t requests() const;
  std::size_t limited() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace test_support
