#pragma once
// Disagreements with an ERP as the API shows them: one described struct per schema of docs/openapi.yaml.

#include "hub/api/views.hpp"

namespace hub::api {

enum class conflict_state { open, settled, kept_ours, took_theirs };
constexpr auto names_of(conflict_state) {
  using enum conflict_state;
  return std::array{named{"open", open}, named{"settled", settled}, named{"kept_ours", kept_ours},
                    named{"took_theirs", took_theirs}};
}

enum class conflict_object { vehicle, order, exchange };
constexpr auto names_of(conflict_object) {
  using enum conflict_object;
  return std::array{named{"vehicle", vehicle}, named{"order", order}, named{"exchange", exchange}};
}

struct conflict_view {
  std::int64_t id = 0;
  std::string account;
  conflict_object object = conflict_object::vehicle;
  std::string erp_id, field, ours, theirs, why;
  std::optional<std::int64_t> vehicle_id, lead_id;
  instant found_at;
  conflict_state state = conflict_state::open;
  std::optional<instant> judged_at;
  std::optional<person_view> judged_by;

  bool operator==(const conflict_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("account", self.account, always);
    on("object", self.object, always);
    on("erp_id", self.erp_id, always);
    on("field", self.field, always);
    on("ours", self.ours, always);
    on("theirs", self.theirs, always);
    on("why", self.why, always);
    on("vehicle_id", self.vehicle_id, always);
    on("lead_id", self.lead_id, always);
    on("found_at", self.found_at, always);
    on("state", self.state, always);
    on("judged_at", self.judged_at, always);
    on("judged_by", self.judged_by, always);
  }
};

struct conflict_page {
  std::vector<conflict_view> conflicts;
  std::optional<std::string> next;

  bool operator==(const conflict_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("conflicts", self.conflicts, always);
    on("next", self.next, always);
  }
};

}  // namespace hub::api
