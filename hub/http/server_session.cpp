#include "hub/http/server_session.hpp"

#include "hub/async/within.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/http/server_answer.hpp"
#include "hub/http/server_input.hpp"
#include "hub/http/text.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace hub::http {

namespace {

constexpr std::size_t one_write = 16 * 1024;  ///< a body up to this size goes into one buffer with its header
constexpr std::size_t file_piece = 256 * 1024;
constexpr std::size_t most_discarded = 1 << 20;  ///< of what a refused client still sends
constexpr auto linger_time = std::chrono::milliseconds(1000);

template <class Stream>
class session final : public body_writer {
 public:
  session(server::state& s, connection& c, Stream& stream)
      : s_(s), c_(c), stream_(stream), peer_text_(c.peer.to_string()) {}

  async::task<> run() {
    for (bool first = true;; first = false) {
      reader_.reset();
      // The first request has header_time from the accept on, so that a silent stranger goes soon.
      if (!first && in_.empty()) c_.enter(phase::idle, steady::now() + s_.options.idle_time);
      if (in_.empty()) {
        if (s_.stopping) break;
        if (!co_await read_some()) co_return;
      }
      started_ = steady::now();
      c_.enter(phase::reading, started_ + s_.options.header_time);
      skip_blank_lines();
      if (!co_await read_head()) break;
      auto found = s_.routes.find(reader_.message().method, reader_.message().path);
      if (!found.match) {
        co_await refuse_route(found);
        break;
      }
      reader_.limit_body(found.match->limits.body.value);
      if (!co_await read_body(*found.match)) break;

      keep_ = reader_.keep_alive();
      old_ = reader_.http_1_0();
      request r = std::move(reader_.message());
      r.params = std::move(found.params);
      identify(r);
      headless_ = r.method == "HEAD";
      c_.enter(phase::handling, steady::time_point::max());
      response answer;
      std::exception_ptr failed;
      try {
        auto work = found.match->handle(std::move(r));
        answer = co_await std::move(work);
      } catch (...) {
        failed = std::current_exception();
      }
      if (failed) answer = explain(failed, *found.match);
      keep_ = keep_ && !s_.stopping;
      if (!co_await send(answer, *found.match) || !keep_) break;
    }
    co_await end();
  }

  /// body_writer: one chunk per write, so that an event is on its way when write() returns.
  async::task<> write(std::string_view bytes) override {
    if (bytes.empty()) co_return;
    c_.until = steady::now() + s_.options.idle_time;
    char size[24];
    const int digits = std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    // To HTTP/1.0 the bare bytes, ended by the close.
    std::array<asio::const_buffer, 3> parts{asio::const_buffer(size, old_ ? 0 : static_cast<std::size_t>(digits)),
                                            asio::const_buffer(bytes.data(), bytes.size()),
                                            asio::const_buffer("\r\n", old_ ? 0 : 2)};
    const bool gone = !co_await write_all(parts);
    c_.until = steady::time_point::max();
    if (gone) throw error(failure::cancelled, "client gone", "the client closed the connection");
  }

 private:
  static constexpr bool is_tls = !std::is_same_v<Stream, tcp_socket>;

  server::state& s_;
  connection& c_;
  Stream& stream_;
  const std::string peer_text_;
  request_reader reader_;
  input in_;
  std::string out_;
  steady::time_point started_{};
  bool keep_ = false, old_ = false, headless_ = false;

  async::task<bool> read_some() {
    boost::system::error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    const auto room = in_.room();
    const auto n = co_await stream_.async_read_some(room, token);
    in_.filled(n);
    co_return !failed;
  }

  template <class Buffers>
  async::task<bool> write_all(const Buffers& parts) {
    boost::system::error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    co_await asio::async_write(stream_, parts, token);
    co_return !failed;
  }

  void skip_blank_lines() {
    while (in_.view().starts_with("\r\n")) in_.consume(2);
  }

  async::task<bool> read_head() {
    for (;;) {
      in_.consume(reader_.put(in_.view()));
      if (reader_.refused()) break;
      if (reader_.header_done()) co_return true;
      if (!co_await read_some()) {
        co_await refuse(c_.expired ? refusal{408, "the header took too long"}
                                   : refusal{400, "the request ends in its header"});
        co_return false;
      }
      if (reader_.message().method.empty()) skip_blank_lines();
    }
    const auto why = *reader_.refused();
    co_await refuse(why);
    co_return false;
  }

