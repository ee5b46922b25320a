#include "workers/sender/pool.hpp"

#include "workers/crew.hpp"
#include "workers/sender/sender.hpp"
#include "workers/sender/teller.hpp"

#include <algorithm>

namespace workers::sender {

struct sender_pool::state {
  sender_options options;
  circuits accounts;
  crew<sender> senders;
  crew<teller> tellers;

  explicit state(sender_options o)
      : options(std::move(o)), accounts(options.failures, options.first_rest, options.longest_rest) {}
};

sender_pool::sender_pool(sender_options options) : state_(std::make_unique<state>(std::move(options))) {}

sender_pool::~sender_pool() { stop(std::chrono::milliseconds(0)); }

void sender_pool::start() {
  auto& s = *state_;
  const auto senders = std::max(1U, s.options.senders);
  for (unsigned i = 0; i < senders; ++i) s.senders.add(s.options, s.accounts, i);
  if (!s.options.notices.email.empty() || s.options.notices.telegram) s.tellers.add(s.options);
}

void sender_pool::stop(std::chrono::milliseconds patience) {
  const auto begun = std::chrono::steady_clock::now();
  state_->senders.stop(patience);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
  state_->tellers.stop(std::max(patience - took, std::chrono::milliseconds(0)));
}

}  // namespace workers::sender
