#include "connectors/erp/vehicles.hpp"

#include "connectors/body.hpp"
#include "connectors/erp/decimal.hpp"
#include "connectors/erp/vin.hpp"
#include "connectors/erp/words.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <charconv>

namespace connectors::erp {

namespace {

using hub::message::vehicle_state;

constexpr std::size_t longest_word = 250;
constexpr std::size_t longest_version = 128;
constexpr std::size_t longest_path = 500;
constexpr unsigned oldest_year = 1950;

const std::string* fact_of(const goods& of, const std::vector<std::string>& names) {
  // As they stand in nearly all files, and only then by what they have in common.
  for (const auto& name : names)
    for (const auto& one : of.facts)
      if (one.name == name) return &one.value;
  for (const auto& name : names)
    for (const auto& one : of.facts)
      if (is_one_of(one.name, {name})) return &one.value;
  return nullptr;
}

std::optional<std::uint32_t> year_of(std::string_view given, hub::instant received_at) {
  const auto number = read_decimal(given);
  if (!number) return std::nullopt;
  std::uint32_t year = 0;
  const auto [end, failed] = std::from_chars(number->data(), number->data() + number->size(), year);
  const std::string_view behind(end, static_cast<std::size_t>(number->data() + number->size() - end));
  if (failed != std::errc{} || behind.find_first_not_of(".0") != std::string_view::npos) return std::nullopt;
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(received_at));
  if (year < oldest_year || static_cast<int>(year) > static_cast<int>(today.year()) + 1) return std::nullopt;
  return year;
}

/// Thousands of kilometres, with decimals, in kilometres.
std::string in_kilometres(std::string number) {
  const auto point = number.find('.');
  std::string behind = point == std::string::npos ? "" : number.substr(point + 1);
  number.resize(std::min(point, number.size()));
  behind.resize(3, '0');
  number += behind;
  number.erase(0, std::min(number.find_first_not_of('0'), number.size() - 1));
  return number;
}

std::string mileage_of(const settings& with, const goods& of) {
  const auto good = [](std::optional<std::string> n) { return n && n->front() != '-' && n->size() <= 12; };
  if (const auto* given = fact_of(of, with.mileage))
    if (auto number = read_decimal(*given); good(number)) return *number;
  if (const auto* given = fact_of(of, with.mileage_thousands))
    if (auto number = read_decimal(*given); good(number)) return in_kilometres(*number);
  return {};
}

std::optional<vehicle_state> status_of(const settings& with, std::string_view word) {
  if (is_one_of(word, with.available)) return vehicle_state::available;
  if (is_one_of(word, with.reserved)) return vehicle_state::reserved;
  if (is_one_of(word, with.sold)) return vehicle_state::sold;
  if (is_one_of(word, with.archived)) return vehicle_state::archived;
  return std::nullopt;
}

void take_photos(const account_context& of, const goods& from, hub::message::vehicle& to) {
  for (const auto& path : from.photos) {
    if (path.size() > longest_path || path.find('\n') != std::string::npos) continue;
    hub::message::attachment photo;
    photo.part = std::to_string(to.photos.size());
    photo.type = hub::message::content_type::photo;
    photo.reference = seal_media(of, {path, {}});
    photo.file_name = file_name(of, path.substr(path.rfind('/') + 1));
    to.photos.push_back(std::move(photo));
  }
}

/// The reason to refuse it; empty when it is good.
std::string read_product(const account_context& of, const settings& with, const goods& from, hub::instant received_at,
                         hub::message::vehicle& to) {
  const auto* number = fact_of(from, with.vin);
  auto vin = read_vin(number ? *number : std::string_view());
  to.vin = std::move(vin.vin);
  to.warnings = std::move(vin.warnings);
  const auto word = [&](const std::vector<std::string>& names) {
    const auto* given = fact_of(from, names);
    return given ? short_text(*given, longest_word / 2) : std::string();
  };
  to.make = word(with.make);
  to.model = word(with.model);
  to.colour = word(with.colour);
  to.mileage = mileage_of(with, from);
  const auto* year = fact_of(from, with.year);
  if (year && !year->empty()) to.year = year_of(*year, received_at);
  if (const auto* status = fact_of(from, with.status); status && !status->empty()) {
    to.status = status_of(with, *status);
    if (!to.status) to.warnings.emplace_back("status_unknown");
  }
  take_photos(of, from, to);
  if (!vin.error.empty()) return vin.error;
  if (to.make.empty()) return "make_missing";
  if (to.model.empty()) return "model_missing";
  if (year && !year->empty() && !to.year) return "year_invalid";
  return {};
}

std::string read_offer(const settings& with, const goods& from, hub::message::vehicle& to) {
  to.quantity = from.quantity;
  if (from.prices.empty()) return {};
  // Prices of types nobody named have no name.
  const auto chosen = std::find_if(from.prices.begin(), from.prices.end(), [&](const price& p) {
    return !p.name.empty() && (with.price_type.empty() || p.type == with.price_type || p.name == with.price_type);
  });
  if (chosen == from.prices.end()) {
    const bool known = std::any_of(from.prices.begin(), from.prices.end(), [](const price& p) { return !p.name.empty(); });
    return known ? "" : "price_type_unknown";
  }
  const auto amount = sum_of(chosen->amount);
  if (!amount) return "price_invalid";
  if (*amount == "0.00") {
    to.warnings.emplace_back("price_zero");
    return {};
  }
  to.currency = currency_of(chosen->currency);
  if (to.currency.empty()) return "currency_unknown";
  to.price = *amount;
  return {};
}

}  // namespace

