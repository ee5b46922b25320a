#include "workers/clock/pool.hpp"

#include "workers/clock/turn.hpp"
#include "workers/turns.hpp"

namespace workers::clock {

struct clock_pool::state {
  turner work;
  turns thread;

  state(clock_options o, const hub::clock& clock)
      : work(o.database, clock, o.limits, o.accounts),
        thread({.turn = [this] { return work.turn(); },
                .end = [this] { work.drop_connection(); },
                .idle = o.idle,
                .missed = "the clock missed a turn; it is made up for"}) {}
};

clock_pool::clock_pool(clock_options options, const hub::clock& clock)
    : state_(std::make_unique<state>(std::move(options), clock)) {}

clock_pool::~clock_pool() { stop(); }

void clock_pool::start() { state_->thread.start(); }

void clock_pool::stop() { state_->thread.stop(); }

}  // namespace workers::clock
