#pragma once
// A platform that messages are sent to: one listener on loopback that records every message it was given, answers with an
// id of its own, and misbehaves as it is told. It is the judge of what was sent how often and in which order. It speaks what it
// is spoken to: plain_connector's own language, Viber's REST Bot API (below /pa), WhatsApp's Cloud API, or Telegram's Bot API
// (which does not say whose attempt it is). Any thread.

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
  closes_in_the_middle,    ///< resets the connection before the request's end: nothing is taken
  takes_and_closes,        ///< takes the message, answers nothing
  takes_and_keeps_silent,  ///< takes the message and keeps the connection open
  cuts_the_answer,         ///< takes the message, half of its answer arrives
  answers_and_closes,      ///< takes the message, and after its answer the connection is over
  fails,                   ///< takes the message, answers 500
  limits,                  ///< asks to wait: retry_after_ms, or what the platform of that name says
  refuses,                 ///< the message
  revokes,                 ///< the account
};

struct given_message {
  std::uint64_t outbox_id = 0;
  std::uint32_t attempt = 0;
  std::string recipient, text;  ///< of a text message: the first identity, receiver, recipient
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
  /// Asked for each new connection: true resets it before anything was read.
  void cut_connections(std::function<bool()> whether);
  /// Refuses connections until it is opened again, on the same port.
  void close();
  void open();

  /// Messages it took, in the order in which it took them.
  std::vector<given_message> taken() const;
  std::size_t requests() const;
  std::size_t limited() const;
  std::size_t unread() const;  ///< requests that were cut before they were read: nobody knows which they were

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace test_support
