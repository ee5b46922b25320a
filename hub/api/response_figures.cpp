#include "hub/api/response_figures.hpp"

#include <algorithm>
#include <cmath>

namespace hub::api {

namespace {

double at_share(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, sorted.size() - 1);
  const double value = sorted[below] + (sorted[above] - sorted[below]) * (place - static_cast<double>(below));
  return std::round(value * 10) / 10;
}

}  // namespace

std::optional<percentiles_view> percentiles_of(std::vector<double> minutes) {
  if (minutes.empty()) return std::nullopt;
  std::sort(minutes.begin(), minutes.end());
  return percentiles_view{at_share(minutes, 0.5), at_share(minutes, 0.9), at_share(minutes, 0.95)};
}

void response_figures::add(std::int64_t person, const std::string& channel, const std::string& period, double minutes) {
  all_.push_back(minutes);
  people_[person].push_back(minutes);
  channels_[channel].push_back(minutes);
  periods_[period].push_back(minutes);
}

void response_figures::tell(response_times_view& to) const {
  to.working_minutes = percentiles_of(all_);
  for (auto& row : to.people)
    if (const auto own = people_.find(row.person.id); own != people_.end()) row.working_minutes = percentiles_of(own->second);
  for (const auto& [channel, minutes] : channels_)
    to.channels.push_back({channel, static_cast<std::int64_t>(minutes.size()), percentiles_of(minutes)});
  std::stable_sort(to.channels.begin(), to.channels.end(), [](const auto& x, const auto& y) { return x.answered > y.answered; });
  for (const auto& [from, minutes] : periods_)
    to.periods.push_back({from, static_cast<std::int64_t>(minutes.size()), percentiles_of(minutes)});
}

}  // namespace hub::api
