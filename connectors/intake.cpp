#include "connectors/intake.hpp"

#include "connectors/promised.hpp"
#include "hub/base/backoff.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/message/codec.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <deque>
#include <unordered_map>

namespace connectors {

namespace {

using hub::amqp::outcome;
using hub::amqp::publication;
using hub::amqp::settlement;
using steady = std::chrono::steady_clock;

/// What one call of accept() waits for.
struct request_wait {
  explicit request_wait(const boost::asio::any_io_executor& loop) : answer(loop) {}
  std::size_t open = 0;
  promised<bool> answer;
};

/// An event the broker has been given in direct mode.
struct flight {
  std::uint64_t ticket = 0;
  spool_entry entry;
  std::shared_ptr<request_wait> request;
  steady::time_point deadline;
  bool confirmed = false;
};

std::string_view word(outcome o) {
  switch (o) {
    case outcome::confirmed: return "confirmed";
    case outcome::returned: return "returned: no queue took it";
    case outcome::nacked: return "refused by the broker";
    case outcome::lost: return "no connection";
  }
  return "";
}

}  // namespace

struct intake::state : std::enable_shared_from_this<state> {
  state(boost::asio::io_context& on, broker_link link, spool& to, intake_options with)
      : loop(on), broker(std::move(link)), files(to), options(with), deadline_timer(on), drain_bell(on) {}

  boost::asio::io_context& loop;
  broker_link broker;
  spool& files;
  intake_options options;

  std::uint64_t next_ticket = 1;
  std::deque<flight> direct;  // in ticket order; confirmed ones leave from the front
  boost::asio::steady_timer deadline_timer;
  bool deadline_set = false;

  bool spooling = false;
  bool stopping = false;
  bool draining = false;
  std::size_t appends_under_way = 0;
  boost::asio::steady_timer drain_bell;
  std::unordered_map<std::uint64_t, std::uint64_t> drained;  // ticket -> spool id, under way
  std::vector<std::uint64_t> confirmed_ids;
  std::size_t failed_in_window = 0;
  bool returned_in_window = false;
  std::function<void(const std::vector<hub::message::event>&)> tell_spooled;

  prometheus::Gauge& mode_gauge = hub::metrics::gauge("hub_intake_spooling", "1 while events go through the spool.");
  prometheus::Counter& switches =
      hub::metrics::counter("hub_intake_spool_switches_total", "How often intake turned to the spool.");
  prometheus::Histogram& confirm_time =
      hub::metrics::duration("hub_intake_accept_seconds", "From an event's encoding to its being safe.");

  // ---- direct --------------------------------------------------------------------------------------------

  std::shared_ptr<request_wait> publish(std::vector<spool_entry> list) {
    auto request = std::make_shared<request_wait>(loop.get_executor());
    request->open = list.size();
    std::vector<publication> out;
    out.reserve(list.size());
    const auto deadline = steady::now() + options.confirm_wait;
    for (auto& e : list) {
      out.push_back({next_ticket, hub::message::shard_of(e.conversation, options.shards), e.key, e.body});
      direct.push_back({next_ticket, std::move(e), request, deadline, false});
      ++next_ticket;
    }
    watch_deadline();
    broker.submit(std::move(out));
    return request;
  }

  /// One timer for all: deadlines come in the order of the tickets.
  void watch_deadline() {
    if (deadline_set || direct.empty()) return;
    deadline_set = true;
    deadline_timer.expires_at(direct.front().deadline);
    deadline_timer.async_wait([self = shared_from_this()](const boost::system::error_code& failed) {
      self->deadline_set = false;
      if (failed) return;
      if (!self->direct.empty() && self->direct.front().deadline <= steady::now()) self->turn_to_spool("no confirm in time");
      self->watch_deadline();
    });
  }

  flight* find(std::uint64_t ticket) {
    if (direct.empty() || ticket < direct.front().ticket || ticket > direct.back().ticket) return nullptr;
    return &direct[ticket - direct.front().ticket];
  }

