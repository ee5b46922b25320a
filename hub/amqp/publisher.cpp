#include "hub/amqp/publisher.hpp"

#include "hub/amqp/connection.hpp"
#include "hub/amqp/outgoing.hpp"
#include "hub/base/backoff.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/message/codec.hpp"

#include <amqp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace hub::amqp {

namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Publications may wait for the window only up to this much memory.
constexpr std::size_t queued_bytes_limit = 32u << 20;
/// A broker that takes and never answers: the submitter has long given up, so free the window.
constexpr auto confirm_limit = 30s;
/// Frames read, or deliveries written, before the other side gets its turn.
constexpr int frames_per_pass = 4096, writes_per_pass = 64;
/// The thread looks at `incoming` by itself before it sleeps.
constexpr std::size_t awake = std::numeric_limits<std::size_t>::max();
/// An AMQP short string holds no more.
constexpr std::size_t longest_message_id = 255;

void wait_readable(int fd, std::chrono::microseconds most) {
  pollfd watched{fd, POLLIN, 0};
  ::poll(&watched, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(most).count()));
}

struct publisher_metrics {
  prometheus::Histogram& confirm_seconds =
      metrics::duration("hub_publish_confirm_seconds", "From writing a delivery to the broker's answer.");
  prometheus::Gauge& unconfirmed =
      metrics::gauge("hub_publish_unconfirmed", "Deliveries written and not answered by the broker.");
  prometheus::Counter& returned = metrics::counter("hub_publish_returned_total", "Publications that no queue took.");
  prometheus::Gauge& blocked =
      metrics::gauge("hub_broker_blocked", "1 while the broker refuses to read from the publisher (memory or disk alarm).");
  prometheus::Counter& reconnects =
      metrics::counter("hub_broker_reconnects_total", "Connections made again after one broke.", {{"role", "publisher"}});
};

}  // namespace

struct publisher::state {
  publisher_options options;
  std::function<void(std::vector<settlement>)> on_settled;
  publisher_metrics metric;
  const std::string batch_prefix;  ///< makes a batch's message_id unique over all processes

  // Shared with the submitters.
  socket_handle socket;
  const int wake_fd;
  std::atomic<bool> connected{false}, blocked{false}, stopping{false};
  std::atomic<std::size_t> waiting_events{0}, waiting_bytes{0};  ///< of `line`, as the thread saw it last
  std::mutex mutex;
  std::vector<publication> incoming;
  std::size_t incoming_bytes = 0;
  std::vector<settlement> refused;  ///< settled without having been tried
  std::size_t wake_at = awake;      ///< of `incoming`: while the thread sleeps, that many are worth waking it
  std::condition_variable finished_changed;
  bool finished = false;

  // The publisher's thread only.
  waiting_line line;
  confirm_window window;
  std::vector<settlement> settled;
  std::vector<double> seconds;
  std::uint64_t batches = 0;
  bool answered_once = false, connected_once = false;
  std::optional<std::size_t> returning;  ///< bytes still to come of a returned body; none outside of one
  bool return_announced = false;

  std::thread thread;

