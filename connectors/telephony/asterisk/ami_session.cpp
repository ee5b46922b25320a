#include "connectors/telephony/asterisk/ami_session.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/call_back.hpp"
#include "hub/async/within.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace connectors::telephony::asterisk {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;
constexpr std::size_t most_waiting = 10'000;

}  // namespace

ami_session::ami_session(asio::any_io_executor on, const settings& with) : with_(with), socket_(std::move(on)) {}

hub::async::task<> ami_session::open(std::string events) {
  co_await hub::async::within(patience, connect());
  co_await hub::async::within(patience, sign_in(std::move(events)));
}

hub::async::task<> ami_session::connect() {
  tcp::resolver names(socket_.get_executor());
  const auto port = std::to_string(with_.ami_port);
  const auto found = co_await names.async_resolve(with_.ami_host, port, asio::use_awaitable);
  co_await asio::async_connect(socket_, found, asio::use_awaitable);
}

hub::async::task<> ami_session::write(std::string text) {
  const auto bytes = asio::buffer(text);
  co_await asio::async_write(socket_, bytes, asio::use_awaitable);
}

hub::async::task<std::vector<ami_event>> ami_session::read() {
  const auto into = asio::buffer(buffer_);
  const auto size = co_await socket_.async_read_some(into, asio::use_awaitable);
  auto blocks = stream_.put(std::string_view(buffer_.data(), size));
  co_return blocks;
}

hub::async::task<ami_event> ami_session::answer_to(std::string action) {
  co_await write(std::move(action));
  std::optional<ami_event> answer;
  while (!answer) {
    auto blocks = co_await read();
    for (auto& one : blocks) {
      if (!one.field("Response").empty())
        answer = std::move(one);
      else if (events_.size() < most_waiting)
        events_.push_back(std::move(one));
    }
  }
  co_return std::move(*answer);
}

hub::async::task<> ami_session::sign_in(std::string events) {
  std::string login = "Action: Login\r\nUsername: " + with_.user + "\r\n";
  if (with_.login == sign_in::md5) {
    std::string ask = "Action: Challenge\r\nAuthType: MD5\r\n\r\n";
    const auto challenge = co_await answer_to(std::move(ask));
    const std::string given(challenge.field("Challenge"));
    if (given.empty()) throw hub::error(hub::failure::permanent, "sign-in", "the PBX has no challenge for login: md5");
    login += "AuthType: MD5\r\nKey: " + hub::to_hex(hub::md5(given + with_.secret.reveal())) + "\r\n";
  } else {
    login += "Secret: " + with_.secret.reveal() + "\r\n";
  }
  login += "Events: " + events + "\r\n\r\n";
  const auto answer = co_await answer_to(std::move(login));
  if (answer.field("Response") != "Success")
    throw hub::error(hub::failure::permanent, "sign-in",
                     "the PBX refuses user and secret: " + scrubbed(answer.field("Message"), 100));
}

hub::async::task<std::vector<ami_event>> ami_session::next() {
  bool asked = false;
  while (events_.empty()) {
    std::vector<ami_event> blocks;
    bool silent = false;
    try {
      blocks = co_await hub::async::within(with_.ping_after, read());
    } catch (const hub::error& e) {
      if (e.code() != "timeout") throw;
      silent = true;
    }
    if (silent && asked) throw hub::error(hub::failure::transient, "silent", "the PBX does not answer any more");
    asked = silent;
    std::string ping = "Action: Ping\r\n\r\n";
    if (silent) co_await hub::async::within(patience, write(std::move(ping)));
    for (auto& one : blocks)
      if (!one.field("Event").empty()) events_.push_back(std::move(one));
  }
  co_return std::exchange(events_, {});
}

hub::async::task<call_back_told> ami_session::ring(std::string channel, std::string number) {
  // Async: the answer comes when it is queued, not when somebody picks up.
  std::string action = "Action: Originate\r\nChannel: " + channel + "\r\nContext: " + with_.dial_context +
                       "\r\nExten: " + number + "\r\nPriority: 1\r\nAsync: true\r\n\r\n";
  ami_event answer;
  std::string lost;
  try {
    answer = co_await hub::async::within(patience, answer_to(std::move(action)));
  } catch (const std::exception&) {
    const auto failed = hub::classify(std::current_exception());
    if (failed.kind == hub::failure::cancelled) throw;
    lost = failed.code;
  }
  call_back_told told;
  if (!lost.empty()) {
    told.state = call_back_state::unknown;
    told.why = "the PBX did not answer (" + lost + "); the call may come all the same";
  } else if (answer.field("Response") != "Success") {
    told.state = call_back_state::refused;
    told.why = "the PBX refused: " + scrubbed(answer.field("Message"), 100);
  } else {
    told.state = call_back_state::placed;
  }
  co_return told;
}

}  // namespace connectors::telephony::asterisk
