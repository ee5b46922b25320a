#pragma once
// Vehicles as the API shows them: one described struct per schema of docs/openapi.yaml.

#include "hub/api/views.hpp"

namespace hub::api {

enum class vehicle_status { available, reserved, sold, archived };
constexpr auto names_of(vehicle_status) {
  using enum vehicle_status;
  return std::array{named{"available", available}, named{"reserved", reserved}, named{"sold", sold}, named{"archived", archived}};
}

struct vehicle_view {
  std::int64_t id = 0;
  std::int32_t version = 0;
  std::string make, model;
  std::optional<std::int32_t> year;
  std::optional<std::string> vin;
  std::optional<double> price;
  std::string currency;
  vehicle_status status = vehicle_status::available;
  std::string plate;
  std::optional<std::int32_t> mileage;
  std::string colour;
  std::optional<person_view> manager;
  bool of_erp = false;                  ///< make, model, year, VIN and price are the ERP's to change
  std::optional<std::int64_t> lead_id;  ///< the lead that has chosen it

  bool operator==(const vehicle_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("version", self.version, always);
    on("make", self.make, always);
    on("model", self.model, always);
    on("year", self.year, always);
    on("vin", self.vin, always);
    on("price", self.price, always);
    on("currency", self.currency, always);
    on("status", self.status, always);
    on("plate", self.plate, always);
    on("mileage", self.mileage, always);
    on("colour", self.colour, always);
    on("manager", self.manager, always);
    on("of_erp", self.of_erp, always);
    on("lead_id", self.lead_id, always);
  }
};

struct vehicle_page {
  std::vector<vehicle_view> vehicles;
  std::optional<std::string> next;

  bool operator==(const vehicle_page&) const = default;
  static void describe(auto& self, auto& on) {
    on("vehicles", self.vehicles, always);
    on("next", self.next, always);
  }
};

}  // namespace hub::api