  async::task<bool> read_body(const route& r) {
    if (!reader_.done() && !reader_.refused()) c_.enter(phase::reading, steady::now() + r.limits.body_time);
    if (reader_.expects_continue() && !reader_.refused() && !reader_.done() && in_.empty()) {
      const auto go_on = asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25);
      if (!co_await write_all(go_on)) co_return false;
    }
    while (!reader_.done() && !reader_.refused()) {
      if (!in_.empty()) {
        const auto taken = reader_.put(in_.view());
        in_.consume(taken);
        // A chunk's own header that fills the buffer is nobody's honest request.
        if (taken == 0 && in_.view().size() > header_limit) break;
        if (reader_.done() || reader_.refused()) continue;
      }
      if (!co_await read_some()) {
        if (c_.expired) {
          const refusal late{408, "the body took too long"};
          co_await refuse(late);
        }
        co_return false;
      }
    }
    if (reader_.done() && !reader_.refused()) co_return true;
    const auto why = reader_.refused().value_or(refusal{400, "malformed chunk"});
    co_await refuse(why);
    co_return false;
  }

  /// Answers what no handler sees; the connection closes, since where the next request begins is not certain.
  async::task<> refuse(refusal why) {
    response r = response::problem(why.status, reason(why.status), why.why);
    keep_ = false;
    headless_ = reader_.message().method == "HEAD";
    co_await send_plain(r);
  }

  async::task<> refuse_route(const router::found& found) {
    const int status = found.allowed.empty() ? 404 : 405;
    response r = response::problem(status, reason(status));
    if (!found.allowed.empty()) r.head.list.emplace_back("Allow", found.allowed);
    keep_ = false;
    headless_ = reader_.message().method == "HEAD";
    co_await send_plain(r);
  }

  void identify(request& r) const {
    r.peer = peer_text_;
    r.secure = is_tls;
    if (s_.trusted.empty()) return;
    const auto trusts = [&](const network& n) { return n.contains(c_.peer); };
    if (std::none_of(s_.trusted.begin(), s_.trusted.end(), trusts)) return;
    std::string path;
    for (const auto& [name, value] : r.head.list) {
      if (same_name(name, "X-Forwarded-For")) path += (path.empty() ? "" : ",") + value;
      // The nearest proxy writes last.
      if (same_name(name, "X-Forwarded-Proto"))
        r.secure = is_tls || same_name(value.substr(value.find_last_of(", ") + 1), "https");
    }
    r.peer = forwarded_peer(c_.peer, path, s_.trusted).to_string();
  }

  response explain(const std::exception_ptr& failed, const route& at) const {
    const auto why = classify(failed);
    const int status = why.kind == failure::permanent ? 500 : 503;
    // The pattern, not the path: a path may carry a provider's token.
    if (why.kind == failure::permanent) {
      log::error("handler failed", {{"server", s_.name}, {"route", at.pattern}, {"code", why.code}, {"why", why.what}});
    } else if (why.kind == failure::transient) {
      log::warn("handler failed", {{"server", s_.name}, {"route", at.pattern}, {"code", why.code}, {"why", why.what}});
    }
    return response::problem(status, reason(status));
  }

  void count(int status) {
    s_.answered[static_cast<std::size_t>(status / 100 - 1)]->Increment();
    s_.duration.Observe(std::chrono::duration<double>(steady::now() - started_).count());
  }

  async::task<bool> send(response& r, const route& at) {
    if (const auto wrong = find_flaw(r); !wrong.empty()) {
      log::error("answer refused", {{"server", s_.name}, {"route", at.pattern}, {"why", wrong}});
      r = response::problem(500, reason(500));
    }
    if (r.stream) co_return co_await send_stream(r, at);
    if (r.file) co_return co_await send_file(r, at);
    co_return co_await send_plain(r);
  }

  async::task<bool> send_plain(const response& r) {
    put_head(r, r.body.size());
    c_.enter(phase::writing, steady::now() + s_.options.idle_time);
    count(r.status);
    const bool without = headless_ || !may_have_body(r.status);
    if (without || r.body.size() <= one_write) {
      if (!without) out_ += r.body;
      const auto all = asio::buffer(out_);
      co_return co_await write_all(all);
    }
    const std::array<asio::const_buffer, 2> parts{asio::buffer(out_), asio::buffer(r.body)};
    co_return co_await write_all(parts);
  }

  void put_head(const response& r, std::optional<std::uint64_t> size) {
    out_.clear();
    append_head(out_, r, {.size = size, .keep = keep_, .old = old_, .date = s_.date_line()});
  }

