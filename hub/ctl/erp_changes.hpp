#pragma once
// What an ERP's file would change among the vehicles of the database, without changing anything: pure, any thread. What is told
// of one vehicle comes in several events (what it is, what it costs), each with its time; of each field the newest holds.

#include "hub/message/canonical.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hub::ctl {

/// A vehicle of the database; texts as it prints them.
struct stock_vehicle {
  std::int64_t id = 0;
  std::string erp_id;  ///< empty: no ERP has told of it
  std::string vin;
  std::map<std::string, std::string> fields;  ///< make, model, year, price, currency, status, colour, mileage
  std::int64_t lead = 0;                      ///< that has chosen it; 0: none
};

struct field_change {
  std::string field, before, after;
};

struct erp_change {
  enum class kind { added, changed, gone, conflict } is = kind::changed;
  std::string erp_id, vin, name;
  std::int64_t vehicle = 0;  ///< in the database; 0: it is not there
  std::vector<field_change> fields;
  std::string why;  ///< of a conflict
};

struct erp_changes {
  std::vector<erp_change> list;
  std::size_t unchanged = 0;
  std::map<std::string, std::size_t> refused;  ///< rows that cannot be read, by reason
  bool tells_what_exists = false;
};

erp_changes compare_with_stock(const std::vector<message::event>& told, const std::vector<stock_vehicle>& stock);

}  // namespace hub::ctl
