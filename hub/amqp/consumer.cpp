#include "hub/amqp/consumer.hpp"

#include "hub/amqp/connection.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"

#include <amqp.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string_view>
#include <utility>

namespace hub::amqp {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::steady_clock;

/// How long a wait may overlook `stop`.
constexpr auto stop_checked_every = 50ms;
/// What remains of a body beyond largest_body: enough to recognise it in quarantine.
constexpr std::size_t kept_of_too_large = 4096;

struct consumer_metrics {
  prometheus::Counter& fresh = metrics::counter("hub_deliveries_total", "Deliveries received.", {{"redelivered", "false"}});
  prometheus::Counter& redelivered = metrics::counter("hub_deliveries_total", "Deliveries received.", {{"redelivered", "true"}});
  prometheus::Counter& reconnects =
      metrics::counter("hub_broker_reconnects_total", "Connections made again after one broke.", {{"role", "consumer"}});
};

/// The header a quorum queue adds when a delivery came back; integers of any width.
std::uint64_t delivery_count(const amqp_basic_properties_t& properties) {
  if (!(properties._flags & AMQP_BASIC_HEADERS_FLAG)) return 0;
  for (int i = 0; i < properties.headers.num_entries; ++i) {
    const auto& entry = properties.headers.entries[i];
    if (std::string_view(static_cast<const char*>(entry.key.bytes), entry.key.len) != "x-delivery-count") continue;
    const auto& value = entry.value;
    switch (value.kind) {
      case AMQP_FIELD_KIND_I8: return static_cast<std::uint64_t>(std::max<std::int8_t>(value.value.i8, 0));
      case AMQP_FIELD_KIND_U8: return value.value.u8;
      case AMQP_FIELD_KIND_I16: return static_cast<std::uint64_t>(std::max<std::int16_t>(value.value.i16, 0));
      case AMQP_FIELD_KIND_U16: return value.value.u16;
      case AMQP_FIELD_KIND_I32: return static_cast<std::uint64_t>(std::max<std::int32_t>(value.value.i32, 0));
      case AMQP_FIELD_KIND_U32: return value.value.u32;
      case AMQP_FIELD_KIND_I64: return static_cast<std::uint64_t>(std::max<std::int64_t>(value.value.i64, 0));
      case AMQP_FIELD_KIND_U64: return value.value.u64;
      default: return 0;
    }
  }
  return 0;
}

}  // namespace

struct consumer::state {
  consumer_options options;
  consumer_metrics metric;
  std::unique_ptr<connection> link;
  bool opened_before = false;

  std::deque<delivery> ready;
  delivery partial;
  bool header_expected = false;
  std::uint64_t body_left = 0;  ///< bytes still to come of `partial`

  explicit state(consumer_options o) : options(std::move(o)) {}

  connection& open_link();
  void forget() noexcept;
  void read(std::size_t most);
  void on_frame(const amqp_frame_t& frame);
  void on_header(const amqp_frame_t& frame);
  void acknowledge(std::uint64_t tag, bool multiple);
};

connection& consumer::state::open_link() {
  if (!link) throw error(failure::transient, "broker connection", "the consumer is not connected");
  return *link;
}

/// Deliveries of a channel that is gone come again on the next one, with other tags.
void consumer::state::forget() noexcept {
  link.reset();
  ready.clear();
  partial = {};
  header_expected = false;
  body_left = 0;
}

void consumer::state::read(std::size_t most) {
  auto& from = open_link();
  try {
    amqp_frame_t frame;
    while (ready.size() < most && from.next_frame(frame)) {
      on_frame(frame);
      from.release();
    }
  } catch (...) {
    forget();
    throw;
  }
}

