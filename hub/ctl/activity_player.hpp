#pragma once
// A pilot-car website's side of the activity webhook: bodies as our contract has them (connectors/activity/README.md) and
// what invented companies do at the site. The same seed tells the same. Pure, any thread.

#include "hub/base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hub::ctl {

/// Every invented company's id begins so, which is how `hubctl seed --remove` finds them again.
inline constexpr std::string_view demo_company_prefix = "demo-";

struct site_activity {
  std::string id;
  std::string activity;
  hub::instant at{};
  std::string company_id;
  std::string company_name;
  std::string contact_name;
  std::uint64_t cents = 0;  ///< 0: no cost
  std::string data;         ///< a JSON object
};

struct visit_options {
  std::uint64_t seed = 1;
  std::size_t companies = 10;
  std::size_t count = 0;  ///< activities; 0: every company's visit once, to its end
  hub::instant start{};
  std::chrono::milliseconds step{125};  ///< between two activities
};

/// In the order of their times; several companies are at the site at once.
std::vector<site_activity> tell_visits(const visit_options& options);

/// The body the site would send.
std::string activity_body(const site_activity& told);

}  // namespace hub::ctl