  state(publisher_options o, std::function<void(std::vector<settlement>)> f)
      : options(std::move(o)),
        on_settled(std::move(f)),
        batch_prefix("batch:" + to_hex(random_bytes(8)) + ":"),
        wake_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        line(options) {
    if (wake_fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~state() { ::close(wake_fd); }

  void wake() noexcept {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_fd, &one, sizeof one);
  }
  void clear_wake() noexcept {
    std::uint64_t count;
    [[maybe_unused]] const auto got = ::read(wake_fd, &count, sizeof count);
  }

  void submit(std::vector<publication> list);
  void run();
  std::unique_ptr<connection> connect();
  void serve(connection& link);
  void take_incoming();
  bool may_sleep(bool for_long);
  bool read_frames(connection& link);
  void on_method(const amqp_method_t& method);
  std::chrono::microseconds write_due(connection& link);
  void write_one(connection& link);
  void hand_over();
  void lose_everything();
};

// ---- the submitters' side --------------------------------------------------------------------------------

void publisher::state::submit(std::vector<publication> list) {
  if (list.empty()) return;
  bool call = false;
  {
    std::lock_guard lock(mutex);
    const bool none_refused = refused.empty();
    for (auto& p : list) {
      // While the broker reads, memory alone limits what may wait.
      const bool room =
          waiting_bytes + incoming_bytes < queued_bytes_limit && (!blocked || waiting_events + incoming.size() < options.window);
      if (!connected || stopping || !room) {
        refused.push_back({p.ticket, outcome::lost});
      } else if (p.shard >= options.shards) {
        refused.push_back({p.ticket, outcome::returned});
      } else if (p.body.size() > largest_body) {
        refused.push_back({p.ticket, outcome::nacked});  // the broker would close the channel on it, again and again
      } else {
        incoming_bytes += sizeof p + p.key.size() + p.body.size();
        incoming.push_back(std::move(p));
      }
    }
    call = incoming.size() >= wake_at || (none_refused && !refused.empty());
    // Once is enough: a stream of submitters would pay for a system call each.
    if (call) wake_at = awake;
  }
  if (call) wake();
}

// ---- the thread ------------------------------------------------------------------------------------------

void publisher::state::run() {
  backoff waits(50ms, 5s);
  while (!stopping) {
    if (const auto link = connect()) {
      if (connected_once) metric.reconnects.Increment();
      connected_once = true;
      answered_once = false;
      const auto began = steady_clock::now();
      serve(*link);
      // A connection that breaks as soon as it is used must not be made again at full speed.
      if (answered_once || steady_clock::now() - began > 5s) waits.reset();
    }
    lose_everything();
    const auto until = steady_clock::now() + waits.next();
    while (!stopping && steady_clock::now() < until) {
      wait_readable(wake_fd, std::chrono::ceil<std::chrono::microseconds>(until - steady_clock::now()));
      clear_wake();
      lose_everything();
    }
  }
  lose_everything();
  std::lock_guard lock(mutex);
  finished = true;
  finished_changed.notify_all();
}

/// Connecting may take its whole deadline; meanwhile this thread settles what is submitted.
std::unique_ptr<connection> publisher::state::connect() {
  std::unique_ptr<connection> made;
  std::exception_ptr failed;
  std::atomic<bool> done{false};
  std::thread attempt([&] {
    try {
      auto link = std::make_unique<connection>(options.broker, &socket);
      link->declare_topology(options.shards);
      amqp_confirm_select(link->raw(), channel);
      require_reply(*link, "asking for confirms");
      made = std::move(link);
    } catch (...) {
      failed = std::current_exception();
    }
    done = true;
    wake();
  });
  while (!done) {
    wait_readable(wake_fd, 100ms);
    clear_wake();
    lose_everything();
    if (stopping) socket.shut();
  }
  attempt.join();
  if (!failed) return made;
  const auto why = classify(failed);
  if (stopping) return nullptr;
  if (why.kind == failure::permanent)
    log::error("publisher cannot use the broker", {{"code", why.code}, {"why", why.what}});
  else
    log::warn("publisher cannot connect", {{"code", why.code}, {"why", why.what}});
  return nullptr;
}

void publisher::state::serve(connection& link) {
  log::info("publisher connected", {{"broker", without_password(options.broker.url)}});
  returning.reset();
  return_announced = false;
  blocked = false;
  connected = true;
  try {
    // Looking when nothing came costs two system calls, and most wake-ups come from submitters; but heartbeats are
    // sent and judged there.
    bool look = true;
    auto looked = steady_clock::now();
    while (!stopping) {
      take_incoming();
      if (look || steady_clock::now() - looked > 1s) {
        look = !read_frames(link);
        looked = steady_clock::now();
      }
      hand_over();
      const auto wait = write_due(link);
      metric.unconfirmed.Set(static_cast<double>(window.size()));
      if (const auto oldest = window.oldest(); oldest && steady_clock::now() - *oldest > confirm_limit)
        throw error(failure::transient, "broker timeout", "the broker did not answer a delivery for 30 s");
      if (look) continue;
      const auto until_look = line.wait_before_look(steady_clock::now());
      if (!may_sleep(line.size() == 0 && !until_look)) continue;
      const auto woken = link.wait(until_look.value_or(wait), wake_fd);
      look = woken.to_read;
      if (woken.other) clear_wake();
    }
    if (window.size() == 0 && !blocked) link.close_politely();
  } catch (const error& e) {
    if (!stopping) log::warn("publisher lost the broker", {{"code", e.code()}, {"why", e.what()}});
  }
  connected = false;
  if (blocked.exchange(false)) metric.blocked.Set(0);
}

/// From here on submitters wake the thread: the first when it would sleep for long, else those whose number makes a
/// delivery due.
bool publisher::state::may_sleep(bool for_long) {
  const auto wanted = for_long ? 1 : std::max<std::size_t>(line.company_wanted(), 1);
  std::lock_guard lock(mutex);
  if (incoming.size() >= wanted || !refused.empty()) return false;
  wake_at = wanted;
  return true;
}

void publisher::state::take_incoming() {
  std::vector<publication> list;
  {
    std::lock_guard lock(mutex);
    wake_at = awake;
    list.swap(incoming);
    settled.insert(settled.end(), refused.begin(), refused.end());
    refused.clear();
    // Under the lock, so that a submitter never counts a publication in neither place.
    waiting_events = line.size() + list.size();
    waiting_bytes = line.bytes() + line.size() * sizeof(publication) + std::exchange(incoming_bytes, 0);
  }
  const auto now = steady_clock::now();
  for (auto& p : list) line.push(std::move(p), now);
}

/// False when it stopped before the end.
bool publisher::state::read_frames(connection& link) {
  amqp_frame_t frame;
  for (int n = 0; n < frames_per_pass; ++n) {
    if (!link.next_frame(frame)) return true;
    if (frame.frame_type == AMQP_FRAME_METHOD) {
      on_method(frame.payload.method);
    } else if (frame.frame_type == AMQP_FRAME_HEADER && return_announced) {
      return_announced = false;
      returning = frame.payload.properties.body_size;
      const auto* properties = static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded);
      const auto& id = properties->message_id;
      metric.returned.Increment(static_cast<double>(window.returned({static_cast<const char*>(id.bytes), id.len})));
    } else if (frame.frame_type == AMQP_FRAME_BODY && returning) {
      *returning -= std::min<std::size_t>(*returning, frame.payload.body_fragment.len);
    }
    if (returning && *returning == 0) returning.reset();
    link.release();
  }
  return false;
}