  void settle(const std::vector<settlement>& list) {
    std::string_view trouble;
    for (const auto& s : list) {
      if (const auto under_way = drained.find(s.ticket); under_way != drained.end()) {
        if (s.result == outcome::confirmed) {
          confirmed_ids.push_back(under_way->second);
        } else {
          ++failed_in_window;
          returned_in_window = returned_in_window || s.result == outcome::returned;
        }
        drained.erase(under_way);
        continue;
      }
      auto* f = find(s.ticket);
      if (!f || f->confirmed) continue;  // went to the spool meanwhile
      if (s.result != outcome::confirmed) {
        trouble = word(s.result);
        continue;
      }
      f->confirmed = true;
      if (--f->request->open == 0) f->request->answer.set(true);
    }
    while (!direct.empty() && direct.front().confirmed) direct.pop_front();
    if (!trouble.empty()) turn_to_spool(trouble);
    drain_bell.cancel();
  }

  // ---- spool ---------------------------------------------------------------------------------------------

  void turn_to_spool(std::string_view why) {
    if (!spooling) {
      spooling = true;
      mode_gauge.Set(1);
      switches.Increment();
      hub::log::warn("events go to the spool until the broker confirms again", {{"why", why}, {"unconfirmed", direct.size()}});
    }
    // Before anything new is appended: what the broker may have or not, in its order.
    std::vector<spool_entry> list;
    std::vector<std::shared_ptr<request_wait>> requests;
    std::vector<hub::message::event> events;
    for (auto& f : direct) {
      if (f.confirmed) continue;
      if (tell_spooled)
        for (auto& one : hub::message::decode(f.entry.body))
          if (one.value) events.push_back(std::move(*one.value));
      list.push_back(std::move(f.entry));
      requests.push_back(std::move(f.request));
    }
    direct.clear();
    if (!events.empty()) tell_spooled(events);
    if (!list.empty()) {
      ++appends_under_way;
      boost::asio::co_spawn(loop, answer_when_safe(shared_from_this(), files.append(std::move(list)), std::move(requests)),
                            boost::asio::detached);
    }
    begin_drain();
  }

  static hub::async::task<> answer_when_safe(std::shared_ptr<state> self, later<bool> appended,
                                             std::vector<std::shared_ptr<request_wait>> requests) {
    const bool safe = co_await appended->wait();
    --self->appends_under_way;
    for (const auto& request : requests)
      if (!request->answer.is_set()) request->answer.set(safe);
    self->drain_bell.cancel();
  }

  hub::async::task<bool> append(std::vector<spool_entry> list) {
    ++appends_under_way;
    const auto appended = files.append(std::move(list));
    const bool safe = co_await appended->wait();
    --appends_under_way;
    drain_bell.cancel();
    co_return safe;
  }

  void begin_drain() {
    if (draining || stopping) return;
    draining = true;
    boost::asio::co_spawn(loop, drain(shared_from_this()), [self = shared_from_this()](std::exception_ptr failed) {
      self->draining = false;
      if (!failed) return;
      hub::log::error("the spool's drain ended; it starts again", {{"why", hub::classify(failed).what}});
      self->begin_drain();
    });
  }

