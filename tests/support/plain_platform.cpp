#include "tests/support/plain_platform.hpp"

#include "hub/message/json.hpp"
#include "hub/message/sending.hpp"
#include "hub/message/tracking.hpp"
#include "tests/support/servers.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/object.hpp>

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
  std::function<bool()> cuts_connection = [] { return false; };
  std::atomic<std::size_t> requests{0}, limited{0}, unread{0}, ids{0};
  asio::io_context loop;
  std::unique_ptr<tcp::acceptor> acceptor;
  struct connection {
    tcp::socket socket;
    std::atomic<bool> over{false};
    std::jthread thread{};  ///< the last one: it is joined before the rest goes
    explicit connection(asio::io_context& on) : socket(on) {}
  };
  std::list<connection> connections;
  std::jthread accepting;
  std::atomic<bool> stopping{false};

  void accept_connections(std::uint32_t retry_after_ms);

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

enum class language { plain, viber, whatsapp, telegram };

language language_of(const std::string& head) {
  const auto path = head.substr(0, head.find("\r\n"));
  if (path.starts_with("POST /pa/send_message ")) return language::viber;
  if (path.starts_with("POST /bot")) return language::telegram;
  return path.starts_with("POST /v") && path.find("/messages ") != std::string::npos ? language::whatsapp : language::plain;
}

std::string member(const boost::json::object& in, std::string_view name) {
  const auto* found = in.if_contains(name);
  if (found && found->is_int64()) return std::to_string(found->as_int64());
  return found && found->is_string() ? std::string(found->as_string()) : std::string();
}

given_message message_in(language spoken, const std::string& body) {
  given_message made;
  const auto parsed = hub::message::parse_json(body);
  if (!parsed || !parsed->is_object()) return made;
  const auto& m = parsed->as_object();
  if (spoken == language::plain) {
    const auto asked = hub::message::from_json<hub::message::send_asked>(*parsed);
    if (asked) made = {asked->outbox_id, asked->attempt, asked->recipient.front().id, asked->text};
    return made;
  }
  if (spoken == language::telegram) {
    made.recipient = member(m, "chat_id");
    made.text = member(m, "text");
    return made;
  }
  const bool viber = spoken == language::viber;
  const auto tracked = hub::message::read_tracking(member(m, viber ? "tracking_data" : "biz_opaque_callback_data"));
  if (tracked) made = {tracked->outbox_id, tracked->attempt, member(m, viber ? "receiver" : "recipient"), ""};
  const auto* text = m.if_contains("text");
  if (viber)
    made.text = member(m, "text");
  else if (text && text->is_object())
    made.text = member(text->as_object(), "body");
  return made;
}

struct spoken_answer {
  std::string status, body, head{};
};

/// What it says to a message of that number, for the conducts that say something.
spoken_answer words_for(language spoken, conduct which, std::size_t number, std::uint64_t outbox_id, std::uint32_t retry_ms) {
  const auto viber = [](int code, const std::string& more = {}) {
    return R"({"status":)" + std::to_string(code) + R"(,"status_message":"as told")" + more + "}";
  };
  const auto whatsapp = [](int code) { return R"({"error":{"message":"as told","code":)" + std::to_string(code) + "}}"; };
  const auto telegram = [](int code, const std::string& more = {}) {
    return R"({"ok":false,"error_code":)" + std::to_string(code) + R"(,"description":"as told")" + more + "}";
  };
  const auto id = std::to_string(number);
  switch (which) {
    case conduct::fails: return {"500 Internal Server Error", "{}"};
    case conduct::limits:
      if (spoken == language::whatsapp) return {"400 Bad Request", whatsapp(131056)};
      if (spoken == language::viber) return {"429 Too Many Requests", "{}", "Retry-After: 1\r\n"};
      if (spoken == language::telegram) return {"429 Too Many Requests", telegram(429, R"(,"parameters":{"retry_after":1})")};
      return {"429 Too Many Requests", "{\"retry_after_ms\":" + std::to_string(retry_ms) + "}"};
    case conduct::refuses:
      if (spoken == language::viber) return {"200 OK", viber(3)};
      if (spoken == language::telegram) return {"400 Bad Request", telegram(400)};
      return {"400 Bad Request", spoken == language::whatsapp ? whatsapp(100) : "{}"};
    case conduct::revokes:
      if (spoken == language::viber) return {"200 OK", viber(2)};
      if (spoken == language::telegram) return {"401 Unauthorized", telegram(401)};
      return {"401 Unauthorized", spoken == language::whatsapp ? whatsapp(190) : "{}"};
    default: break;
  }
  if (spoken == language::viber) return {"200 OK", viber(0, R"(,"message_token":)" + id + R"(,"billing_status":1)")};
  if (spoken == language::whatsapp)
    return {"200 OK", R"({"messaging_product":"whatsapp","messages":[{"id":"wamid.)" + id + R"("}]})"};
  if (spoken == language::telegram) return {"200 OK", R"({"ok":true,"result":{"message_id":)" + id + R"(,"date":1795005660}})"};
  return {"200 OK", "{\"id\":\"p" + id + "-" + std::to_string(outbox_id) + "\"}"};
}

