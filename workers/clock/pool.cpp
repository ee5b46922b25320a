#include "workers/clock/pool.hpp"

#include "workers/clock/turn.hpp"
#include "workers/clock/words.hpp"
#include "workers/turns.hpp"

namespace workers::clock {

using namespace std::chrono_literals;

struct clock_pool::state {
  turner work;
  word_indexer words;
  turns thread, beside;

  state(clock_options o, const hub::clock& clock)
      : work(o.database, clock, o.limits, o.accounts),
        words(o.database),
        thread({.turn = [this] { return work.turn(); },
                .end = [this] { work.drop_connection(); },
                .idle = o.idle,
                .missed = "the clock missed a turn; it is made up for"}),
        // Five thousand messages a second at most: nobody waits for a word, and others wait for us.
        beside({.turn = [this] { return words.turn(); },
                .end = [this] { words.drop_connection(); },
                .idle = 1s,
                .rest = 30ms,
                .missed = "messages could not be made findable; they will be"}) {}
};

clock_pool::clock_pool(clock_options options, const hub::clock& clock)
    : state_(std::make_unique<state>(std::move(options), clock)) {}

clock_pool::~clock_pool() { stop(); }

void clock_pool::start() {
  state_->thread.start();
  state_->beside.start();
}

void clock_pool::stop() {
  state_->thread.stop();
  state_->beside.stop();
}

}  // namespace workers::clock
