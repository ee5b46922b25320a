#pragma once
// The sender pool of hub-worker: takes the oldest unfinished row of each conversation whose time has come, puts an attempt on
// record, asks hub-connector to send it, and writes what came of it. hub-connector sends an attempt once, however often it is
// asked, and tells what came of it in its answer and in an event; so an answer that was lost is asked for again, and a sender
// that died loses nothing. What nobody knows after a minute is unknown, and a person decides. One more thread tells our own
// people what they want to be told outside the console (notices.hpp), so that no reply waits for it.
//
// main builds it and calls start() and stop(); each sender is one thread with its own database connection and its own HTTP
// connection. Nothing is thrown after start(): database and connector may come and go.

#include "hub/base/secret.hpp"
#include "hub/db/connection.hpp"
#include "workers/sender/notices.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace workers::sender {

struct sender_options {
  hub::db::connect_options database;
  /// As media_options::connector_url.
  std::function<std::string()> connector_url;
  hub::secret internal_token;
  unsigned senders = 8;
  std::vector<std::string> resent;                                  ///< channels whose unknown messages are sent again
  notice_routes notices{};                                          ///< how our own people are told outside the console
  std::string process;                                              ///< who holds a lease: "host:pid"
  std::chrono::milliseconds idle = std::chrono::milliseconds(250);  ///< between two looks when there was nothing to do
  std::chrono::milliseconds lease = std::chrono::seconds(30);       ///< of a row that is not begun yet
  std::chrono::milliseconds good_for = std::chrono::seconds(25);    ///< an attempt must have left by then
  std::chrono::milliseconds answer = std::chrono::seconds(20);      ///< how long hub-connector is waited for
  std::chrono::milliseconds ask_again = std::chrono::seconds(30);   ///< age of an attempt whose answer is missing
  std::chrono::milliseconds silence = std::chrono::seconds(60);     ///< then it is unknown
  unsigned failures = 5;                                            ///< in a row, until an account is left alone
  std::chrono::milliseconds first_rest = std::chrono::seconds(5);   ///< of such an account, doubling
  std::chrono::milliseconds longest_rest = std::chrono::minutes(2);
};

class sender_pool {
 public:
  explicit sender_pool(sender_options options);
  ~sender_pool();  ///< stop(0)

  void start();
  /// Takes no more rows and gives those under way `patience` to be answered; the others are asked about after the restart.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(5));

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace workers::sender
