#include "hub/http/client.hpp"

#include "hub/async/within.hpp"
#include "hub/http/client_link.hpp"
#include "hub/http/client_response.hpp"
#include "hub/http/text.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

namespace hub::http {

using steady = std::chrono::steady_clock;

namespace {

constexpr auto kept_for = std::chrono::seconds(4);  // servers close idle connections after 5 s and more
constexpr std::size_t kept_per_host = 32;

/// One fetch, from the caller's request to the answer.
struct exchange {
  outgoing request;
  destination to;
  std::string head;
  sent_state sent = sent_state::nothing;

  std::string key() const {
    return (to.tls ? "https " : "http ") + to.host + ' ' + std::to_string(to.port) +
           (request.public_addresses_only ? " public" : "");
  }
  bool repeatable() const { return request.method == "GET" || request.method == "HEAD"; }
};

bool is_ours(std::string_view name) {
  for (const auto ours : {"Host", "Content-Length", "Transfer-Encoding", "Connection", "Accept-Encoding"})
    if (same_name(name, ours)) return true;
  return false;
}

std::string make_head(const outgoing& request, const destination& to) {
  const auto refuse = [](const std::string& why) { throw error(failure::permanent, "request", why); };
  if (!is_token(request.method)) refuse("a method that is none");
  std::string head = request.method + " " + to.target + " HTTP/1.1\r\nHost: " + to.host_header + "\r\n";
  for (const auto& [name, value] : request.head.list) {
    if (!is_token(name)) refuse("a header name that is none");
    if (!is_header_value(value)) refuse("a control character in the value of " + name);
    if (!is_ours(name)) head += name + ": " + value + "\r\n";
  }
  if (!request.head.find("User-Agent")) head += "User-Agent: leadyard\r\n";
  if (!request.head.find("Accept")) head += "Accept: */*\r\n";
  // A compressed answer would defeat the cap on its size.
  head += "Accept-Encoding: identity\r\n";
  const bool carries = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (carries || !request.body.empty()) head += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return head + "\r\n";
}

/// Ends a body that comes slower than agreed, by cancelling the socket's read. Shared with its timer's callback,
/// which may already be on its way when the exchange ends.
struct speed_floor : std::enable_shared_from_this<speed_floor> {
  asio::steady_timer timer;
  link* on;
  std::uint64_t needed;  ///< bytes per window
  std::chrono::milliseconds window;
  std::uint64_t seen = 0;
  bool too_slow = false;

  speed_floor(asio::io_context& loop, link& l, const outgoing& r)
      : timer(loop),
        on(&l),
        needed(r.slowest_bytes_per_second * static_cast<std::uint64_t>(r.speed_window.count()) / 1000),
        window(r.speed_window) {}

  void start() {
    seen = 0;
    timer.expires_after(window);
    timer.async_wait([self = shared_from_this()](boost::system::error_code failed) {
      if (failed || !self->on) return;
      if (self->seen >= self->needed) return self->start();
      self->too_slow = true;
      boost::system::error_code ignored;
      self->on->socket.cancel(ignored);
    });
  }
  void stop() {
    on = nullptr;
    timer.cancel();
  }
};

/// Stops the floor however the exchange ends.
struct floor_guard {
  std::shared_ptr<speed_floor> of;
  explicit floor_guard(std::shared_ptr<speed_floor> f) : of(std::move(f)) {}
  ~floor_guard() {
    if (of) of->stop();
  }
  floor_guard(const floor_guard&) = delete;
  floor_guard& operator=(const floor_guard&) = delete;
};

}  // namespace

struct client::state : std::enable_shared_from_this<client::state> {
  asio::io_context& loop;
  std::shared_ptr<resolver> names;
  std::shared_ptr<asio::ssl::context> trust;
  std::map<std::string, std::vector<std::unique_ptr<link>>> kept;
  asio::steady_timer sweep;
  bool sweeping = false;

  explicit state(asio::io_context& l) : loop(l), names(std::make_shared<resolver>(l)), sweep(l) {}

  std::shared_ptr<asio::ssl::context> certificates();
  std::unique_ptr<link> take(const std::string& key);
  void keep(const std::string& key, std::unique_ptr<link> l);
  void arm_sweep();

  async::task<incoming> run(std::shared_ptr<exchange> job);
  async::task<std::unique_ptr<link>> open(std::shared_ptr<exchange> job);
  /// Nothing when the connection had been closed before it carried anything of this exchange.
  async::task<std::optional<incoming>> talk(link& on, exchange& job, bool& reusable);
  async::task<boost::system::error_code> send(link& on, exchange& job);
};

std::shared_ptr<asio::ssl::context> client::state::certificates() {
  if (!trust) {
    // Reading the system's store takes a while: once, and only for those who need it.
    trust = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    trust->set_options(asio::ssl::context::no_sslv2 | asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1);
    trust->set_default_verify_paths();
    trust->set_verify_mode(asio::ssl::verify_peer);
  }
  return trust;
}

std::unique_ptr<link> client::state::take(const std::string& key) {
  const auto at = kept.find(key);
  while (at != kept.end() && !at->second.empty()) {
    auto newest = std::move(at->second.back());
    at->second.pop_back();
    if (newest->idle_until > steady::now() && newest->usable()) return newest;
  }
  return nullptr;
}

void client::state::keep(const std::string& key, std::unique_ptr<link> l) {
  if (!names) return;  // the client has gone
  auto& list = kept[key];
  if (list.size() >= kept_per_host) return;
  l->idle_until = steady::now() + kept_for;
  list.push_back(std::move(l));
  if (!sweeping) arm_sweep();
}

void client::state::arm_sweep() {
  sweeping = true;
  sweep.expires_after(kept_for);
  sweep.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
    const auto self = weak.lock();
    if (failed || !self) return;
    const auto now = steady::now();
    for (auto& [key, list] : self->kept) std::erase_if(list, [&](const auto& l) { return l->idle_until <= now; });
    std::erase_if(self->kept, [](const auto& entry) { return entry.second.empty(); });
    self->sweeping = false;
    if (!self->kept.empty()) self->arm_sweep();
  });
}

