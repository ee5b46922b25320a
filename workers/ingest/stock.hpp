#pragma once
// The stock as an ERP tells it: reads what was told before, learns, decides who is absent and who has a VIN, and writes the
// rows of `vehicle` with what people have to judge. The decisions are told_vehicle.hpp's. Inside an ingest transaction that
// holds the ERP's lock and the leads concerned; locks vehicles. Throws db::error, and hub::error for kept facts that cannot be
// read.

#include "hub/db/connection.hpp"
#include "workers/ingest/told_vehicle.hpp"

#include <map>
#include <string>
#include <vector>

namespace workers::ingest {

/// "bas:main".
std::string erp_account(const hub::message::event& e);

/// An object of an ERP by its own id.
struct erp_key {
  std::string account, id;
  auto operator<=>(const erp_key&) const = default;
};

class stock {
 public:
  explicit stock(pqxx::work& tx) : tx_(tx) {}

  /// What these events tell of vehicles and full exchanges.
  void learn(const std::vector<const item*>& events);
  /// Vehicles to lock along with the others, because their leads may move.
  void hold(const std::vector<id_type>& vehicles) { held_.insert(held_.end(), vehicles.begin(), vehicles.end()); }
  void look_at(const std::vector<erp_key>& vehicles);
  /// The full exchanges of an account are judged anew.
  void judge_exchanges(const std::string& account);
  /// Writes the rows of everything learned and looked at.
  void settle();
  /// Settles these once more, after their leads moved.
  void settle_again(const std::vector<id_type>& vehicles);

  /// Vehicles of the hub by the ERP's ids; after settle(). Those that wait for their price are not there.
  std::map<std::string, id_type> ids_of(const std::string& account, const std::vector<std::string>& erp_ids);

 private:
  struct told_row {
    vehicle_facts facts;
    instant first_told, newest;
    std::optional<instant> absent_at;
    vehicle_fields base;
    std::optional<id_type> vehicle;
    bool given = false;  ///< a person said that its VIN is its own
    std::map<std::string, verdict> verdicts;
    bool learned = false;
    bool was_its_own = false;  ///< the row had this id before anything was told: it follows the ERP

    bool is_absent() const { return absent_at && *absent_at > newest; }
    bool is_live() const;
  };
  struct hub_row {
    vehicle_fields fields;
    holder held;
  };
  using rows = std::map<erp_key, told_row>;

  void take(const pqxx::result& found);
  void load(const std::vector<erp_key>& keys);
  void load_vin_rivals();
  void load_verdicts();
  /// By VIN: whose it is.
  std::map<std::string, erp_key> vin_owners() const;
  /// Which vehicles exist already for those that have none.
  void adopt(const std::map<std::string, erp_key>& owners);
  std::map<id_type, hub_row> lock();
  void write(const std::map<std::string, erp_key>& owners, const std::map<id_type, hub_row>& ours);
  void write_told();

  pqxx::work& tx_;
  rows rows_;
  std::vector<id_type> held_;
  std::map<std::string, std::string> by_hand_;    ///< VIN -> who has it without any ERP, or with another one's
  std::map<std::string, bool> sync_id_is_taken_;  ///< by a vehicle of another account
};

}  // namespace workers::ingest