void consumer::state::on_frame(const amqp_frame_t& frame) {
  if (frame.frame_type == AMQP_FRAME_METHOD) {
    if (frame.payload.method.id == AMQP_BASIC_CANCEL_METHOD)
      throw error(
          failure::transient, "broker cancel",
          "the broker cancelled the consumer of " + queue_name(options.shards, options.shard) + ": the queue is gone or moved");
    if (frame.payload.method.id != AMQP_BASIC_DELIVER_METHOD) return;
    const auto* deliver = static_cast<const amqp_basic_deliver_t*>(frame.payload.method.decoded);
    partial = {deliver->delivery_tag, 0, {}};
    header_expected = true;
    (deliver->redelivered ? metric.redelivered : metric.fresh).Increment();
  } else if (frame.frame_type == AMQP_FRAME_HEADER && header_expected) {
    on_header(frame);
  } else if (frame.frame_type == AMQP_FRAME_BODY && body_left > 0) {
    const auto& part = frame.payload.body_fragment;
    body_left -= std::min<std::uint64_t>(body_left, part.len);
    const auto room = partial.body.capacity() - partial.body.size();
    partial.body.append(static_cast<const char*>(part.bytes), std::min(room, part.len));
    if (body_left == 0) ready.push_back(std::move(partial));
  }
}

void consumer::state::on_header(const amqp_frame_t& frame) {
  header_expected = false;
  partial.count = delivery_count(*static_cast<const amqp_basic_properties_t*>(frame.payload.properties.decoded));
  body_left = frame.payload.properties.body_size;
  if (body_left > largest_body)
    // Refusing it would bring it back for ever: what remains does not decode, and goes the way of all poison.
    log::error("delivery too large, only its beginning is kept",
               {{"queue", queue_name(options.shards, options.shard)}, {"bytes", body_left}, {"limit", largest_body}});
  partial.body.reserve(body_left > largest_body ? kept_of_too_large : body_left);
  if (body_left == 0) ready.push_back(std::move(partial));
}

void consumer::state::acknowledge(std::uint64_t tag, bool multiple) {
  auto& to = open_link();
  try {
    to.require(amqp_basic_ack(to.raw(), channel, tag, multiple), "acknowledging");
  } catch (...) {
    forget();
    throw;
  }
}

consumer::consumer(consumer_options options) : state_(std::make_unique<state>(std::move(options))) {}
consumer::~consumer() { close(); }

void consumer::open() {
  close();
  auto& s = *state_;
  auto made = std::make_unique<connection>(s.options.broker);
  made->declare_topology(s.options.shards);
  amqp_basic_qos(made->raw(), channel, 0, s.options.prefetch, 0);
  require_reply(*made, "setting the prefetch");
  const auto queue = queue_name(s.options.shards, s.options.shard);
  amqp_basic_consume(made->raw(), channel, amqp_cstring_bytes(queue.c_str()), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  require_reply(*made, ("consuming from " + queue).c_str());
  s.link = std::move(made);
  if (s.opened_before) s.metric.reconnects.Increment();
  s.opened_before = true;
}

bool consumer::is_open() const { return state_->link != nullptr; }

std::vector<delivery> consumer::take(std::size_t most, std::chrono::milliseconds wait, std::chrono::microseconds linger,
                                     const std::atomic<bool>& stop) {
  auto& s = *state_;
  most = std::max<std::size_t>(most, 1);
  s.read(most);
  for (const auto until = steady_clock::now() + wait; s.ready.empty(); s.read(most)) {
    const auto left = std::chrono::ceil<microseconds>(until - steady_clock::now());
    if (left <= 0us || stop) return {};
    s.link->wait(std::min<microseconds>(left, stop_checked_every));
  }
  for (const auto until = steady_clock::now() + linger; s.ready.size() < most && !stop; s.read(most)) {
    const auto left = std::chrono::ceil<microseconds>(until - steady_clock::now());
    if (left <= 0us) break;
    s.link->wait(std::min<microseconds>(left, stop_checked_every));
  }
  const auto end = s.ready.begin() + static_cast<std::ptrdiff_t>(std::min(most, s.ready.size()));
  std::vector<delivery> taken(std::make_move_iterator(s.ready.begin()), std::make_move_iterator(end));
  s.ready.erase(s.ready.begin(), end);
  return taken;
}

void consumer::ack_up_to(std::uint64_t tag) { state_->acknowledge(tag, true); }
void consumer::ack(std::uint64_t tag) { state_->acknowledge(tag, false); }

/// At most `prefetch` deliveries can be under way, so reading on is bounded.
void consumer::service() { state_->read(state_->options.prefetch + std::size_t{1}); }

void consumer::close() noexcept {
  if (state_->link) state_->link->close_politely();
  state_->forget();
}

}  // namespace hub::amqp
