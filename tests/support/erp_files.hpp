#pragma once
// Files as an ERP sends them (tests/unit/erp), read in memory, and a small stock that applies what they become: of each field
// the newest time holds.

#include "connectors/erp/import.hpp"
#include "hub/base/crypto.hpp"
#include "tests/support/recorded_cases.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace test_support {

inline std::string erp_file(const std::string& name) {
  return bytes_of(std::filesystem::path(LEADYARD_SOURCE_DIR) / "tests/unit/erp" / name);
}

/// In pieces of `size` bytes, so that every seam falls somewhere.
inline connectors::erp::opener in_pieces(const std::string& bytes, std::size_t size = 1 << 16) {
  return [&bytes, size]() -> connectors::erp::puller {
    return [&bytes, size, at = std::size_t{0}]() mutable {
      const auto piece = std::string_view(bytes).substr(std::min(at, bytes.size()), size);
      at += piece.size();
      return piece;
    };
  };
}

inline const auto erp_received = hub::parse_rfc3339("2026-02-12T09:00:00Z").value();

/// One account and what it remembers between files.
struct erp_account {
  connectors::account_context of = recorded_context("bas");
  connectors::erp::settings with;
  connectors::erp::directories known;
  connectors::erp::known_vehicles vehicles;
  std::vector<hub::message::event> events;  ///< of the last file

  hub::result<connectors::erp::imported> import_bytes(const std::string& bytes, std::size_t pieces = 1 << 16) {
    events.clear();
    std::vector<std::string> lines;
    const connectors::erp::draft waiting{[&](std::string_view line) { lines.emplace_back(line); },
                                         [&](const auto& take) {
                                           for (const auto& line : lines) take(line);
                                         }};
    auto learned = known;
    const connectors::erp::importing by{of, with, learned, &vehicles, erp_received};
    auto done = connectors::erp::import_commerceml(by, in_pieces(bytes, pieces), waiting,
                                                   [&](hub::message::event e) { events.push_back(std::move(e)); });
    if (done) known = learned;
    return done;
  }
  connectors::erp::imported import(const std::string& name) { return import_bytes(erp_file(name)).value(); }
};

/// What is known of each vehicle by what was told, whatever the order.
class erp_stock {
 public:
  struct car {
    std::map<std::string, std::pair<hub::instant, std::string>> fields;
    hub::instant newest;
    const std::string& operator[](const std::string& field) const {
      static const std::string none;
      const auto found = fields.find(field);
      return found == fields.end() ? none : found->second.second;
    }
  };

  void apply(const std::vector<hub::message::event>& events) {
    for (const auto& e : events) {
      if (const auto* told = std::get_if<hub::message::vehicle>(&e.data)) apply(e.time, *told);
      if (const auto* range = std::get_if<hub::message::exchange>(&e.data)) ranges_.emplace_back(e.time, *range);
    }
  }
  std::map<std::string, car> cars() const { return cars_; }

  /// The ERP's status, else whether any is there; what is gone is archived, but what was sold stays sold.
  std::string status_of(const std::string& id) const {
    const auto& car = cars_.at(id);
    auto status = car["status"];
    if (status.empty()) status = car["quantity"] == "0" ? "archived" : "available";
    if (car["deleted"] == "yes") return "archived";
    return is_absent(id, car.newest) && status != "sold" ? "archived" : status;
  }

 private:
  void apply(hub::instant at, const hub::message::vehicle& told) {
    auto& car = cars_[told.id];
    const auto set = [&](const std::string& field, const std::string& value) {
      if (value.empty()) return;
      auto& known = car.fields[field];
      if (known.first < at || (known.first == at && known.second < value)) known = {at, value};
    };
    set("vin", told.vin);
    set("make", told.make);
    set("model", told.model);
    set("year", told.year ? std::to_string(*told.year) : "");
    set("status", told.status ? std::string(hub::name_of(*told.status)) : "");
    set("price", told.price);
    set("currency", told.currency);
    set("quantity", told.quantity);
    set("colour", told.colour);
    // An offer does not say that a product is there.
    if (told.deleted || !told.vin.empty()) set("deleted", told.deleted ? "yes" : "no");
    car.newest = std::max(car.newest, at);
  }
  bool is_absent(const std::string& id, hub::instant newest) const {
    const auto hash = hub::to_hex(hub::sha256(id)).substr(0, 16);
    for (const auto& [at, range] : ranges_)
      if (at > newest && range.from <= hash && hash <= range.to &&
          std::find(range.present.begin(), range.present.end(), id) == range.present.end())
        return true;
    return false;
  }

  std::map<std::string, car> cars_;
  std::vector<std::pair<hub::instant, hub::message::exchange>> ranges_;
};

}  // namespace test_support
