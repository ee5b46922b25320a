// What each connector's parser costs on one processor: the bodies of its recorded cases, as fast as they go, with their
// canonical events encoded for the broker; and how much memory one body allocates. Beside it, in the same run, the JSON
// parser alone: the ratio is what normalizing adds.
//
//     bench_normalize [seconds a channel]

#include "config/node.hpp"
#include "connectors/connector.hpp"
#include "hub/base/crypto.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"
#include "tests/support/recorded_cases.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <new>

namespace {

thread_local std::uint64_t allocated = 0;

}  // namespace

void* operator new(std::size_t size) {
  allocated += size;
  if (void* made = std::malloc(size)) return made;
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace {

namespace fs = std::filesystem;
using clock_type = std::chrono::steady_clock;

struct measured {
  double bodies_per_second = 0, bytes_per_body = 0;
};

template <class F>
measured measure(const std::vector<std::string>& bodies, double seconds, F each) {
  for (const auto& body : bodies) each(body);
  const auto before = allocated;
  const auto begun = clock_type::now();
  std::uint64_t done = 0;
  double took = 0;
  while (took < seconds) {
    for (const auto& body : bodies) each(body);
    done += bodies.size();
    took = std::chrono::duration<double>(clock_type::now() - begun).count();
  }
  return {static_cast<double>(done) / took, static_cast<double>(allocated - before) / static_cast<double>(done)};
}

}  // namespace

int main(int count, char** values) {
  const double seconds = count > 1 ? std::atof(values[1]) : 2;
  hub::crypto_start();
  std::cout << fmt::format("{:<10} {:>6} {:>12} {:>14} {:>12} {:>14} {:>7}\n", "CHANNEL", "BODIES", "BYTES EACH", "NORMALIZED/S",
                           "ALLOCATED", "JSON ALONE/S", "RATIO");
  for (const auto& kind : connectors::registry()) {
    const auto account = test_support::account_of(kind);
    std::vector<std::string> bodies;
    std::uint64_t bytes = 0;
    for (const auto& name : test_support::recorded_cases(kind.channel)) {
      if (name.starts_with("refused_")) continue;
      bodies.push_back(test_support::bytes_of(test_support::cases_of(kind.channel) / name));
      bytes += bodies.back().size();
    }
    const auto now = hub::real_clock().now();
    const auto whole = measure(bodies, seconds, [&](const std::string& body) {
      if (const auto events = account.connector->normalize(body, now))
        for (const auto& e : *events) (void)hub::message::encode(e);
    });
    const auto alone = measure(bodies, seconds, [](const std::string& body) { (void)hub::message::parse_json(body); });
    std::cout << fmt::format("{:<10} {:>6} {:>12} {:>14.0f} {:>12.0f} {:>14.0f} {:>7.2f}\n", kind.channel, bodies.size(),
                             bytes / std::max<std::size_t>(1, bodies.size()), whole.bodies_per_second, whole.bytes_per_body,
                             alone.bodies_per_second, whole.bodies_per_second / alone.bodies_per_second);
  }
}