  /// Sleeps for `time` or until something happens.
  hub::async::task<> listen(std::chrono::milliseconds time) {
    boost::system::error_code ended;
    drain_bell.expires_after(time);
    co_await drain_bell.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, ended));
  }

  hub::async::task<> pause(hub::backoff& waits) {
    const auto until = steady::now() + waits.next();
    while (!stopping && steady::now() < until) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now());
      co_await listen(left);
    }
    files.oldest();
  }

  static hub::async::task<> drain(std::shared_ptr<state> self) {
    hub::backoff waits(self->options.first_probe, self->options.longest_probe);
    while (!self->stopping) {
      if (!self->broker.ready()) {
        co_await self->pause(waits);
        continue;
      }
      const auto asked = self->files.read(self->options.drain_window);
      auto window = co_await asked->wait();
      if (window.empty()) {
        if (self->appends_under_way == 0 && self->files.pending() == 0) break;
        // Something was appended, or could not be read, after we looked.
        co_await self->listen(self->options.first_probe);
        continue;
      }
      const bool all = co_await self->send(std::move(window));
      if (all)
        waits.reset();
      else
        co_await self->pause(waits);
    }
    if (!self->stopping) self->turn_to_direct();
  }

  /// Whether the whole window is confirmed and forgotten.
  hub::async::task<bool> send(std::vector<spooled> window) {
    std::vector<publication> out;
    out.reserve(window.size());
    failed_in_window = 0;
    returned_in_window = false;
    for (auto& one : window) {
      const auto shard = hub::message::shard_of(one.entry.conversation, options.shards);
      out.push_back({next_ticket, shard, std::move(one.entry.key), std::move(one.entry.body)});
      drained.emplace(next_ticket, one.id);
      ++next_ticket;
    }
    broker.submit(std::move(out));
    auto patience = steady::now() + options.drain_patience;
    std::size_t open = drained.size();
    while (!drained.empty() && !stopping) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(patience - steady::now());
      co_await listen(std::max(left, std::chrono::milliseconds(1)));
      if (drained.size() != open) {
        open = drained.size();
        patience = steady::now() + options.drain_patience;
      } else if (steady::now() >= patience) {
        hub::log::warn("the broker settles nothing; the connection is given up", {{"open", open}});
        broker.abandon();
        patience = steady::now() + options.drain_patience;
      }
    }
    // A connection of its own declares the queues again: that is what a return asks for.
    if (returned_in_window && !stopping) broker.abandon();
    FAILPOINT("intake.before_forget", "");
    if (!confirmed_ids.empty()) {
      const auto forgotten = files.remove(std::exchange(confirmed_ids, {}));
      co_await forgotten->wait();
    }
    files.oldest();
    co_return failed_in_window == 0 && drained.empty();
  }

  void turn_to_direct() {
    spooling = false;
    mode_gauge.Set(0);
    files.oldest();
    hub::log::info("the spool is empty; events go to the broker directly");
  }
};

intake::intake(boost::asio::io_context& loop, broker_link broker, spool& spooled_to, intake_options options)
    : state_(std::make_shared<state>(loop, std::move(broker), spooled_to, options)) {}

intake::~intake() = default;

void intake::on_spooled(std::function<void(const std::vector<hub::message::event>&)> tell) {
  state_->tell_spooled = std::move(tell);
}

void intake::start() {
  // Until the first connection stands the spool answers; a former process's entries go first in any case.
  if (state_->files.pending() > 0)
    state_->turn_to_spool("entries of a former process");
  else if (!state_->broker.ready())
    state_->turn_to_spool("the broker is not connected yet");
}

hub::async::task<bool> intake::accept(std::vector<hub::message::event> events) {
  if (events.empty()) co_return true;
  const auto self = state_;
  const auto begun = steady::now();
  std::vector<spool_entry> list;
  list.reserve(events.size());
  for (const auto& e : events) list.push_back({e.key, e.conversation, hub::message::encode(e)});
  FAILPOINT("intake.before_publish", events.front().key);
  if (!self->spooling && !self->broker.ready()) self->turn_to_spool("the broker is not connected or blocks");
  bool safe = false;
  if (self->spooling) {
    if (self->tell_spooled) self->tell_spooled(events);
    safe = co_await self->append(std::move(list));
  } else {
    const auto request = self->publish(std::move(list));
    safe = co_await request->answer.wait();
  }
  self->confirm_time.Observe(std::chrono::duration<double>(steady::now() - begun).count());
  FAILPOINT("intake.before_answer", events.front().key);
  co_return safe;
}

void intake::settled(std::vector<settlement> list) {
  boost::asio::post(state_->loop, [self = state_, list = std::move(list)] { self->settle(list); });
}

hub::async::task<> intake::stop() {
  const auto self = state_;
  self->stopping = true;
  self->drain_bell.cancel();
  // Requests were answered before the listener stopped; what is still under way here goes to the spool.
  if (!self->direct.empty()) self->turn_to_spool("the program stops");
  while (self->appends_under_way > 0 || self->draining) co_await self->listen(std::chrono::milliseconds(10));
  self->deadline_timer.cancel();
}

bool intake::is_spooling() const { return state_->spooling; }

}  // namespace connectors