void publisher::state::on_method(const amqp_method_t& method) {
  const auto now = steady_clock::now();
  switch (method.id) {
    case AMQP_BASIC_ACK_METHOD: {
      const auto* ack = static_cast<const amqp_basic_ack_t*>(method.decoded);
      window.answer(ack->delivery_tag, ack->multiple, true, now, settled, seconds);
      answered_once = true;
      break;
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto* nack = static_cast<const amqp_basic_nack_t*>(method.decoded);
      window.answer(nack->delivery_tag, nack->multiple, false, now, settled, seconds);
      break;
    }
    case AMQP_BASIC_RETURN_METHOD: return_announced = true; break;
    case AMQP_CONNECTION_BLOCKED_METHOD: {
      const auto* why = static_cast<const amqp_connection_blocked_t*>(method.decoded);
      blocked = true;
      metric.blocked.Set(1);
      log::warn("broker blocks publishers",
                {{"why", std::string_view(static_cast<const char*>(why->reason.bytes), why->reason.len)}});
      break;
    }
    case AMQP_CONNECTION_UNBLOCKED_METHOD:
      blocked = false;
      metric.blocked.Set(0);
      log::info("broker takes publications again");
      break;
    default: break;
  }
}

/// Writes what is due and fits into the window; how long the loop may sleep afterwards.
std::chrono::microseconds publisher::state::write_due(connection& link) {
  for (int n = 0; n < writes_per_pass; ++n) {
    if (blocked || window.size() >= options.window) return 1s;
    const auto wait = line.wait_before_write(steady_clock::now());
    if (!wait) return 1s;
    if (*wait > 0us) return *wait;
    write_one(link);
  }
  return 0us;
}

void publisher::state::write_one(connection& link) {
  const auto list = line.next();
  const bool batch = list.size() > 1;
  std::string joined, id;
  std::vector<std::uint64_t> tickets;
  tickets.reserve(list.size());
  for (const auto& p : list) tickets.push_back(p.ticket);
  if (batch) {
    std::vector<std::string_view> bodies;
    bodies.reserve(list.size());
    for (const auto& p : list) bodies.push_back(p.body);
    joined = message::join_batch(bodies);
    id = batch_prefix + std::to_string(++batches);
  } else {
    const auto& key = list.front().key;
    id = key.size() <= longest_message_id ? key : to_hex(sha256(key));
  }
  const std::string_view body = batch ? std::string_view(joined) : std::string_view(list.front().body);
  const auto content_type = batch ? message::batch_content_type : message::single_content_type;
  const auto bytes = [](std::string_view text) { return amqp_bytes_t{text.size(), const_cast<char*>(text.data())}; };

  amqp_basic_properties_t properties{};
  properties._flags =
      AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG;
  properties.content_type = bytes(content_type);
  properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  properties.message_id = bytes(id);
  properties.timestamp = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count());
  const auto exchange = exchange_name(options.shards);
  const auto key = std::to_string(list.front().shard);

  // Entered first: when the write fails half-way it may have arrived, and must be settled as lost.
  window.add(std::move(tickets), id, steady_clock::now());
  link.require(amqp_basic_publish(link.raw(), channel, bytes(exchange), bytes(key), 1, 0, &properties, bytes(body)),
               "publishing");
}

void publisher::state::hand_over() {
  for (const auto s : seconds) metric.confirm_seconds.Observe(s);
  seconds.clear();
  if (settled.empty()) return;
  on_settled(std::exchange(settled, {}));
}

void publisher::state::lose_everything() {
  take_incoming();
  window.lose_all(settled);
  for (const auto ticket : line.clear()) settled.push_back({ticket, outcome::lost});
  waiting_events = waiting_bytes = 0;
  metric.unconfirmed.Set(0);
  hand_over();
}

// ---- the outside -----------------------------------------------------------------------------------------

publisher::publisher(publisher_options options, std::function<void(std::vector<settlement>)> on_settled)
    : state_(std::make_unique<state>(std::move(options), std::move(on_settled))) {
  parse_url(state_->options.broker.url);
  state_->thread = std::thread([s = state_.get()] { s->run(); });
}

publisher::~publisher() {
  auto& s = *state_;
  s.stopping = true;
  s.wake();
  {
    std::unique_lock lock(s.mutex);
    if (!s.finished_changed.wait_for(lock, 500ms, [&] { return s.finished; })) {
      lock.unlock();
      s.socket.shut();
    }
  }
  s.thread.join();
}

void publisher::submit(std::vector<publication> list) { state_->submit(std::move(list)); }
bool publisher::ready() const { return state_->connected && !state_->blocked; }
void publisher::abandon() { state_->socket.shut(); }

}  // namespace hub::amqp
