#pragma once
// What every simulated platform needs: chance that follows from a seed, signatures, the order of deliveries. Pure, any
// thread.

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace hub::ctl {

// The standard distributions differ between libraries; a seed has to mean the same everywhere.
class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_(seed * 0x9e3779b97f4a7c15ULL + 0x632be59bd9b4e019ULL) {}
  std::size_t below(std::size_t n) { return n == 0 ? 0 : static_cast<std::size_t>(engine_() % n); }
  bool chance(double share) { return static_cast<double>(engine_() >> 11) / 9007199254740992.0 < share; }

 private:
  std::mt19937_64 engine_;
};

/// Fixed width, leading zeros.
std::string digits(std::uint64_t number, std::size_t width, unsigned base = 10);

/// Hex of HMAC-SHA-256 of the body under the account's token or secret, as Viber and our own websites sign.
std::string sign(std::string_view token, std::string_view body);

struct delivery_options {
  std::uint64_t seed = 1;
  double duplicates = 0;  ///< share of the events that come more than once, two to five times
  bool shuffle = false;   ///< in any order instead of the platform's
};

/// Which event is sent when: indexes below `events`, repeated and reordered as asked.
std::vector<std::size_t> delivery_order(std::size_t events, const delivery_options& options);

}  // namespace hub::ctl
