#include "workers/sender/teller.hpp"

#include "hub/base/log.hpp"

namespace workers::sender {

namespace {

using namespace std::chrono_literals;
using hub::message::send_state;

hub::instant now_in_ms() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

}  // namespace

teller::teller(const sender_options& options) : options_(options), notices_(options.database, options.notices), line_(options) {}

void teller::run(std::stop_token stopping) {
  // Nobody waits for a notice as for a reply.
  line_.run(stopping, 4 * options_.idle, [this] { return tell(); });
}

bool teller::tell() {
  if (const auto moment = std::chrono::steady_clock::now(); moment - collected_ >= 5s) {
    collected_ = moment;
    notices_.collect(now_in_ms());
  }
  const auto attempt = notices_.begin(now_in_ms(), options_.good_for);
  if (!attempt) return false;
  const auto what = line_.ask(*attempt, false);
  const auto told = what.told   ? *what.told
                    : what.away ? deferred("hub-connector does not answer", false)
                                : hub::message::send_told();
  if (told.state == send_state::failed || told.state == send_state::unknown)
    hub::log::warn("a notice may not have arrived", {{"notice", attempt->ask.outbox_id},
                                                     {"channel", attempt->channel},
                                                     {"state", std::string(hub::name_of(told.state))},
                                                     {"reason", told.reason}});
  notices_.settle(*attempt, told, now_in_ms());
  return !what.away;
}

}  // namespace workers::sender
