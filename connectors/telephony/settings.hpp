#pragma once
// What every telephony account is told: how numbers are written where it stands, which of them are our own, and which clock the
// provider writes by. Each provider's settings begin with these.

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace connectors::telephony {

using hub::about;

/// A number of our own: never a customer, shown by its name.
struct own_line {
  std::string name;
  hub::secret number;

  bool operator==(const own_line&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{.text = "What people see instead of the number.", .required = true, .min = 1, .max = 64});
    on("number", self.number, about{.text = "The number, however it is written.", .required = true, .secret = true});
  }
};

struct common_settings {
  std::string country = "380";
  int national_digits = 9;
  std::vector<own_line> lines;
  std::string time_zone = "Europe/Kyiv";

  bool operator==(const common_settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("country", self.country, about{.text = "Calling code of numbers that are written without one.", .min = 1, .max = 3});
    on("national_digits", self.national_digits,
       about{.text = "How many digits follow the calling code there.", .min = 7, .max = 12});
    on("lines", self.lines,
       about{.text = "Our own numbers, also mobiles that calls are forwarded to: they are never taken for a customer."});
    on("time_zone", self.time_zone,
       about{.text = "Clock by which the provider writes times that name no zone.", .max = 64, .example = "Europe/Kyiv"});
  }
};

/// How a provider's list of calls is asked for, which is the truth where webhooks get lost.
struct poll_settings {
  std::chrono::milliseconds poll_every = std::chrono::minutes(1);
  std::chrono::milliseconds look_back = std::chrono::hours(2);
  std::chrono::milliseconds reach_back = std::chrono::hours(24 * 7);

  bool operator==(const poll_settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("poll_every", self.poll_every, about{.text = "How often the list of calls is asked for; 0s: never."});
    on("look_back", self.look_back,
       about{.text = "How far before the last look each look begins: longer than the longest call, for a call is listed by its "
                     "beginning and told when it is over."});
    on("reach_back", self.reach_back,
       about{.text = "How far back calls are asked for after an outage; older ones stay unknown."});
  }
};

}  // namespace connectors::telephony
