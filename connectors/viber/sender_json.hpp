#pragma once
// What the bodies that Viber is sent have in common: who the customer sees as the sender.

#include "hub/base/describe.hpp"

#include <string>

namespace connectors::viber {

inline constexpr hub::about always{.text = {}, .required = true};
inline constexpr hub::about sometimes{};

struct sender_json {
  std::string name;
  std::string avatar;

  bool operator==(const sender_json&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, always);
    on("avatar", self.avatar, sometimes);
  }
};

}  // namespace connectors::viber