async::task<std::unique_ptr<link>> client::state::open(std::shared_ptr<exchange> job) {
  if (!names) throw error(failure::cancelled, "stopping", "the client is gone");
  const auto limit = job->request.connect_time;
  auto secured = job->to.tls ? certificates() : nullptr;
  auto opening = open_link(loop, names, secured, job->to, job->request.public_addresses_only, limit);
  auto limited = async::within(limit, std::move(opening));
  co_return co_await std::move(limited);
}

async::task<incoming> client::state::run(std::shared_ptr<exchange> job) {
  const auto self = shared_from_this();
  const auto key = job->key();
  auto on = take(key);
  if (on) {
    bool reusable = false;
    auto answer = co_await talk(*on, *job, reusable);
    if (answer) {
      if (reusable) keep(key, std::move(on));
      co_return std::move(*answer);
    }
    if (!job->repeatable() && job->sent != sent_state::nothing)
      throw error(failure::transient, "closed", "the kept connection was closed before an answer");
    job->sent = sent_state::nothing;
  }
  on = co_await open(job);
  bool reusable = false;
  auto answer = co_await talk(*on, *job, reusable);
  if (!answer) throw error(failure::transient, "closed", "closed without an answer");
  if (reusable) keep(key, std::move(on));
  co_return std::move(*answer);
}

async::task<boost::system::error_code> client::state::send(link& on, exchange& job) {
  const auto& head = job.head;
  const auto& body = job.request.body;
  const auto total = head.size() + body.size();
  boost::system::error_code failed;
  // What TLS has taken may be on the wire even when the call fails.
  if (on.tls) job.sent = sent_state::part;
  for (std::size_t written = 0; written < total && !failed;) {
    const auto of_head = std::min(written, head.size());
    const std::array<asio::const_buffer, 2> left{asio::buffer(head) + of_head,
                                                 asio::buffer(body) + (written - of_head)};
    written += co_await on.write_some(left, failed);
    if (written > 0) job.sent = written < total ? sent_state::part : sent_state::all;
  }
  co_return failed;
}

async::task<std::optional<incoming>> client::state::talk(link& on, exchange& job, bool& reusable) {
  const auto unsent = co_await send(on, job);
  if (unsent == asio::error::operation_aborted) throw boost::system::system_error(unsent);
  // A server may answer and close while we still write (413): look for that answer before giving up.

  response_reader reader(job.request.method == "HEAD", job.request.max_body, job.request.on_bytes);
  const auto floor =
      job.request.slowest_bytes_per_second > 0 ? std::make_shared<speed_floor>(loop, on, job.request) : nullptr;
  const floor_guard ends(floor);
  std::string buffer(16 * 1024, '\0');
  std::size_t held = 0;
  bool any = false, measuring = false;
  while (!reader.done()) {
    if (held == buffer.size()) {
      if (held >= 128 * 1024) throw error(failure::transient, "answer", "a header that does not end");
      buffer.resize(buffer.size() * 2);
    }
    boost::system::error_code failed;
    const auto room = asio::buffer(buffer) + held;
    const auto n = co_await on.read_some(room, failed);
    any = any || n > 0;
    if (failed) {
      if (floor && floor->too_slow) throw error(failure::transient, "too slow", "the answer comes too slowly");
      if (failed == asio::error::operation_aborted) throw boost::system::system_error(failed);
      if (!any) co_return std::nullopt;
      // Only an orderly end may complete an answer without a length: anybody can cut a TCP connection.
      if (failed != asio::error::eof) throw error(failure::transient, "network", failed.message());
      reader.put_end();
      break;
    }
    if (floor) floor->seen += n;
    held += n;
    std::size_t taken = 0;
    while (taken < held && !reader.done()) {
      const auto step = reader.put({buffer.data() + taken, held - taken});
      if (step == 0) break;
      taken += step;
    }
    held -= taken;
    if (taken > 0 && held > 0) std::memmove(buffer.data(), buffer.data() + taken, held);
    if (floor && !measuring && reader.header_done() && !reader.done()) {
      measuring = true;
      floor->start();
    }
  }
  reusable = !unsent && held == 0 && reader.keep_alive() && on.socket.is_open();
  co_return std::move(reader.message());
}

client::client(asio::io_context& loop) : state_(std::make_shared<state>(loop)) {}

client::~client() {
  state_->kept.clear();
  state_->sweep.cancel();
  state_->names.reset();
}

async::task<incoming> client::fetch(outgoing request) {
  const auto s = state_;
  const auto job = std::make_shared<exchange>();
  job->request = std::move(request);
  std::exception_ptr failed;
  try {
    job->to = parse_destination(job->request.url);
    job->head = make_head(job->request, job->to);
    auto work = s->run(job);
    auto limited = async::within(job->request.total_time, std::move(work));
    co_return co_await std::move(limited);
  } catch (...) {
    failed = std::current_exception();
  }
  const auto why = classify(failed);
  throw exchange_error(why.kind, why.code, (job->to.host.empty() ? "" : job->to.host + ": ") + why.what, job->sent);
}

}  // namespace hub::http
