#include "workers/sender/pool.hpp"

#include "workers/crew.hpp"
#include "workers/sender/sender.hpp"

#include <algorithm>

namespace workers::sender {

struct sender_pool::state {
  sender_options options;
  circuits accounts;
  crew<sender> senders;

  explicit state(sender_options o)
      : options(std::move(o)), accounts(options.failures, options.first_rest, options.longest_rest) {}
};

sender_pool::sender_pool(sender_options options) : state_(std::make_unique<state>(std::move(options))) {}

sender_pool::~sender_pool() { stop(std::chrono::milliseconds(0)); }

void sender_pool::start() {
  auto& s = *state_;
  const auto senders = std::max(1U, s.options.senders);
  for (unsigned i = 0; i < senders; ++i) s.senders.add(s.options, s.accounts, i);
  if (!s.options.notices.email.empty() || s.options.notices.telegram) s.senders.add(s.options, s.accounts, senders, true);
}

void sender_pool::stop(std::chrono::milliseconds patience) { state_->senders.stop(patience); }

}  // namespace workers::sender