vehicle_reading read_vehicle(const account_context& of, const settings& with, const goods& resolved, hub::instant received_at) {
  vehicle_reading read;
  auto& told = read.vehicle;
  told.id = resolved.id;
  told.version = resolved.version.size() <= longest_version ? hub::clean_text(resolved.version) : short_hash(resolved.version);
  // An offer that is taken back is no vehicle that is.
  told.deleted = resolved.deleted && !resolved.is_offer;
  const auto* vin = fact_of(resolved, with.vin);
  if (resolved.is_offer) {
    // What else an offer says of the vehicle is the product's to say.
    read.is = vin ? vehicle_reading::meaning::vehicle : vehicle_reading::meaning::something_else;
    read.reason = read_offer(with, resolved, told);
  } else {
    const auto* kind = fact_of(resolved, {"ВидНоменклатуры"});
    const bool by_kind = kind && is_one_of(*kind, with.kinds);
    // Of what is deleted only the id may be left.
    if (!by_kind && !vin && !(resolved.deleted && resolved.facts.empty())) return read;
    read.is = vehicle_reading::meaning::vehicle;
    read.reason = read_product(of, with, resolved, received_at, told);
    if (resolved.deleted) read.reason.clear();
  }
  if (!read.reason.empty() && read.is == vehicle_reading::meaning::vehicle) read.is = vehicle_reading::meaning::refused;
  return read;
}

hub::message::event vehicle_event(const account_context& of, const settings& with, const goods& resolved,
                                  hub::message::vehicle told, hub::instant received_at) {
  const auto at = formed(resolved.formed, with.timezone, received_at);
  // Sealed references differ each time; the paths do not.
  auto photos = std::move(told.photos);
  told.photos.clear();
  auto content = hub::message::to_json(told);
  for (const auto& path : resolved.photos) content += "\n" + path;
  told.photos = std::move(photos);
  auto made =
      event_of(of, "vehicle:" + told.id + (resolved.is_offer ? ":offer:" : ":goods:") + at.key + ":" + short_hash(content),
               at.time, received_at);
  made.data = std::move(told);
  return made;
}

}  // namespace connectors::erp
