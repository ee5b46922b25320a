#pragma once
// How long first responses took, in working minutes and as percentiles: half of them within p50, nine of ten within p90. Pure,
// any thread.

#include "hub/api/report_views.hpp"

#include <map>
#include <string>
#include <vector>

namespace hub::api {

/// Between two of them the value lies on the line, as in PostgreSQL's percentile_cont; rounded to a tenth of a minute. Nothing
/// of nothing.
std::optional<percentiles_view> percentiles_of(std::vector<double> minutes);

/// Sorts responses into those of each person, channel and period, and of all.
class response_figures {
 public:
  void add(std::int64_t person, const std::string& channel, const std::string& period, double minutes);
  /// Channels with the most responses first, periods in their order, the people that are there already.
  void tell(response_times_view& to) const;

 private:
  std::vector<double> all_;
  std::map<std::int64_t, std::vector<double>> people_;
  std::map<std::string, std::vector<double>> channels_, periods_;
};

}  // namespace hub::api
