#pragma once
// What an ERP tells, as canonical events: its objects each with the ERP's own id, and what a full exchange held. Each event can
// be applied in any order and any number of times: a field keeps what the newest time told. Plain values, any thread.

#include "hub/message/parts.hpp"

namespace hub::message {

/// Somebody whom an ERP knows as its customer. Newest time holds; applying it twice changes nothing.
struct customer {
  static constexpr std::string_view kind = "customer";

  person who;
  std::string version;
  std::string first_name, last_name;
  std::string company_name;
  std::string email;
  bool deleted = false;

  bool operator==(const customer&) const = default;
  static void describe(auto& self, auto& on) {
    on("who", self.who, about{.text = "By the ERP's id first, then by fingerprints of their numbers.", .required = true});
    on("version", self.version, about{.text = "The ERP's version of it: equal or different, never older or newer.", .max = 128});
    on("first_name", self.first_name, about{.text = "Of a person.", .max = 255});
    on("last_name", self.last_name, about{.text = "Of a person.", .max = 255});
    on("company_name", self.company_name, about{.text = "Of a company.", .max = 512});
    on("email", self.email, about{.text = "Contact data; joins nobody.", .max = 320});
    on("deleted", self.deleted, about{.text = "Marked for deletion there."});
  }
};

/// What an ERP's full exchange held, so that what it no longer holds can be told. Each event speaks of one range of ids and
/// says all that exist in it: ranges are applied alone, in any order. Of what is missing only what no newer event speaks of
/// is absent; what was sold stays sold.
struct exchange {
  static constexpr std::string_view kind = "exchange";

  std::string objects;
  std::string catalogue;
  std::string from, to;
  std::vector<std::string> present;
  std::uint64_t total = 0;

  bool operator==(const message::exchange&) const = default;
  static void describe(auto& self, auto& on) {
    on("objects", self.objects, about{.text = "Of which kind: `vehicle`.", .required = true, .max = 32});
    on("catalogue", self.catalogue, about{.text = "The ERP's id of the catalogue that was told in full.", .max = 128});
    on("from", self.from,
       about{.text = "First 16 hex digits of the SHA-256 of an id: the range's least.", .required = true, .min = 16, .max = 16});
    on("to", self.to, about{.text = "The range's greatest, included.", .required = true, .min = 16, .max = 16});
    on("present", self.present, about{.text = "Every id of the range that exists there.", .max = 4096});
    on("total", self.total, about{.text = "How many objects the whole exchange held, over all ranges."});
  }
};

/// An order as an ERP keeps it. Newest time holds; applying it twice changes nothing.
struct order {
  static constexpr std::string_view kind = "order";

  std::string id;
  std::string hub_id;
  std::string version;
  std::string number;
  std::optional<instant> placed_at;
  std::string customer;
  std::vector<std::string> vehicles;
  std::string total;
  std::string currency;
  std::string status;
  bool paid = false;
  bool shipped = false;
  bool cancelled = false;
  bool deleted = false;

  bool operator==(const message::order&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, about{.text = "The ERP's id; empty where the order was born in the hub.", .max = 128});
    on("hub_id", self.hub_id, about{.text = "Our id of an order that was born in the hub.", .max = 128});
    on("version", self.version, about{.text = "The ERP's version of it: equal or different, never older or newer.", .max = 128});
    on("number", self.number, about{.text = "As people there call it.", .max = 64});
    on("placed_at", self.placed_at, about{.text = "Its date there."});
    on("customer", self.customer, about{.text = "The ERP's id of the customer.", .max = 128});
    on("vehicles", self.vehicles, about{.text = "The ERP's ids of what is sold, services left out.", .max = 64});
    on("total", self.total, about{.text = "Decimal number with two decimals, not negative; empty: not told.", .max = 20});
    on("currency", self.currency, about{.text = "ISO 4217; empty without a total.", .max = 3});
    on("status", self.status, about{.text = "In the ERP's own words.", .max = 255});
    on("paid", self.paid, about{.text = "A payment is booked."});
    on("shipped", self.shipped, about{.text = "Handed over, or in a final status."});
    on("cancelled", self.cancelled, about{.text = "Cancelled there."});
    on("deleted", self.deleted, about{.text = "Marked for deletion there."});
  }
};

/// The ERP has taken an order of the hub's. Newest time holds; applying it twice changes nothing.
struct order_handed {
  static constexpr std::string_view kind = "order_handed";

  std::string hub_id;
  std::string version;
  std::string erp_id;

  bool operator==(const order_handed&) const = default;
  static void describe(auto& self, auto& on) {
    on("hub_id", self.hub_id, about{.text = "Our id of the order.", .required = true, .min = 1, .max = 64});
    on("version", self.version, about{.text = "Of the content that was taken.", .required = true, .max = 128});
    on("erp_id", self.erp_id, about{.text = "The ERP's id of it, where it was told at once.", .max = 128});
  }
};

/// Whether a vehicle can be sold; the same words as the database's vehicle_status.
enum class vehicle_state { available, reserved, sold, archived };
constexpr auto names_of(vehicle_state) {
  using enum vehicle_state;
  return std::array{named{"available", available}, named{"reserved", reserved}, named{"sold", sold}, named{"archived", archived}};
}

/// What an ERP tells of a vehicle. What it is, what it costs and how many there are come in files of their own: what is
/// empty was not told and stays. Of each field the newest time holds; applying it twice changes nothing.
struct vehicle {
  static constexpr std::string_view kind = "vehicle";

  std::string id;
  std::string version;
  bool deleted = false;
  std::string vin;
  std::string make, model;
  std::optional<std::uint32_t> year;
  std::optional<vehicle_state> status;
  std::string price;
  std::string currency;
  std::string quantity;
  std::string colour;
  std::string mileage;
  std::vector<attachment> photos;
  std::vector<std::string> warnings;

  bool operator==(const message::vehicle&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, about{.text = "The ERP's id, exactly as given.", .required = true, .min = 1, .max = 128});
    on("version", self.version, about{.text = "The ERP's version of it: equal or different, never older or newer.", .max = 128});
    on("deleted", self.deleted, about{.text = "Marked for deletion there."});
    on("vin", self.vin, about{.text = "17 capital letters and digits without I, O, Q.", .max = 17});
    on("make", self.make, about{.text = "Who made it.", .max = 255});
    on("model", self.model, about{.text = "Which of theirs.", .max = 255});
    on("year", self.year, about{.text = "When it was made.", .min = 1950, .max = 2100});
    on("status", self.status, about{.text = "By the ERP; absent: it has no say, or was not asked."});
    on("price", self.price, about{.text = "Decimal number with two decimals, above zero.", .max = 20});
    on("currency", self.currency, about{.text = "ISO 4217; empty without a price.", .max = 3});
    on("quantity", self.quantity,
       about{.text = "How many are there, a decimal number: where no status is told, 0 is archived.", .max = 20});
    on("colour", self.colour, about{.text = "In the ERP's words.", .max = 255});
    on("mileage", self.mileage, about{.text = "In kilometres, a decimal number.", .max = 20});
    on("photos", self.photos, about{.text = "Pictures to fetch, the first one first.", .max = 64});
    on("warnings", self.warnings,
       about{.text = "What was mended: `cyrillic_lookalike`, `check_digit`, `repeated_id`.", .max = 16});
  }
};

}  // namespace hub::message
