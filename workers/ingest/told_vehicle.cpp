#include "workers/ingest/told_vehicle.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace workers::ingest {

namespace {

void learn_field(vehicle_facts& facts, const std::string& field, const std::string& value, instant at) {
  if (value.empty()) return;
  auto& known = facts.fields[field];
  if (known.value.empty() || std::tie(known.at, known.value) < std::tie(at, value)) known = {value, at};
}

// The column holds whole kilometres, up to nine digits.
std::string whole(const std::string& decimal) {
  auto made = decimal.substr(0, decimal.find('.'));
  made.erase(0, std::min(made.find_first_not_of('0'), made.empty() ? 0 : made.size() - 1));
  return made.size() > 9 ? std::string() : made;
}

bool has_verdict(const vehicle_case& c, const std::string& field, const std::string& theirs, bool take) {
  const auto found = c.verdicts.find(field);
  return found != c.verdicts.end() && found->second.theirs == theirs && found->second.take_theirs == take;
}

// The row follows what the ERP changed, and keeps what only people changed.
void settle_field(const vehicle_case& c, const std::string& field, const std::string& theirs, vehicle_outcome& to) {
  const auto ours = field_of(c.row, field);
  const auto base = c.base.find(field);
  const bool untouched = base == c.base.end() ? ours.empty() : ours == base->second;
  if (ours == theirs || untouched || has_verdict(c, field, theirs, true)) {
    to.row[field] = to.base[field] = theirs;
    return;
  }
  if (base != c.base.end() && base->second == theirs) return;
  to.open.push_back({field,
                     ours,
                     theirs,
                     base == c.base.end() ? "it was here by hand before the ERP told of it"
                                          : "it was changed by hand here, and the ERP changed it, too",
                     {}});
}

void settle_vin(const vehicle_case& c, const std::string& theirs, vehicle_outcome& to) {
  if (c.vin_of.empty()) return settle_field(c, "vin", theirs, to);
  const auto base = field_of(c.base, "vin");
  if (field_of(c.row, "vin") == theirs || field_of(c.row, "vin") == base) {
    to.row["vin"].clear();
    to.base.erase("vin");
  }
  to.open.push_back({"vin_owner", c.vin_of, theirs, "this VIN belongs to another vehicle", {}});
}

// Reserving is the hub's: a lead's vehicle stays the lead's, whatever the ERP says.
void settle_status(const vehicle_case& c, const std::string& theirs, vehicle_outcome& to) {
  if (c.held.lead) {
    if (!c.held.sold && (theirs == "sold" || theirs == "archived")) {
      if (field_of(c.base, "status") != theirs)
        to.open.push_back(
            {"status", "reserved", theirs, "lead " + std::to_string(*c.held.lead) + " holds this vehicle", c.held.lead});
      return;
    }
    to.base["status"] = theirs;
    return;
  }
  settle_field(c, "status", theirs, to);
  if (theirs != "reserved" || to.row["status"] != "reserved") return;
  // What the ERP says next is taken again.
  if (has_verdict(c, "status", theirs, false)) to.row["status"] = to.base["status"] = "available";
  to.open.push_back({"status", "available", theirs, "it is reserved there, and no lead here holds it", {}});
}

}  // namespace

const std::string& vehicle_facts::operator[](const std::string& field) const {
  static const std::string none;
  const auto found = fields.find(field);
  return found == fields.end() ? none : found->second.value;
}

void learn_vehicle(vehicle_facts& facts, const hub::message::vehicle& told, instant at) {
  const auto set = [&](const char* field, const std::string& value) { learn_field(facts, field, value, at); };
  set("vin", told.vin);
  set("make", told.make);
  set("model", told.model);
  set("year", told.year ? std::to_string(*told.year) : "");
  set("status", told.status ? std::string(hub::name_of(*told.status)) : "");
  set("price", told.price.empty() ? "" : told.price + " " + told.currency);
  set("quantity", told.quantity);
  set("colour", told.colour);
  set("mileage", whole(told.mileage));
  set("version", told.version);
  // An offer does not say that a product is there.
  if (told.deleted || !told.vin.empty()) set("deleted", told.deleted ? "yes" : "no");
}

bool is_complete(const vehicle_facts& facts) {
  return !facts["make"].empty() && !facts["model"].empty() && !facts["price"].empty();
}

std::string status_told(const vehicle_facts& facts, bool absent) {
  if (facts["deleted"] == "yes") return "archived";
  auto status = facts["status"];
  const auto& quantity = facts["quantity"];
  const bool none = !quantity.empty() && quantity.find_first_not_of("0.") == std::string::npos;
  if (status.empty()) status = none ? "archived" : "available";
  return absent && status != "sold" ? "archived" : status;
}

const std::string& field_of(const vehicle_fields& fields, const std::string& name) {
  static const std::string none;
  const auto found = fields.find(name);
  return found == fields.end() ? none : found->second;
}

vehicle_fields fields_told(const vehicle_facts& facts, bool absent) {
  vehicle_fields made;
  for (const char* field : {"make", "model", "year", "vin", "price", "colour", "mileage"})
    if (const auto& value = facts[field]; !value.empty()) made[field] = value;
  made["status"] = status_told(facts, absent);
  return made;
}

vehicle_outcome settle(const vehicle_case& c) {
  vehicle_outcome made{c.row, c.base, {}};
  for (const auto& [field, theirs] : c.told) {
    if (field == "vin")
      settle_vin(c, theirs, made);
    else if (field == "status")
      settle_status(c, theirs, made);
    else
      settle_field(c, field, theirs, made);
  }
  return made;
}

const vin_claim& owner_of(const std::vector<vin_claim>& claims) {
  return *std::max_element(claims.begin(), claims.end(), [](const vin_claim& a, const vin_claim& b) {
    return std::tie(a.given, a.complete, a.live, a.at, b.account, b.id) <
           std::tie(b.given, b.complete, b.live, b.at, a.account, a.id);
  });
}

std::vector<judged_exchange> judge(const std::vector<full_exchange>& exchanges, std::map<std::string, known_vehicle>& vehicles) {
  std::vector<judged_exchange> made;
  if (exchanges.empty()) return made;
  for (auto& [id, one] : vehicles)
    if (one.absent_at && *one.absent_at >= exchanges.front().at) one.absent_at.reset();
  for (const auto& x : exchanges) {
    judged_exchange of;
    std::vector<known_vehicle*> missing;
    for (auto& [id, one] : vehicles) {
      if (one.first_told > x.at) continue;
      const bool there = x.present.contains(id);
      // What was spoken of since was there; what it was then is not known any more.
      if (there && (one.live || one.newest > x.at)) ++of.stayed;
      if (!there && one.live && one.newest < x.at && !one.is_absent()) missing.push_back(&one);
    }
    of.gone = missing.size();
    of.refused = of.gone > of.stayed && !x.accepted;
    if (!of.refused)
      for (auto* one : missing) one->absent_at = x.at;
    for (auto& [id, one] : vehicles)
      if (x.present.contains(id)) one.absent_at.reset();
    made.push_back(of);
  }
  return made;
}

}  // namespace workers::ingest
