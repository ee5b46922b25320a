#pragma once
// What goods and offers say of vehicles, by the names that a dealer's configuration gives to things (settings.hpp). Pure, any
// thread.

#include "connectors/account.hpp"
#include "connectors/erp/records.hpp"
#include "connectors/erp/settings.hpp"
#include "hub/base/time.hpp"
#include "hub/message/canonical.hpp"

namespace connectors::erp {

struct vehicle_reading {
  enum class meaning { vehicle, something_else, refused } is = meaning::something_else;
  hub::message::vehicle vehicle;
  std::string
      reason;  ///< vin_missing, vin_length, vin_charset, make_missing, model_missing, year_invalid, price_..., currency_unknown
};

/// `resolved` by directories::resolve(). A product is a vehicle by its kind, or because it has a VIN; of an offer that is not
/// known here, who calls knows it by its id. An object that is marked deleted is refused for nothing.
vehicle_reading read_vehicle(const account_context& of, const settings& with, const goods& resolved, hub::instant received_at);

/// The event that tells it: key "...:vehicle:<id>:<goods|offer>:<formed>:<hash>".
hub::message::event vehicle_event(const account_context& of, const settings& with, const goods& resolved,
                                  hub::message::vehicle told, hub::instant received_at);

}  // namespace connectors::erp
