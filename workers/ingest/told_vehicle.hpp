#pragma once
// A vehicle out of everything an ERP told of it, and what of that the hub's row takes over. Of each field the newest time
// holds, so events commute. A row is brought up to date by comparing three values of a field: the row's, what was last taken
// over (the base), and what the ERP says now; where both sides changed it, it is a disagreement for a person and the row
// stays. Pure, any thread.

#include "workers/ingest/state.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace workers::ingest {

struct told_value {
  std::string value;
  instant at;

  bool operator==(const told_value&) const = default;
  static void describe(auto& self, auto& on) {
    on("value", self.value, hub::about{.text = "What was told."});
    on("at", self.at, hub::about{.text = "The newest time that told it.", .required = true});
  }
};

/// Everything told of one vehicle, as it is kept: make, model, year, vin, price ("635000.00 UAH"), colour, mileage, status,
/// quantity, deleted ("yes" or "no"), version.
struct vehicle_facts {
  std::map<std::string, told_value> fields;

  bool operator==(const vehicle_facts&) const = default;
  static void describe(auto& self, auto& on) { on("fields", self.fields, hub::about{.text = "By name."}); }

  /// "" for what was never told.
  const std::string& operator[](const std::string& field) const;
};

/// Of one instant the greater text holds.
void learn_vehicle(vehicle_facts& facts, const hub::message::vehicle& told, instant at);

/// Whether it can be shown: make, model and price are known. Once that is so it stays so.
bool is_complete(const vehicle_facts& facts);

/// A word of vehicle_status: deleted is archived; else the ERP's status, else whether any is there. Absent is archived, but
/// what is sold stays sold.
std::string status_told(const vehicle_facts& facts, bool absent);

/// Fields of a row of `vehicle` as text, "" for null: make, model, year, vin, price, colour, mileage, status.
using vehicle_fields = std::map<std::string, std::string>;
/// "" for one that is not there.
const std::string& field_of(const vehicle_fields& fields, const std::string& name);

/// What the ERP says the row should be; no entry for what it never told.
vehicle_fields fields_told(const vehicle_facts& facts, bool absent);

/// Which lead of ours holds a vehicle, at prepayment or after the sale.
struct holder {
  std::optional<id_type> lead;
  bool sold = false;
};

struct disagreement {
  std::string field, ours, theirs, why;
  std::optional<id_type> lead;

  bool operator==(const disagreement&) const = default;
};

/// What a person said to a disagreement; it holds for the value it was about.
struct verdict {
  bool take_theirs = false;
  std::string theirs;
};

struct vehicle_case {
  vehicle_fields row, base, told;
  holder held;
  std::string vin_of;  ///< who else has the VIN that is told: "vehicle 12"; empty: nobody
  std::map<std::string, verdict> verdicts;
};
struct vehicle_outcome {
  vehicle_fields row, base;
  std::vector<disagreement> open;  ///< also judged ones, as long as both sides differ
};
vehicle_outcome settle(const vehicle_case& of);

// ---- who has a VIN --------------------------------------------------------------------------------------------------

/// One of several that are told with the same VIN.
struct vin_claim {
  std::string account, id;
  bool complete = false, live = false, given = false;  ///< given: by a person
  instant at;                                          ///< when the VIN was told last
};
/// The one it belongs to: given by a person, complete, in stock, told last; then the smaller id. Not of an empty list.
const vin_claim& owner_of(const std::vector<vin_claim>& claims);

// ---- full exchanges -------------------------------------------------------------------------------------------------

struct known_vehicle {
  instant first_told, newest;
  bool live = false;
  std::optional<instant> absent_at;

  bool is_absent() const { return absent_at && *absent_at > newest; }
};
struct full_exchange {
  instant at;
  std::string catalogue;
  std::set<std::string> present;
  bool accepted = false;  ///< a person said that it is right
};
struct judged_exchange {
  bool refused = false;  ///< more would be gone than stayed
  std::size_t stayed = 0, gone = 0;
};
/// Who is absent, by the exchanges in order of their times: of what is live, was not spoken of since and is not in the list.
/// Changes nothing where more would be gone than stayed. Marks older than the first exchange stay, later ones are made anew.
std::vector<judged_exchange> judge(const std::vector<full_exchange>& exchanges, std::map<std::string, known_vehicle>& vehicles);

}  // namespace workers::ingest
