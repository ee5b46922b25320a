// bench_sends: how close the sender pool comes to what a platform allows. hub-worker and hub-connector as processes, Telegram at
// 30 and WhatsApp at 80 messages a second; the platform is simulated, answers after a while, refuses with 429 whatever is over
// its limit, and in a second phase refuses some at random, too. Run by hand (docs/performance.md).

#include "hub/base/crypto.hpp"
#include "hub/base/log.hpp"
#include "tests/bench/flags.hpp"
#include "tests/support/sending_hub.hpp"

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <algorithm>
#include <iostream>
#include <mutex>
#include <random>
#include <thread>

namespace {

using namespace std::chrono_literals;
using namespace test_support;
using steady = std::chrono::steady_clock;

struct settings {
  double seconds = 30, storms = 1;
  unsigned workers = 2, senders = 8, seed = 1;
  int latency_ms = 100;
};

/// What a platform lets through: so many a second, a second's worth at once.
class limit {
 public:
  explicit limit(double per_second) : per_second_(per_second), left_(per_second) {}
  bool take(steady::time_point now) {
    const auto passed = std::chrono::duration<double>(now - at_).count();
    left_ = std::min(per_second_, at_ == steady::time_point{} ? per_second_ : left_ + passed * per_second_);
    at_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  const double per_second_;
  double left_;
  steady::time_point at_{};
};

struct phase {
  double rate = 0;
  std::size_t refused_over_limit = 0, refused_at_random = 0, overtaken = 0;
  std::string attempts_counted;
};

/// More messages than the time takes, to so many people that no limit of one of them matters.
phase measure(const std::string& channel, double allowed, double storms, const settings& s) {
  sending_hub on({.workers = s.workers, .settings = {{"HUB__SENDING__SENDERS", std::to_string(s.senders)}}}, {{channel, "main"}});
  const int people = static_cast<int>(allowed * 15);
  on.invent_people(people);

  phase made;
  std::mutex mutex;
  limit allows(allowed);
  std::mt19937_64 random(s.seed);
  std::vector<steady::time_point> taken;
  on.platform.behave([&](const given_message&) {
    const auto now = steady::now();
    auto which = conduct::answers;
    {
      const std::lock_guard lock(mutex);
      if (std::uniform_real_distribution<>(0, 100)(random) < storms)
        which = conduct::limits, ++made.refused_at_random;
      else if (!allows.take(now))
        which = conduct::limits, ++made.refused_over_limit;
      else
        taken.push_back(now);
    }
    std::this_thread::sleep_until(now + std::chrono::milliseconds(s.latency_ms));
    return which;
  });
  const int replies = static_cast<int>(allowed * (s.seconds + 10));
  std::string all;
  for (int n = 0; n < replies; ++n) all += on.reply_to(n % people, fmt::format("{:06}", n)) + ";";
  on.hub.ask(all);

  // The first seconds are what the platform allows at once.
  wait_until(
      [&] {
        const std::lock_guard lock(mutex);
        return !taken.empty();
      },
      60s);
  const auto from = steady::now() + 3s, until = from + std::chrono::milliseconds(static_cast<int>(s.seconds * 1000));
  std::this_thread::sleep_until(until);
  {
    const std::lock_guard lock(mutex);
    const auto count = std::count_if(taken.begin(), taken.end(), [&](auto at) { return at >= from && at < until; });
    made.rate = static_cast<double>(count) / s.seconds;
  }
  std::map<std::string, std::string> newest;
  for (const auto& one : on.platform.taken()) {
    made.overtaken += one.text < newest[one.recipient];
    newest[one.recipient] = one.text;
  }
  made.attempts_counted = on.hub.ask("select coalesce(sum(tries), 0) from outbox");
  on.platform.behave(conduct::answers);
  return made;
}

}  // namespace

int main(int count, char** values) {
  namespace po = boost::program_options;
  settings s;
  po::options_description known("bench_sends");
  auto add = known.add_options();
  add("seconds", po::value(&s.seconds), "of each phase, default 30");
  add("storms", po::value(&s.storms), "refused at random in the second phase, in percent, default 1");
  add("workers", po::value(&s.workers), "default 2");
  add("senders", po::value(&s.senders), "of each worker, default 8, as the product has");
  add("latency", po::value(&s.latency_ms), "of the platform's answers in milliseconds, default 100");
  add("seed", po::value(&s.seed), "of the storms, default 1");
  if (!bench::read_flags(count, values, known)) return 0;
  hub::crypto_start();
  hub::log::start("bench", hub::log::level::error);
  std::cout << fmt::format("{} workers, {} senders each, answers after {} ms, seed {}\n", s.workers, s.senders, s.latency_ms,
                           s.seed)
            << fmt::format("{:<10} {:>8} {:>10} {:>10} {:>8} {:>12} {:>10} {:>10} {:>16}\n", "", "limit/s", "storms, %",
                           "taken/s", "ratio", "over limit", "at random", "overtaken", "tries counted");
  for (const auto& [channel, allowed] : {std::pair<std::string, double>{"telegram", 30}, {"whatsapp", 80}})
    for (const double storms : {0.0, s.storms}) {
      const auto got = measure(channel, allowed, storms, s);
      std::cout << fmt::format("{:<10} {:>8} {:>10} {:>10.1f} {:>7.1f}% {:>12} {:>10} {:>10} {:>16}\n", channel, allowed, storms,
                               got.rate, 100 * got.rate / allowed, got.refused_over_limit, got.refused_at_random, got.overtaken,
                               got.attempts_counted)
                << std::flush;
    }
  return 0;
}
