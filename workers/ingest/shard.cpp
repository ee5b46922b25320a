#include "workers/ingest/shard.hpp"

#include "hub/base/backoff.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/message/codec.hpp"
#include "workers/ingest/ingestor.hpp"

#include <algorithm>
#include <mutex>
#include <span>

namespace workers::ingest {

namespace {

using namespace std::chrono_literals;

constexpr auto idle_wait = 500ms;
constexpr auto give_up_after = 60s;  // then the channel is closed until the database answers
constexpr std::chrono::milliseconds tripped_pause = 10s;
constexpr int trip_after = 20;
constexpr int crashes_to_quarantine = 3;
constexpr std::uint64_t suspect_from = 2;

/// What a batch is made of: an event, or what could not become one.
struct element {
  std::uint64_t tag = 0;
  bool suspect = false;
  bool decoded = false;
  item what;            // decoded
  std::string key;      // not decoded
  std::string problem;  // not decoded
};

std::vector<element> elements_of(const std::vector<hub::amqp::delivery>& deliveries) {
  std::vector<element> list;
  for (const auto& delivery : deliveries) {
    for (auto& one : hub::message::decode(delivery.body)) {
      auto& e = list.emplace_back();
      e.tag = delivery.tag;
      e.suspect = delivery.count >= suspect_from;
      e.decoded = one.value.has_value();
      e.what.body = std::move(one.body);
      if (e.decoded) {
        e.what.event = std::move(*one.value);
      } else {
        e.key = one.key.empty() ? "sha256:" + hub::to_hex(hub::sha256(e.what.body)) : one.key;
        e.problem = hub::to_text(one.value.error());
      }
    }
  }
  return list;
}

}  // namespace

struct shard::loop {
  shard& self;
  ingestor work;
  hub::amqp::consumer queue;
  hub::backoff reconnect{100ms, 5s};
  std::size_t last_batch = 0;
  int failed_alone_in_a_row = 0;
  std::string failing_cause;
  bool tripped = false;

  explicit loop(shard& of) : self(of), work(of.options_.database, of.clock_), queue(of.options_.queue) {}

  bool stopping() const { return self.stop_; }

  // Waits without letting the broker believe we are gone.
  void pause(std::chrono::milliseconds time) {
    const auto until = self.clock_.steady() + time;
    while (!stopping() && self.clock_.steady() < until) {
      if (queue.is_open()) queue.service();
      std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(20ms, until - self.clock_.steady()));
    }
  }

  void run() {
    while (!stopping()) {
      try {
        if (!queue.is_open()) {
          queue.open();
          reconnect.reset();
          hub::log::info("shard consumes", {{"shard", self.options_.queue.shard}, {"of", self.options_.queue.shards}});
        }
        self.healthy_ = !tripped;
        step();
      } catch (...) {
        self.healthy_ = false;
        const auto failed = hub::classify(std::current_exception());
        queue.close();
        if (stopping()) break;
        hub::log::warn("shard lost its queue", {{"shard", self.options_.queue.shard}, {"error", failed.what}});
        pause(tripped ? tripped_pause : reconnect.next());
      }
    }
    self.healthy_ = false;
    queue.close();
  }

  void step() {
    const auto linger = last_batch <= 1 ? 0us : self.options_.linger;
    const auto deliveries = queue.take(tripped ? 1 : self.options_.batch, idle_wait, linger, self.stop_);
    last_batch = deliveries.size();
    if (deliveries.empty()) return;
    auto list = elements_of(deliveries);
    std::uint64_t acknowledged = 0;

    // A delivery may carry many events: transactions stay at `batch` events, acknowledgements at whole deliveries.
    for (std::size_t from = 0; from < list.size();) {
      if (list[from].suspect) {
        std::unique_lock alone(*self.others_);
        handle_suspect(list[from]);
        ++from;
      } else {
        std::size_t to = from;
        while (to < list.size() && to - from < self.options_.batch && !list[to].suspect) ++to;
        std::shared_lock together(*self.others_);
        handle(std::span(list).subspan(from, to - from));
        from = to;
      }
      // The newest delivery of which nothing is left to do.
      std::size_t done = from;
      while (done > 0 && done < list.size() && list[done - 1].tag == list[from].tag) --done;
      if (done == 0 || list[done - 1].tag == acknowledged) continue;
      acknowledged = list[done - 1].tag;
      queue.ack_up_to(acknowledged);
      FAILPOINT("ingest.acknowledged", "");
    }
  }

