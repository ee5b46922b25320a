#include "workers/ingest/stock.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/text.hpp"
#include "hub/db/times.hpp"
#include "hub/message/json.hpp"
#include "workers/store/conflicts.hpp"
#include "workers/store/vehicles.hpp"

#include <algorithm>
#include <set>

namespace workers::ingest {

namespace {

using hub::message::event;
namespace store = workers::store;

constexpr std::size_t exchanges_kept = 8;
const std::string least(16, '0'), greatest(16, 'f');

/// As it is kept in a column.
struct kept_fields {
  vehicle_fields fields;
  static void describe(auto& self, auto& on) { on("fields", self.fields, hub::about{.text = "By name."}); }
};

template <class T>
T read_kept(const std::string& text) {
  const auto parsed = hub::message::parse_json(text);
  auto made = parsed ? hub::message::from_json<T>(*parsed) : hub::result<T>(parsed.error());
  if (!made) throw hub::error(hub::failure::permanent, "erp", "what is kept of a vehicle cannot be read");
  return std::move(*made);
}

void add_vehicle(store::vehicle_columns& to, id_type id, const vehicle_fields& fields, const std::string& sync_id) {
  const auto& price = field_of(fields, "price");
  const auto blank = std::min(price.find(' '), price.size());
  to.id.add(id);
  to.make.add(field_of(fields, "make"));
  to.model.add(field_of(fields, "model"));
  to.year.add_or_null(field_of(fields, "year"));
  to.vin.add_or_null(field_of(fields, "vin"));
  to.price.add_or_null(std::string_view(price).substr(0, blank));
  to.currency.add_or_null(blank < price.size() ? std::string_view(price).substr(blank + 1) : std::string_view());
  to.colour.add(field_of(fields, "colour"));
  to.mileage.add_or_null(field_of(fields, "mileage"));
  to.status.add(field_of(fields, "status"));
  to.erp_sync_id.add_or_null(sync_id);
}

/// Kept exchanges, the complete ones of them, oldest first.
std::vector<full_exchange> complete_ones(const pqxx::result& ranges) {
  struct gathered {
    full_exchange made;
    std::string first, last;
    std::uint64_t total = 0, there = 0;
  };
  std::map<std::pair<instant, std::string>, gathered> all;
  for (const auto& row : ranges) {
    const auto catalogue = row[0].as<std::string>();
    const auto at = hub::db::instant_at(row, 1);
    auto& one = all[{at, catalogue}];
    one.made.at = at;
    one.made.catalogue = catalogue;
    if (one.first.empty()) one.first = row[2].as<std::string>();
    one.last = row[3].as<std::string>();
    one.total = row[5].as<std::uint64_t>();
    const auto text = row[4].as<std::string>("");
    if (text.empty()) continue;
    for (auto& id : hub::split(text, '\x1f')) {
      ++one.there;
      one.made.present.insert(std::move(id));
    }
  }
  std::vector<full_exchange> made;
  for (auto& [key, one] : all)
    if (one.first == least && one.last == greatest && one.there == one.total) made.push_back(std::move(one.made));
  return made;
}

}  // namespace

std::string erp_account(const event& e) { return e.channel + ":" + e.account; }

bool stock::told_row::is_live() const {
  const auto status = status_told(facts, false);
  return status == "available" || status == "reserved";
}

void stock::take(const pqxx::result& found) {
  for (const auto& row : found) {
    const erp_key key{row[0].as<std::string>(), row[1].as<std::string>()};
    if (rows_.contains(key)) continue;
    auto& one = rows_[key];
    one.facts = read_kept<vehicle_facts>(row[2].as<std::string>());
    one.first_told = hub::db::instant_at(row, 3);
    one.newest = hub::db::instant_at(row, 4);
    one.absent_at = hub::db::maybe_instant_at(row, 5);
    one.base = read_kept<kept_fields>(row[6].as<std::string>()).fields;
    if (!row[7].is_null()) one.vehicle = row[7].as<id_type>();
  }
}

void stock::load(const std::vector<erp_key>& keys) {
  hub::db::array accounts, ids;
  for (const auto& key : keys) {
    if (rows_.contains(key)) continue;
    accounts.add(key.account);
    ids.add(key.id);
  }
  if (!ids.empty()) take(store::vehicles::read_told(tx_, accounts, ids));
}

void stock::look_at(const std::vector<erp_key>& vehicles) { load(vehicles); }

void stock::learn(const std::vector<const item*>& events) {
  std::vector<erp_key> keys;
  std::set<std::string> judged;
  std::map<std::string, instant> oldest;
  store::range_columns ranges;
  for (const auto* one : events) {
    const auto& e = one->event;
    const auto account = erp_account(e);
    if (const auto* told = std::get_if<hub::message::vehicle>(&e.data)) {
      keys.push_back({account, told->id});
      const auto first = oldest.try_emplace(account, e.time).first;
      first->second = std::min(first->second, e.time);
    } else if (const auto* range = std::get_if<hub::message::exchange>(&e.data);
               range && range->objects == hub::message::vehicle::kind) {
      std::string present;
      for (const auto& id : range->present) present += (present.empty() ? "" : "\x1f") + id;
      ranges.account.add(account);
      ranges.catalogue.add(range->catalogue);
      ranges.at.add(e.time);
      ranges.from.add(range->from);
      ranges.to.add(range->to);
      ranges.present.add(present);
      ranges.total.add(range->total);
      // Of a range told twice in one batch the statement would see two rows.
      store::vehicles::insert_ranges(tx_, ranges);
      ranges = {};
      judged.insert(account);
    }
  }
  load(keys);
  for (const auto* one : events) {
    const auto* told = std::get_if<hub::message::vehicle>(&one->event.data);
    if (!told) continue;
    const auto at = one->event.time;
    const auto [found, fresh] = rows_.try_emplace({erp_account(one->event), told->id});
    auto& row = found->second;
    learn_vehicle(row.facts, *told, at);
    row.first_told = fresh ? at : std::min(row.first_told, at);
    row.newest = fresh ? at : std::max(row.newest, at);
    row.learned = true;
  }
  // What is told late was perhaps left out by a newer exchange.
  for (const auto& [account, at] : oldest)
    if (const auto newest = store::vehicles::newest_range(tx_, account);
        !newest[0][0].is_null() && at <= hub::db::instant_at(newest[0], 0))
      judged.insert(account);
  for (const auto& account : judged) judge_exchanges(account);
}

void stock::judge_exchanges(const std::string& account) {
  auto exchanges = complete_ones(store::vehicles::read_ranges(tx_, account));
  if (exchanges.size() > exchanges_kept)
    exchanges.erase(exchanges.begin(), exchanges.end() - static_cast<std::ptrdiff_t>(exchanges_kept));
  if (exchanges.empty()) return;
  store::vehicles::remove_ranges(tx_, account, exchanges.front().at);

  store::object_columns objects;
  for (const auto& one : exchanges) {
    objects.account.add(account);
    objects.object_type.add("exchange");
    objects.object_id.add(hub::to_rfc3339(one.at));
  }
  for (const auto& row : store::conflicts::judged(tx_, objects))
    for (auto& one : exchanges)
      if (row[4].as<bool>() && hub::to_rfc3339(one.at) == row[2].as<std::string>()) one.accepted = true;

  std::map<std::string, known_vehicle> known;
  for (const auto& row : store::vehicles::read_known(tx_, account))
    known[row[0].as<std::string>()] = {hub::db::instant_at(row, 1), hub::db::instant_at(row, 2), row[4].as<bool>(),
                                       hub::db::maybe_instant_at(row, 3)};
  for (const auto& [key, row] : rows_)
    if (key.account == account) known[key.id] = {row.first_told, row.newest, row.is_live(), row.absent_at};
  const auto before = known;
  const auto verdicts = judge(exchanges, known);

  std::vector<erp_key> changed;
  for (const auto& [id, one] : known)
    if (one.absent_at != before.at(id).absent_at) changed.push_back({account, id});
  load(changed);
  for (const auto& key : changed) {
    auto& row = rows_.at(key);
    row.absent_at = known.at(key.id).absent_at;
    row.learned = true;
  }

  // Only the newest is anybody's business; the next one replaces it.
  store::conflict_columns open;
  const auto& last = verdicts.back();
  if (last.refused || exchanges.back().accepted) {
    open.of.account.add(account);
    open.of.object_type.add("exchange");
    open.of.object_id.add(hub::to_rfc3339(exchanges.back().at));
    open.field.add("absent");
    open.ours.add(std::to_string(last.stayed + last.gone) + " vehicles");
    open.theirs.add(std::to_string(last.stayed) + " of them");
    open.why.add("a full exchange holds less than half of what was known; nothing was archived");
    open.vehicle_id.add_null();
    open.lead_id.add_null();
  }
  store::conflicts::keep(tx_, objects, open);
}

void stock::load_vin_rivals() {
  std::set<std::string> vins;
  for (const auto& [key, row] : rows_) {
    if (const auto& vin = row.facts["vin"]; !vin.empty()) vins.insert(vin);
    // Whoever waited for a VIN that this one has left.
    if (const auto& vin = field_of(row.base, "vin"); !vin.empty()) vins.insert(vin);
  }
  if (vins.empty()) return;
  hub::db::array list;
  for (const auto& vin : vins) list.add(vin);
  take(store::vehicles::read_told_by_vin(tx_, list));
}

void stock::load_verdicts() {
  store::object_columns objects;
  for (const auto& [key, row] : rows_) {
    objects.account.add(key.account);
    objects.object_type.add("vehicle");
    objects.object_id.add(key.id);
  }
  for (const auto& row : store::conflicts::judged(tx_, objects)) {
    auto& one = rows_.at({row[0].as<std::string>(), row[2].as<std::string>()});
    const verdict said{row[4].as<bool>(), row[5].as<std::string>()};
    one.verdicts[row[3].as<std::string>()] = said;
    if (row[3].as<std::string>() == "vin_owner" && said.take_theirs && said.theirs == one.facts["vin"]) one.given = true;
  }
}

std::map<std::string, erp_key> stock::vin_owners() const {
  std::map<std::string, std::vector<vin_claim>> claims;
  for (const auto& [key, row] : rows_) {
    const auto& vin = row.facts["vin"];
    if (vin.empty()) continue;
    claims[vin].push_back({key.account, key.id, is_complete(row.facts), row.is_live() && !row.is_absent(), row.given,
                           row.facts.fields.at("vin").at});
  }
  std::map<std::string, erp_key> owners;
  for (const auto& [vin, all] : claims) {
    const auto& first = owner_of(all);
    owners[vin] = {first.account, first.id};
  }
  return owners;
}

void stock::adopt(const std::map<std::string, erp_key>& owners) {
  hub::db::array vins, ids;
  std::set<id_type> ours;
  for (const auto& [key, row] : rows_) {
    if (const auto& vin = row.facts["vin"]; !vin.empty()) vins.add(vin);
    if (!row.vehicle) ids.add(key.id);
    if (row.vehicle) ours.insert(*row.vehicle);
  }
  if (vins.empty() && ids.empty()) return;
  for (const auto& found : store::vehicles::find(tx_, vins, ids)) {
    const auto id = found[0].as<id_type>();
    if (ours.contains(id)) continue;
    const auto vin = found[1].as<std::string>(), sync_id = found[2].as<std::string>();
    const bool told = found[3].as<bool>();
    auto adopted = rows_.end();
    for (auto one = rows_.begin(); one != rows_.end(); ++one) {
      const auto& [key, row] = *one;
      if (row.vehicle || !is_complete(row.facts) || told) continue;
      const auto owner = owners.find(vin);
      if (key.id == sync_id || (sync_id.empty() && owner != owners.end() && owner->second == key)) adopted = one;
    }
    if (adopted == rows_.end()) {
      if (!sync_id.empty()) sync_id_is_taken_[sync_id] = true;
      if (!vin.empty()) by_hand_[vin] = "vehicle " + std::to_string(id);
      continue;
    }
    adopted->second.vehicle = id;
    adopted->second.was_its_own = adopted->first.id == sync_id;
    ours.insert(id);
  }
}

std::map<id_type, stock::hub_row> stock::lock() {
  std::set<id_type> ids(held_.begin(), held_.end());
  for (const auto& [key, row] : rows_)
    if (row.vehicle) ids.insert(*row.vehicle);
  std::map<id_type, hub_row> made;
  if (ids.empty()) return made;
  hub::db::array list;
  for (const auto id : ids) list.add(id);
  for (const auto& row : store::vehicles::lock(tx_, list)) {
    auto& one = made[row[0].as<id_type>()];
    int column = 0;
    for (const char* field : {"make", "model", "year", "vin", "price", "colour", "mileage", "status"})
      one.fields[field] = row[++column].as<std::string>("");
    if (!row[9].is_null()) one.held = {row[9].as<id_type>(), row[10].as<bool>()};
  }
  return made;
}

void stock::settle() {
  if (rows_.empty()) {
    lock();
    return;
  }
  load_vin_rivals();
  load_verdicts();
  const auto owners = vin_owners();
  adopt(owners);
  write(owners, lock());
  write_told();
}

void stock::write(const std::map<std::string, erp_key>& owners, const std::map<id_type, hub_row>& ours) {
  store::object_columns objects;
  store::conflict_columns open;
  store::vehicle_columns fresh, changed;
  std::size_t missing = 0;
  for (const auto& [key, row] : rows_) missing += !row.vehicle && is_complete(row.facts);
  const auto ids = missing ? store::vehicles::new_ids(tx_, missing) : pqxx::result();
  pqxx::result::size_type next = 0;

  for (auto& [key, row] : rows_) {
    if (!row.vehicle && !is_complete(row.facts)) continue;
    vehicle_case c;
    c.base = row.base;
    c.told = fields_told(row.facts, row.is_absent());
    c.verdicts = row.verdicts;
    const auto& vin = row.facts["vin"];
    if (const auto owner = owners.find(vin); owner != owners.end() && owner->second != key) {
      const auto& other = rows_.at(owner->second);
      c.vin_of = other.vehicle ? "vehicle " + std::to_string(*other.vehicle) : owner->second.id;
    } else if (const auto known = by_hand_.find(vin); known != by_hand_.end()) {
      c.vin_of = known->second;
    }
    const bool is_new = !row.vehicle;
    if (is_new) {
      row.vehicle = ids[next++][0].as<id_type>();
    } else {
      const auto& mine = ours.at(*row.vehicle);
      c.row = mine.fields;
      c.held = mine.held;
      if (row.was_its_own) c.base = mine.fields;
    }
    auto made = workers::ingest::settle(c);
    // As long as it is told of several, what a person said about it holds.
    if (row.given && c.vin_of.empty()) made.open.push_back({"vin_owner", "", vin, "a person gave this VIN to this vehicle", {}});
    const bool adopted_now = row.base.empty();
    row.base = made.base;
    const auto sync_id = sync_id_is_taken_.contains(key.id) ? std::string() : key.id;
    if (is_new)
      add_vehicle(fresh, *row.vehicle, made.row, sync_id);
    else if (made.row != c.row || adopted_now)
      add_vehicle(changed, *row.vehicle, made.row, sync_id);
    objects.account.add(key.account);
    objects.object_type.add("vehicle");
    objects.object_id.add(key.id);
    for (const auto& one : made.open) {
      open.of.account.add(key.account);
      open.of.object_type.add("vehicle");
      open.of.object_id.add(key.id);
      open.field.add(one.field);
      open.ours.add(one.ours);
      open.theirs.add(one.theirs);
      open.why.add(one.why);
      open.vehicle_id.add(row.vehicle);
      open.lead_id.add(one.lead);
    }
  }
  // Known ones first: a VIN may go from one of them to a new one.
  if (!changed.id.empty()) store::vehicles::update(tx_, changed);
  if (!fresh.id.empty()) store::vehicles::insert(tx_, fresh);
  if (!objects.object_id.empty()) store::conflicts::keep(tx_, objects, open);
}

void stock::write_told() {
  store::told_columns told;
  store::received_columns received;
  for (const auto& [key, row] : rows_) {
    const auto facts = hub::message::to_json(row.facts);
    told.account.add(key.account);
    told.erp_id.add(key.id);
    told.facts.add(facts);
    told.vin.add_or_null(row.facts["vin"]);
    told.first_told.add(row.first_told);
    told.newest.add(row.newest);
    told.absent_at.add(row.is_absent() ? row.absent_at : std::nullopt);
    told.live.add(row.is_live());
    told.base.add(hub::message::to_json(kept_fields{row.base}));
    told.vehicle_id.add(row.vehicle);
    if (!row.learned) continue;
    received.account.add(key.account);
    received.object_type.add("vehicle");
    received.object_id.add(key.id);
    received.version.add(row.facts["version"]);
    received.content_hash.add(hub::to_hex(hub::sha256(facts)));
    received.at.add(row.newest);
  }
  store::vehicles::write_told(tx_, told);
  if (!received.object_id.empty()) store::conflicts::received(tx_, received);
}

void stock::settle_again(const std::vector<id_type>& vehicles) {
  hub::db::array list;
  for (const auto id : vehicles) list.add(id);
  if (list.empty()) return;
  stock again(tx_);
  again.take(store::vehicles::read_told_by_vehicle(tx_, list));
  if (!again.rows_.empty()) again.settle();
}

std::map<std::string, id_type> stock::ids_of(const std::string& account, const std::vector<std::string>& erp_ids) {
  std::map<std::string, id_type> made;
  hub::db::array accounts, ids;
  for (const auto& id : erp_ids) {
    accounts.add(account);
    ids.add(id);
  }
  if (ids.empty()) return made;
  for (const auto& row : store::vehicles::read_told(tx_, accounts, ids))
    if (!row[7].is_null()) made[row[1].as<std::string>()] = row[7].as<id_type>();
  return made;
}

}  // namespace workers::ingest
