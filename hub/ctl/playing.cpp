#include "hub/ctl/playing.hpp"

#include "hub/base/crypto.hpp"

#include <algorithm>
#include <utility>

namespace hub::ctl {

std::string digits(std::uint64_t number, std::size_t width, unsigned base) {
  std::string text(width, '0');
  for (auto at = text.rbegin(); at != text.rend(); ++at, number /= base) *at = "0123456789abcdef"[number % base];
  return text;
}

std::string sign(std::string_view token, std::string_view body) { return to_hex(hmac_sha256(token, body)); }

std::vector<std::size_t> delivery_order(std::size_t events, const delivery_options& options) {
  dice roll(options.seed + 77);
  struct delivery {
    std::size_t place;
    std::size_t event;
  };
  std::vector<delivery> all;
  for (std::size_t i = 0; i < events; ++i) {
    all.push_back({i, i});
    if (!roll.chance(options.duplicates)) continue;
    // A repetition comes somewhere after its original, as a platform's does.
    for (std::size_t more = 1 + roll.below(4); more > 0; --more) all.push_back({i + roll.below(50), i});
  }
  std::stable_sort(all.begin(), all.end(), [](const delivery& a, const delivery& b) { return a.place < b.place; });
  std::vector<std::size_t> order;
  for (const auto& each : all) order.push_back(each.event);
  if (options.shuffle)
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[roll.below(i)]);
  return order;
}

}  // namespace hub::ctl
