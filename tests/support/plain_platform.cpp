#include "tests/support/plain_platform.hpp"

#include "hub/message/json.hpp"
#include "hub/message/sending.hpp"
#include "tests/support/servers.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include <sys/socket.h>

#include <list>
#include <thread>

namespace test_support {

namespace asio = boost::asio;
using asio::ip::tcp;

struct plain_platform::state {
  std::uint16_t port = free_port();
  mutable std::mutex mutex;
  std::function<conduct(const given_message&)> how = [](const given_message&) { return conduct::answers; };
  std::vector<given_message> taken;
  std::atomic<std::size_t> requests{0}, limited{0}, ids{0};
  asio::io_context loop;
  std::unique_ptr<tcp::acceptor> acceptor;
  std::list<std::shared_ptr<tcp::socket>> sockets;
  std::vector<std::jthread> threads;
  std::atomic<bool> stopping{false};

  conduct ask(const given_message& what) {
    std::unique_lock lock(mutex);
    const auto asked = how;
    lock.unlock();
    return asked(what);
  }
  void keep(const given_message& what) {
    const std::lock_guard lock(mutex);
    taken.push_back(what);
  }
  void serve(tcp::socket& with, std::uint32_t retry_after_ms);
  bool exchange(tcp::socket& with, asio::streambuf& buffer, std::uint32_t retry_after_ms);
};

namespace {

std::size_t length_in(const std::string& head) {
  const std::string name = "ontent-Length: ";
  const auto at = head.find(name);
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + name.size()));
}

given_message message_in(const std::string& body) {
  given_message made;
  const auto parsed = hub::message::parse_json(body);
  if (!parsed) return made;
  const auto asked = hub::message::from_json<hub::message::send_asked>(*parsed);
  if (!asked) return made;
  made.outbox_id = asked->outbox_id;
  made.attempt = asked->attempt;
  made.conversation = asked->conversation;
  made.text = asked->text;
  return made;
}

void answer(tcp::socket& with, const std::string& status, const std::string& body) {
  boost::system::error_code gone;
  asio::write(with,
              asio::buffer("HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\nContent-Length: " +
                           std::to_string(body.size()) + "\r\n\r\n" + body),
              gone);
}

}  // namespace

/// False when the connection is over.
bool plain_platform::state::exchange(tcp::socket& with, asio::streambuf& buffer, std::uint32_t retry_after_ms) {
  boost::system::error_code failed;
  const auto head_size = asio::read_until(with, buffer, "\r\n\r\n", failed);
  if (failed) return false;
  std::string head(asio::buffers_begin(buffer.data()),
                   asio::buffers_begin(buffer.data()) + static_cast<std::ptrdiff_t>(head_size));
  buffer.consume(head_size);
  const auto length = length_in(head);
  if (buffer.size() < length) asio::read(with, buffer, asio::transfer_exactly(length - buffer.size()), failed);
  if (failed) return false;
  const std::string body(asio::buffers_begin(buffer.data()),
                         asio::buffers_begin(buffer.data()) + static_cast<std::ptrdiff_t>(length));
  buffer.consume(length);
  const auto what = message_in(body);
  ++requests;
  switch (ask(what)) {
    case conduct::answers:
      keep(what);
      answer(with, "200 OK", "{\"id\":\"p" + std::to_string(++ids) + "-" + std::to_string(what.outbox_id) + "\"}");
      return true;
    case conduct::closes_before_reading:
    case conduct::closes_in_the_middle: return false;
    case conduct::takes_and_closes: keep(what); return false;
    case conduct::takes_and_keeps_silent: {
      keep(what);
      char more = 0;
      asio::read(with, asio::buffer(&more, 1), failed);  // until the other side has enough
      return false;
    }
    case conduct::fails:
      keep(what);
      answer(with, "500 Internal Server Error", "{}");
      return true;
    case conduct::limits:
      ++limited;
      answer(with, "429 Too Many Requests", "{\"retry_after_ms\":" + std::to_string(retry_after_ms) + "}");
      return true;
    case conduct::refuses: answer(with, "400 Bad Request", "{}"); return true;
    case conduct::revokes: answer(with, "401 Unauthorized", "{}"); return true;
  }
  return false;
}

void plain_platform::state::serve(tcp::socket& with, std::uint32_t retry_after_ms) {
  asio::streambuf buffer;
  while (!stopping && exchange(with, buffer, retry_after_ms)) {
  }
  boost::system::error_code ignored;
  with.close(ignored);
}

plain_platform::plain_platform() : state_(std::make_shared<state>()) { open(); }

plain_platform::~plain_platform() { close(); }

std::string plain_platform::url() const { return "http://127.0.0.1:" + std::to_string(state_->port); }

void plain_platform::behave(std::function<conduct(const given_message&)> how) {
  const std::lock_guard lock(state_->mutex);
  state_->how = std::move(how);
}
void plain_platform::behave(conduct always) {
  behave([always](const given_message&) { return always; });
}

void plain_platform::open() {
  auto& s = *state_;
  s.stopping = false;
  s.acceptor = std::make_unique<tcp::acceptor>(s.loop, tcp::endpoint(asio::ip::address_v4::loopback(), s.port), true);
  s.threads.emplace_back([this, &s] {
    while (!s.stopping) {
      auto with = std::make_shared<tcp::socket>(s.loop);
      boost::system::error_code failed;
      s.acceptor->accept(*with, failed);
      if (failed || s.stopping) return;
      const std::lock_guard lock(s.mutex);
      s.sockets.push_back(with);
      s.threads.emplace_back([this, &s, with] { s.serve(*with, retry_after_ms); });
    }
  });
}

void plain_platform::close() {
  auto& s = *state_;
  s.stopping = true;
  ::shutdown(s.acceptor->native_handle(), SHUT_RDWR);
  std::vector<std::jthread> ending;
  {
    const std::lock_guard lock(s.mutex);
    for (const auto& one : s.sockets)
      if (one->is_open()) ::shutdown(one->native_handle(), SHUT_RDWR);
    ending.swap(s.threads);
  }
  ending.clear();  // joins
  s.acceptor.reset();
  s.sockets.clear();
}

std::vector<given_message> plain_platform::taken() const {
  const std::lock_guard lock(state_->mutex);
  return state_->taken;
}
std::size_t plain_platform::requests() const { return state_->requests; }
std::size_t plain_platform::limited() const { return state_->limited; }

}  // namespace test_support
