#include "workers/clock/silence.hpp"

#include <algorithm>
#include <cmath>

namespace workers::clock {

using std::chrono::milliseconds;

milliseconds silence_since(hub::instant last, const routing::working_time* works, hub::instant now) {
  if (now <= last) return milliseconds(0);
  return works ? works->between(last, now) : std::chrono::duration_cast<milliseconds>(now - last);
}

std::optional<milliseconds> usual_gap(const std::vector<came>& events, const routing::working_time* works,
                                      const silence_limits& limits) {
  std::vector<milliseconds> gaps;
  for (std::size_t i = 1; i < events.size(); ++i)
    if (const auto gap = silence_since(events[i - 1].last, works, events[i].first); gap > milliseconds(0)) gaps.push_back(gap);
  if (gaps.empty() || gaps.size() < limits.fewest) return std::nullopt;
  const auto rank = static_cast<std::size_t>(std::ceil(limits.share * static_cast<double>(gaps.size())));
  const auto at = gaps.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, gaps.size()) - 1);
  std::nth_element(gaps.begin(), at, gaps.end());
  return *at;
}

bool is_silent(milliseconds silence, milliseconds usual, const silence_limits& limits) {
  const auto longest =
      std::max<double>(static_cast<double>(limits.at_least.count()), static_cast<double>(usual.count()) * limits.times);
  return static_cast<double>(silence.count()) > longest;
}

}  // namespace workers::clock
