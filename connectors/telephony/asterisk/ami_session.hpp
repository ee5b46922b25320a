#pragma once
// One connection to Asterisk's Manager Interface: sign-in, what it tells, a question now and then whether it is still there, and
// what it is told to ring. After "AMI v2 Specification" and manager action pages Challenge, Login, Ping, Originate. Every wait
// has an end. Throws hub::error: transient for the network and silence, permanent with code "sign-in" when the PBX refuses us. No
// error text quotes what was sent. On the loop; one task.

#include "connectors/telephony/asterisk/ami.hpp"
#include "connectors/telephony/asterisk/settings.hpp"
#include "hub/async/task.hpp"
#include "hub/message/call_back.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace connectors::telephony::asterisk {

class ami_session {
 public:
  /// `with` outlives it.
  ami_session(hub::async::asio::any_io_executor on, const settings& with);

  /// Connects and signs in; `events` is what the PBX shall tell on this connection, `call` or `off`.
  hub::async::task<> open(std::string events = "call");
  /// The next events; waits for them.
  hub::async::task<std::vector<ami_event>> next();
  /// Rings `channel`, and connects whoever answers with `number`. Asked once; what went wrong is told, not thrown. Neither may
  /// hold the end of a line.
  hub::async::task<hub::message::call_back_told> ring(std::string channel, std::string number);
  /// Blocks that were too long to be read so far.
  std::size_t dropped() const { return stream_.dropped(); }

 private:
  hub::async::task<> connect();
  hub::async::task<> sign_in(std::string events);
  hub::async::task<> write(std::string text);
  hub::async::task<std::vector<ami_event>> read();
  /// The answer to what was asked last; events that come between are kept for next().
  hub::async::task<ami_event> answer_to(std::string action);

  const settings& with_;
  boost::asio::ip::tcp::socket socket_;
  ami_stream stream_;
  std::vector<ami_event> events_;
  std::array<char, 16384> buffer_{};
};

}  // namespace connectors::telephony::asterisk
