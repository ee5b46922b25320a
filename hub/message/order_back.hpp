#pragma once
// An order that goes from the hub to an ERP: a lead with a chosen car. A worker hands it to hub-connector over
// POST /internal/order; the connector keeps it until the ERP has taken it and then tells so with an event `order_handed`.
// No number is in it. Plain values, any thread.

#include "hub/base/describe.hpp"
#include "hub/base/time.hpp"

#include <array>
#include <string>
#include <vector>

namespace hub::message {

struct ordered_vehicle {
  std::string id;     ///< the ERP's
  std::string name;   ///< for people: "Skoda Octavia 2014"
  std::string price;  ///< decimal number with two decimals

  bool operator==(const ordered_vehicle&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, about{.text = "The ERP's id of the vehicle.", .required = true, .min = 1, .max = 128});
    on("name", self.name, about{.text = "For people.", .required = true, .max = 512});
    on("price", self.price, about{.text = "Decimal number with two decimals.", .required = true, .max = 20});
  }
};

/// The whole order as it shall be now. The same hub_id again replaces what was there; another version means another content.
struct order_asked {
  std::string hub_id;
  std::string erp_id;
  std::string version;
  instant placed_at;
  std::string customer_id;
  std::string customer_name;
  std::string customer_email;
  std::vector<ordered_vehicle> vehicles;
  std::string total;
  std::string currency;
  std::string comment;
  bool cancelled = false;

  bool operator==(const order_asked&) const = default;
  static void describe(auto& self, auto& on) {
    on("hub_id", self.hub_id,
       about{.text = "Our id of the order: the ERP returns it with its own.", .required = true, .min = 1, .max = 64});
    on("erp_id", self.erp_id, about{.text = "The ERP's id, once it is known.", .max = 128});
    on("version", self.version, about{.text = "Of this content.", .required = true, .min = 1, .max = 128});
    on("placed_at", self.placed_at, about{.text = "When it was agreed.", .required = true});
    on("customer_id", self.customer_id,
       about{.text = "The ERP's id of the customer, else ours, as `hub-<id>`.", .required = true, .max = 128});
    on("customer_name", self.customer_name, about{.text = "For people.", .required = true, .max = 512});
    on("customer_email", self.customer_email, about{.text = "Where it is known.", .max = 320});
    on("vehicles", self.vehicles, about{.text = "What is ordered.", .required = true, .min = 1, .max = 64});
    on("total", self.total, about{.text = "Decimal number with two decimals.", .required = true, .max = 20});
    on("currency", self.currency, about{.text = "ISO 4217.", .required = true, .min = 3, .max = 3});
    on("comment", self.comment, about{.text = "For people there.", .max = 1000});
    on("cancelled", self.cancelled, about{.text = "The customer has stepped back."});
  }
};

enum class order_state {
  kept,         ///< safe with the connector, on its way to the ERP
  refused,      ///< this order can never go
  unsupported,  ///< this account takes no orders
};
constexpr auto names_of(order_state) {
  using enum order_state;
  return std::array{named{"kept", kept}, named{"refused", refused}, named{"unsupported", unsupported}};
}

struct order_told {
  order_state state = order_state::unsupported;
  std::string why;

  bool operator==(const order_told&) const = default;
  static void describe(auto& self, auto& on) {
    on("state", self.state, about{.text = "kept, refused or unsupported.", .required = true});
    on("why", self.why, about{.text = "Why not, in plain words.", .max = 1000});
  }
};

}  // namespace hub::message
