#pragma once
// Telephone calls as the API shows them: one described struct per schema of docs/openapi.yaml. No number and no
// fingerprint has a member here. Plain values.

#include "hub/api/journal_views.hpp"

namespace hub::api {

struct call_page {
  std::vector<call_view> calls;
  std::optional<std::string> next;

  bool operator==(const call_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("calls", self.calls, always);
    on("next", self.next, always);
  }
};

struct call_detail {
  call_view call;
  std::optional<task_view> call_back;  ///< what is still to be done about a missed one

  bool operator==(const call_detail&) const = default;
  static void describe(auto& self, auto& on) {
    on("call", self.call, always);
    on("call_back", self.call_back, always);
  }
};

/// A call back that the provider has taken.
struct call_back_view {
  std::int64_t call_id = 0;
  std::string state;  ///< placed: the manager's telephone rings first

  bool operator==(const call_back_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("call_id", self.call_id, always);
    on("state", self.state, always);
  }
};

}  // namespace hub::api
