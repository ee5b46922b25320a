#include "hub/amqp/outgoing.hpp"

#include <algorithm>
#include <utility>

namespace hub::amqp {

namespace {

/// From here on batches fill by themselves and waiting only adds latency (performance.md, advice 4).
constexpr std::size_t enough_company = 50;
/// A stream is steady at 500 a second and more, seen over this time.
constexpr std::chrono::microseconds lately{20'000};
constexpr double steady_count = 10;

}  // namespace

waiting_line::waiting_line(const publisher_options& options)
    : batch_events_(std::max<std::size_t>(options.batch_events, 1)),
      batch_bytes_(options.batch_bytes),
      gather_(options.gather),
      steady_gather_(std::max(options.gather, options.steady_gather)),
      shards_(options.shards) {}

void waiting_line::push(publication p, moment now) {
  using seconds = std::chrono::duration<double>;
  const auto gap = now - last_;
  lately_ = gap < lately ? lately_ * (1 - seconds(gap) / seconds(lately)) + 1 : 1;
  if (events_ == 0) {
    // On a quiet day nobody comes within the gathering time: the lone message need not wait for them. In a steady
    // stream deliveries leave at even intervals, each with what came since the last.
    const bool steady = lately_ >= steady_count;
    since_ = steady ? last_ : now;
    patience_ = gap >= 4 * gather_ ? std::chrono::microseconds(0) : steady ? steady_gather_ : gather_;
  }
  last_ = now;
  ++events_;
  bytes_ += p.body.size();
  shards_[p.shard].push_back(std::move(p));
}

std::optional<std::chrono::microseconds> waiting_line::wait_before_write(moment now) const {
  using std::chrono::microseconds;
  if (events_ == 0) return std::nullopt;
  if (patience_ == microseconds(0) || company_wanted() == 0) return microseconds(0);
  return std::max(microseconds(0), std::chrono::ceil<microseconds>(since_ + patience_ - now));
}

std::optional<std::chrono::microseconds> waiting_line::wait_before_look(moment now) const {
  if (events_ > 0 || lately_ < steady_count || now >= last_ + steady_gather_) return std::nullopt;
  return std::chrono::ceil<std::chrono::microseconds>(last_ + steady_gather_ - now);
}

std::size_t waiting_line::company_wanted() const {
  const auto enough = std::min(enough_company, batch_events_);
  return enough - std::min(enough, events_);
}

std::vector<publication> waiting_line::next() {
  while (shards_[turn_ % shards_.size()].empty()) ++turn_;
  auto& line = shards_[turn_++ % shards_.size()];
  std::vector<publication> taken;
  std::size_t bytes = 0;
  while (!line.empty() && taken.size() < batch_events_ && (taken.empty() || bytes + line.front().body.size() <= batch_bytes_)) {
    bytes += line.front().body.size();
    taken.push_back(std::move(line.front()));
    line.pop_front();
  }
  events_ -= taken.size();
  bytes_ -= bytes;
  patience_ = std::chrono::microseconds(0);  // the rest of a line that is being written does not start to wait again
  return taken;
}

std::vector<std::uint64_t> waiting_line::clear() {
  std::vector<std::uint64_t> tickets;
  tickets.reserve(events_);
  for (auto& line : shards_) {
    for (const auto& p : line) tickets.push_back(p.ticket);
    line.clear();
  }
  events_ = bytes_ = 0;
  return tickets;
}

std::uint64_t confirm_window::add(std::vector<std::uint64_t> tickets, std::string message_id, moment now) {
  flights_.push_back({std::move(tickets), std::move(message_id), now});
  ++open_;
  return first_tag_ + flights_.size() - 1;
}

void confirm_window::settle(flight& f, outcome result, moment now, std::vector<settlement>& settled,
                            std::vector<double>& seconds) {
  if (f.tickets.empty()) return;
  if (f.returned) result = outcome::returned;
  for (const auto ticket : f.tickets) settled.push_back({ticket, result});
  f.tickets.clear();
  seconds.push_back(std::chrono::duration<double>(now - f.written).count());
  --open_;
}

void confirm_window::answer(std::uint64_t tag, bool multiple, bool positive, moment now, std::vector<settlement>& settled,
                            std::vector<double>& seconds) {
  // Tag 0 with `multiple` means all so far.
  const auto last = tag == 0 && multiple ? first_tag_ + flights_.size() - 1 : tag;
  if (last < first_tag_ || last >= first_tag_ + flights_.size()) return;
  const auto result = positive ? outcome::confirmed : outcome::nacked;
  for (auto at = multiple ? 0 : last - first_tag_; at <= last - first_tag_; ++at)
    settle(flights_[at], result, now, settled, seconds);
  while (!flights_.empty() && flights_.front().tickets.empty()) {
    flights_.pop_front();
    ++first_tag_;
  }
}

std::size_t confirm_window::returned(std::string_view message_id) {
  for (auto& f : flights_) {
    if (f.returned || f.tickets.empty() || f.message_id != message_id) continue;
    f.returned = true;
    return f.tickets.size();
  }
  return 0;
}

void confirm_window::lose_all(std::vector<settlement>& settled) {
  for (const auto& f : flights_)
    for (const auto ticket : f.tickets) settled.push_back({ticket, outcome::lost});
  flights_.clear();
  first_tag_ = 1;
  open_ = 0;
}

std::optional<moment> confirm_window::oldest() const {
  if (flights_.empty()) return std::nullopt;
  return flights_.front().written;
}

}  // namespace hub::amqp
