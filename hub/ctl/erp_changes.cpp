#include "hub/ctl/erp_changes.hpp"

#include "hub/base/crypto.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace hub::ctl {

namespace {

struct told_vehicle {
  std::map<std::string, std::pair<instant, std::string>> fields;
  bool deleted = false;

  void set(instant at, const std::string& field, const std::string& value) {
    if (value.empty()) return;
    auto& known = fields[field];
    if (known.second.empty() || known.first <= at) known = {at, value};
  }
  std::string value(const std::string& field) const {
    const auto found = fields.find(field);
    return found == fields.end() ? std::string() : found->second.second;
  }
};

std::string whole(const std::string& number) { return number.substr(0, number.find('.')); }

void apply(const message::vehicle& told, instant at, told_vehicle& to) {
  to.set(at, "vin", told.vin);
  to.set(at, "make", told.make);
  to.set(at, "model", told.model);
  if (told.year) to.set(at, "year", std::to_string(*told.year));
  if (told.status) to.set(at, "status", std::string(name_of(*told.status)));
  to.set(at, "price", told.price);
  to.set(at, "currency", told.currency);
  to.set(at, "quantity", told.quantity);
  to.set(at, "colour", told.colour);
  to.set(at, "mileage", whole(told.mileage));
  to.deleted = to.deleted || told.deleted;
}

/// The status that follows from all that was told; empty: nothing does.
std::string status_of(const told_vehicle& told) {
  if (told.deleted) return "archived";
  if (const auto status = told.value("status"); !status.empty()) return status;
  const auto quantity = told.value("quantity");
  if (quantity.empty()) return {};
  return quantity.find_first_not_of("0.") == std::string::npos ? "archived" : "available";
}

constexpr std::array compared{"make", "model", "year", "price", "currency", "status", "colour", "mileage"};

std::map<std::string, std::string> fields_of(const told_vehicle& told) {
  std::map<std::string, std::string> made;
  for (const auto* field : compared)
    if (const auto value = std::string_view(field) == "status" ? status_of(told) : told.value(field); !value.empty())
      made[field] = value;
  return made;
}

std::string value_in(const std::map<std::string, std::string>& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

std::string name_of_car(const std::map<std::string, std::string>& fields) {
  return value_in(fields, "make") + " " + value_in(fields, "model") + " " + value_in(fields, "year");
}

/// Of what exists, by ranges of hashes.
bool is_gone(const std::vector<message::exchange>& ranges, const std::string& id) {
  const auto hash = to_hex(sha256(id)).substr(0, 16);
  return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    return range.from <= hash && hash <= range.to &&
           std::find(range.present.begin(), range.present.end(), id) == range.present.end();
  });
}

erp_change conflict(const std::string& id, const std::string& vin, const std::map<std::string, std::string>& fields,
                    std::string why) {
  erp_change made;
  made.is = erp_change::kind::conflict;
  made.erp_id = id;
  made.vin = vin;
  made.name = name_of_car(fields);
  made.why = std::move(why);
  return made;
}

}  // namespace

erp_changes compare_with_stock(const std::vector<message::event>& told, const std::vector<stock_vehicle>& stock) {
  erp_changes made;
  std::map<std::string, told_vehicle> cars;
  std::vector<message::exchange> ranges;
  for (const auto& e : told) {
    if (const auto* car = std::get_if<message::vehicle>(&e.data)) apply(*car, e.time, cars[car->id]);
    if (const auto* range = std::get_if<message::exchange>(&e.data)) ranges.push_back(*range);
    if (const auto* refused = std::get_if<message::unparsed>(&e.data))
      ++made.refused[refused->reason.substr(0, refused->reason.find(" in line "))];
  }
  made.tells_what_exists = !ranges.empty();
  std::map<std::string, const stock_vehicle*> by_id, by_vin;
  for (const auto& one : stock) {
    if (!one.erp_id.empty()) by_id[one.erp_id] = &one;
    if (!one.vin.empty()) by_vin[one.vin] = &one;
  }

  for (const auto& [id, car] : cars) {
    const auto fields = fields_of(car);
    const auto vin = car.value("vin");
    const auto known = by_id.find(id);
    const auto same_vin = by_vin.find(vin);
    const auto* there = known != by_id.end() ? known->second : nullptr;
    if (same_vin != by_vin.end() && same_vin->second != there) {
      if (!same_vin->second->erp_id.empty()) {
        made.list.push_back(conflict(id, vin, fields, "its VIN is that of " + same_vin->second->erp_id));
        continue;
      }
      if (there) {
        made.list.push_back(conflict(
            id, vin, fields, "its VIN is that of vehicle " + std::to_string(same_vin->second->id) + ", which no ERP tells"));
        continue;
      }
      there = same_vin->second;
    }
    erp_change change;
    change.erp_id = id;
    change.vin = vin;
    if (!there) {
      // Of what is not here, nothing goes; and a price alone makes no vehicle.
      if (car.deleted) continue;
      if (vin.empty()) {
        made.list.push_back(conflict(id, vin, fields, "nothing is known of it but what an offer says"));
        continue;
      }
      change.is = erp_change::kind::added;
      change.name = name_of_car(fields);
      for (const auto& [field, value] : fields) change.fields.push_back({field, "", value});
      made.list.push_back(std::move(change));
      continue;
    }
    change.vehicle = there->id;
    change.name = name_of_car(there->fields);
    if (change.vin.empty()) change.vin = there->vin;
    if (there->erp_id != id) change.fields.push_back({"erp_id", there->erp_id, id});
    if (!vin.empty() && there->vin != vin) change.fields.push_back({"vin", there->vin, vin});
    for (const auto& [field, value] : fields)
      if (value_in(there->fields, field) != value) change.fields.push_back({field, value_in(there->fields, field), value});
    if (change.fields.empty()) {
      ++made.unchanged;
      continue;
    }
    const bool frees = there->lead != 0 &&
                       std::any_of(change.fields.begin(), change.fields.end(), [](const auto& c) { return c.field == "status"; });
    if (frees) {
      change.is = erp_change::kind::conflict;
      change.why = "lead " + std::to_string(there->lead) + " has chosen it";
    }
    made.list.push_back(std::move(change));
  }
  for (const auto& one : stock) {
    const auto status = value_in(one.fields, "status");
    if (one.erp_id.empty() || cars.contains(one.erp_id) || status == "sold" || status == "archived") continue;
    if (!is_gone(ranges, one.erp_id)) continue;
    erp_change change;
    change.is = erp_change::kind::gone;
    change.erp_id = one.erp_id;
    change.vin = one.vin;
    change.vehicle = one.id;
    change.name = name_of_car(one.fields);
    change.fields.push_back({"status", status, "archived"});
    made.list.push_back(std::move(change));
  }
  std::stable_sort(made.list.begin(), made.list.end(), [](const auto& a, const auto& b) { return a.is < b.is; });
  return made;
}

}  // namespace hub::ctl