  // Throws only what ends the channel: the database is away for long, or the program stops.
  void handle(std::span<element> batch) {
    std::vector<item> items;
    items.reserve(batch.size());
    for (auto& e : batch)
      if (e.decoded) items.push_back(std::move(e.what));
    for (const auto& e : batch)
      if (!e.decoded) insist([&] { work.quarantine_undecodable(e.key, e.what.body, e.problem); });
    if (!items.empty()) split(items);
  }

  void split(std::span<const item> items) {
    int unique_retries = 0;
    std::optional<hub::classified> refused;
    insist([&] {
      refused.reset();
      try {
        work.process(items);
      } catch (...) {
        const auto failed = hub::classify(std::current_exception());
        // Another transaction won a race for a unique row: the second look finds it.
        const bool lost_race = failed.code == "sqlstate 23505" || failed.code == "sqlstate 23P01";
        if (lost_race && unique_retries++ < 2) throw hub::error(hub::failure::transient, failed.code, failed.what);
        if (failed.kind != hub::failure::permanent) throw;
        refused = failed;
      }
    });
    if (!refused) {
      failed_alone_in_a_row = 0;
      if (tripped) {
        tripped = false;
        hub::log::info("shard consumes normally again", {{"shard", self.options_.queue.shard}});
      }
      return;
    }
    if (items.size() > 1) {
      split(items.first(items.size() / 2));
      split(items.subspan(items.size() / 2));
      return;
    }
    fail_alone(items.front(), *refused);
  }

  void fail_alone(const item& culprit, const hub::classified& why) {
    if (!tripped) {
      insist([&] { work.quarantine(culprit, why.code, why.what); });
      failed_alone_in_a_row = why.code == failing_cause ? failed_alone_in_a_row + 1 : 1;
      failing_cause = why.code;
      if (failed_alone_in_a_row < trip_after) return;
      tripped = true;
      failed_alone_in_a_row = 0;
      hub::log::error("events fail one after the other with one cause; trying one every 10 s",
                      {{"shard", self.options_.queue.shard}, {"cause", why.code}, {"error", why.what}});
    }
    // run() closes the channel and waits, when no lock is held any more.
    throw hub::error(hub::failure::transient, "tripped", "paused: " + why.code + " keeps failing");
  }

  void handle_suspect(element& e) {
    const std::string key = e.decoded ? e.what.event.key : e.key;
    int crashes = 0;
    insist([&] { crashes = work.mark_suspect(key); });
    if (crashes >= crashes_to_quarantine) {
      const std::string why = "a worker died over it " + std::to_string(crashes) + " times";
      if (e.decoded)
        insist([&] { work.quarantine(e.what, "crash", why); });
      else
        insist([&] { work.quarantine_undecodable(key, e.what.body, why); });
    } else {
      try {
        handle(std::span(&e, 1));
      } catch (...) {
        // An ordinary end is no crash: the marker goes, as far as the database lets it.
        try {
          work.clear_suspect(key);
        } catch (const std::exception&) {
          hub::log::warn("suspect marker stays", {{"event_key", key}});
        }
        throw;
      }
    }
    insist([&] { work.clear_suspect(key); });
  }

  // Until it succeeds: what fails for a reason outside the data is tried again, for at most a minute on an open channel.
  template <class F>
  void insist(F attempt) {
    hub::backoff wait(20ms, 5s);
    const auto begun = self.clock_.steady();
    while (true) {
      try {
        attempt();
        self.healthy_ = !tripped;
        return;
      } catch (...) {
        const auto failed = hub::classify(std::current_exception());
        if (stopping()) throw;
        static auto& retries = hub::metrics::counter("hub_db_retries_total", "Transactions tried again.");
        retries.Increment();
        if (self.clock_.steady() - begun > 2s) {
          self.healthy_ = false;
          hub::log::warn("transaction tried again", {{"shard", self.options_.queue.shard}, {"error", failed.what}});
        }
        if (self.clock_.steady() - begun > give_up_after) {
          queue.close();
          wait_for_database();
          throw;
        }
        pause(wait.next());
      }
    }
  }

  void wait_for_database() {
    hub::backoff wait(500ms, 5s);
    while (!stopping()) {
      try {
        work.probe();
        return;
      } catch (...) {
        pause(wait.next());
      }
    }
  }
};

shard::shard(shard_options options, const hub::clock& clock, std::shared_ptr<std::shared_mutex> others)
    : options_(std::move(options)), clock_(clock), others_(std::move(others)) {}

shard::~shard() { stop(); }

void shard::start() {
  thread_ = std::thread([this] { loop(*this).run(); });
}

void shard::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

}  // namespace workers::ingest