void say(tcp::socket& with, const spoken_answer& what, bool half = false) {
  auto all = "HTTP/1.1 " + what.status + "\r\nContent-Type: application/json\r\n" + what.head +
             "Content-Length: " + std::to_string(what.body.size()) + "\r\n\r\n" + what.body;
  if (half) all.resize(all.size() - what.body.size() / 2);
  boost::system::error_code gone;
  asio::write(with, asio::buffer(all), gone);
}

void reset(tcp::socket& with) {
  boost::system::error_code ignored;
  with.set_option(tcp::socket::linger(true, 0), ignored);
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
  const auto spoken = language_of(head);
  const auto what = message_in(spoken, body);
  ++requests;
  const auto which = ask(what);
  const auto words = words_for(spoken, which, ++ids, what.outbox_id, retry_after_ms);
  switch (which) {
    case conduct::answers:
      keep(what);
      say(with, words);
      return true;
    case conduct::answers_and_closes: {
      keep(what);
      say(with, words);
      with.shutdown(tcp::socket::shutdown_send, failed);
      // A kept connection that ends may hold the next request already: that one is cut, too.
      char more = 0;
      if (asio::read(with, asio::buffer(&more, 1), failed) > 0) ++unread;
      reset(with);
      return false;
    }
    case conduct::closes_in_the_middle: reset(with); return false;
    case conduct::takes_and_closes: keep(what); return false;
    case conduct::cuts_the_answer:
      keep(what);
      say(with, words, true);
      return false;
    case conduct::takes_and_keeps_silent: {
      keep(what);
      char more = 0;
      asio::read(with, asio::buffer(&more, 1), failed);  // until the other side has enough
      return false;
    }
    case conduct::fails: keep(what); break;
    case conduct::limits: ++limited; break;
    case conduct::refuses:
    case conduct::revokes: break;
  }
  say(with, words);
  return true;
}

void plain_platform::state::serve(tcp::socket& with, std::uint32_t retry_after_ms) {
  asio::streambuf buffer;
  while (!stopping && exchange(with, buffer, retry_after_ms)) {
  }
  boost::system::error_code ignored;
  with.close(ignored);
}

void plain_platform::state::accept_connections(std::uint32_t retry_after_ms) {
  while (!stopping) {
    tcp::socket with(loop);
    boost::system::error_code failed;
    acceptor->accept(with, failed);
    if (failed || stopping) return;
    const std::lock_guard lock(mutex);
    connections.remove_if([](const connection& c) { return c.over.load(); });
    if (cuts_connection()) {
      ++unread;
      reset(with);
      continue;
    }
    auto& one = connections.emplace_back(loop);
    one.socket = std::move(with);
    one.thread = std::jthread([this, &one, retry_after_ms] {
      serve(one.socket, retry_after_ms);
      one.over = true;
    });
  }
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

void plain_platform::cut_connections(std::function<bool()> whether) {
  const std::lock_guard lock(state_->mutex);
  state_->cuts_connection = std::move(whether);
}

void plain_platform::open() {
  auto& s = *state_;
  s.stopping = false;
  s.acceptor = std::make_unique<tcp::acceptor>(s.loop, tcp::endpoint(asio::ip::address_v4::loopback(), s.port), true);
  s.accepting = std::jthread([this, &s] { s.accept_connections(retry_after_ms); });
}

void plain_platform::close() {
  auto& s = *state_;
  s.stopping = true;
  ::shutdown(s.acceptor->native_handle(), SHUT_RDWR);
  s.accepting = {};
  for (auto& one : s.connections)
    if (!one.over) ::shutdown(one.socket.native_handle(), SHUT_RDWR);
  s.connections.clear();  // joins
  s.acceptor.reset();
}

std::vector<given_message> plain_platform::taken() const {
  const std::lock_guard lock(state_->mutex);
  return state_->taken;
}
std::size_t plain_platform::requests() const { return state_->requests; }
std::size_t plain_platform::limited() const { return state_->limited; }
std::size_t plain_platform::unread() const { return state_->unread; }

}  // namespace test_support
