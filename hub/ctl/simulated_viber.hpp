#pragma once
// The platform on loopback: serves the pictures that simulated customers send, by link and by Telegram's getFile, and answers
// the methods of Viber's bot API that the hub calls, closely enough that nothing in the hub knows the difference (set
// connectors.viber.<account>.api_base to its url()/pa). Used by `hubctl simulate` and by tests. On the loop it is given.

#include "hub/async/task.hpp"
#include "hub/http/message.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hub::ctl {

struct platform_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;   ///< 0: a free one
  std::string token{};      ///< of the bot; requests with another one are refused with status 2
  bool receipts = true;     ///< what is sent to a customer is delivered and seen a little later
};

class simulated_viber {
 public:
  simulated_viber(boost::asio::io_context& loop, platform_options options);
  ~simulated_viber();

  void start();
  async::task<> stop();
  /// "http://127.0.0.1:<port>": the media_url of stories, and with "/pa" the connector's api_base.
  std::string url() const;

  /// Where callbacks go; set_webhook sets it too.
  void set_webhook(std::string url);
  const std::string& webhook() const;

  struct sent_message {
    std::uint64_t token = 0;
    std::string receiver;
    std::string type;
    std::string text;
    std::string tracking;
  };
  /// What the hub sent to customers, in order.
  const std::vector<sent_message>& sent() const;
  /// How many different pictures and papers were asked for.
  std::size_t media_served() const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace hub::ctl