  async::task<bool> send_file(response& r, const route& at) {
    std::exception_ptr failed;
    file_reader file;
    try {
      auto open = [&] { file.open(*r.file); };
      co_await async::on_thread(s_.files(), open);
    } catch (...) {
      failed = std::current_exception();
    }
    if (failed) {
      const auto broken = explain(failed, at);
      co_return co_await send_plain(broken);
    }
    put_head(r, r.file->size);
    c_.enter(phase::writing, steady::now() + s_.options.idle_time);
    count(r.status);
    const auto head = asio::buffer(out_);
    if (!co_await write_all(head)) co_return false;
    if (headless_) co_return true;
    std::string piece;
    try {
      while (file.left() > 0) {
        auto read = [&] { file.read(piece, file_piece); };
        co_await async::on_thread(s_.files(), read);
        c_.enter(phase::writing, steady::now() + s_.options.idle_time);
        const auto bytes = asio::buffer(piece);
        if (!co_await write_all(bytes)) co_return false;
      }
    } catch (...) {
      // The header has promised a size: only the close can tell that it does not come.
      explain(std::current_exception(), at);
      co_return false;
    }
    co_return true;
  }

  async::task<bool> send_stream(response& r, const route& at) {
    if (old_) keep_ = false;
    put_head(r, std::nullopt);
    c_.enter(phase::writing, steady::now() + s_.options.idle_time);
    count(r.status);
    const auto head = asio::buffer(out_);
    if (!co_await write_all(head)) co_return false;
    if (headless_) co_return true;
    c_.enter(phase::streaming, steady::time_point::max());
    const auto watched = watch_for_close();
    std::exception_ptr failed;
    if (s_.stopping) co_return false;
    try {
      // A coroutine of its own, so that a stop of the server or the client's going can end its waiting.
      auto work = r.stream(*this);
      auto token = asio::bind_cancellation_slot(c_.cancel_stream.slot(), asio::use_awaitable);
      co_await asio::co_spawn(s_.loop, std::move(work), token);
    } catch (...) {
      failed = std::current_exception();
    }
    *watched = false;
    boost::system::error_code ignored;
    c_.socket.cancel(ignored);
    c_.enter(phase::writing, steady::now() + s_.options.idle_time);
    if (failed) {
      explain(failed, at);
      co_return false;
    }
    if (old_) co_return true;
    const auto last = asio::buffer("0\r\n\r\n", 5);
    co_return co_await write_all(last);
  }

  /// Ends a waiting stream when the client has closed; without it, it would be found out at the next write only.
  std::shared_ptr<bool> watch_for_close() {
    auto watched = std::make_shared<bool>(true);
    c_.socket.async_wait(asio::ip::tcp::socket::wait_read, [this, watched](boost::system::error_code failed) {
      if (failed || !*watched) return;
      char byte = 0;
      boost::system::error_code closed;
      c_.socket.non_blocking(true, closed);
      const auto n = c_.socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, closed);
      if (n == 0 && closed != asio::error::would_block) c_.cancel_stream.emit(asio::cancellation_type::terminal);
    });
    return watched;
  }

  /// Closing with unread bytes would make the system send a reset, which may overtake the answer: say that we
  /// are done, then read what still comes for a moment.
  async::task<> end() {
    const auto time = std::min<std::chrono::milliseconds>(linger_time, s_.options.header_time);
    c_.enter(phase::writing, steady::now() + time);
    boost::system::error_code failed;
    if constexpr (is_tls) {
      auto token = asio::redirect_error(asio::use_awaitable, failed);
      co_await stream_.async_shutdown(token);
      failed = {};
    }
    c_.socket.shutdown(asio::ip::tcp::socket::shutdown_send, failed);
    std::array<char, 4096> scrap;
    const auto room = asio::buffer(scrap);
    for (std::size_t total = 0; !failed && !c_.expired && total < most_discarded;) {
      auto token = asio::redirect_error(asio::use_awaitable, failed);
      total += co_await c_.socket.async_read_some(room, token);
    }
  }
};

async::task<> run_tls(server::state& s, connection& c) {
  const auto context = s.tls->current();  // lives as long as the connection, whatever is loaded meanwhile
  asio::ssl::stream<tcp_socket&> stream(c.socket, *context);
  boost::system::error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  c.enter(phase::reading, steady::now() + s.options.header_time);
  co_await stream.async_handshake(asio::ssl::stream_base::server, token);
  if (failed) {
    log::debug("no TLS", {{"server", s.name}, {"why", failed.message()}});
    co_return;
  }
  c.enter(phase::idle, steady::now() + s.options.header_time);
  session<asio::ssl::stream<tcp_socket&>> of(s, c, stream);
  co_await of.run();
}

}  // namespace

async::task<> run_session(server::state& s, connection& c) {
  try {
    if (s.tls) {
      co_await run_tls(s, c);
    } else {
      session<tcp_socket> of(s, c, c.socket);
      co_await of.run();
    }
  } catch (...) {
    const auto why = classify(std::current_exception());
    if (why.kind != failure::cancelled)
      log::error("connection ended", {{"server", s.name}, {"code", why.code}, {"why", why.what}});
  }
}

}  // namespace hub::http
