// Dropped CSV files and OData pages against anything: what they tell must survive the broker's codec.

#include "tests/fuzz/parser.hpp"

#include "connectors/erp/drop.hpp"
#include "connectors/erp/odata.hpp"
#include "connectors/erp/vehicles.hpp"
#include "hub/base/scrub.hpp"

#include <algorithm>

namespace {

using namespace connectors::erp;
using fuzzing::require;

const connectors::erp::settings usual;

void require_to_survive(const hub::message::event& e) {
  require(e.key.starts_with("bas:main:") && e.conversation == "erp:bas:main");
  const auto encoded = hub::message::encode(e);
  require(encoded.find('\0') == std::string::npos && hub::is_utf8(encoded));
  const auto back = hub::message::decode(encoded);
  require(back.size() == 1 && back[0].value && *back[0].value == e);
  // The database takes no U+0000, not even escaped.
  require(encoded.find("\\u0000") == std::string::npos);
}

void read_as_csv(const connectors::account_context& of, std::string_view raw) {
  // Without a manifest nothing is counted beforehand: one pass, however many rows line breaks within quotes leave.
  auto told = missing_manifest("cars.csv", fuzzing::received);
  told.mode = raw.size() % 2 == 0 ? "full" : "delta";
  std::vector<std::string> kept;
  directories known;
  const importing by{of, usual, known, nullptr, fuzzing::received};
  (void)import_drop(by, told, raw, draft_in(kept), [](hub::message::event e) { require_to_survive(e); });
}

void read_as_dropped_json(const connectors::account_context& of, std::string_view raw) {
  const auto events = read_dropped_json(of, missing_manifest("rows.json", fuzzing::received), raw, fuzzing::received);
  if (!events) return require(hub::is_utf8(hub::to_text(events.error())));
  for (const auto& e : *events) require_to_survive(e);
}

void read_as_page(const connectors::account_context& of, std::string_view raw) {
  const auto rows = read_page(raw);
  if (!rows) return require(hub::is_utf8(hub::to_text(rows.error())));
  (void)compare(versions_of(*rows), {});
  for (const auto& e : customers_in(of, *rows, fuzzing::received)) require_to_survive(e);
  for (const auto& e : orders_in(of, {}, usual.timezone, "UAH", *rows, fuzzing::received)) require_to_survive(e);
  for (const auto& what : vehicles_in(usual, {}, words_of(*rows), *rows, fuzzing::received)) {
    auto read = read_vehicle(of, usual, what, fuzzing::received);
    if (read.reason.empty()) require_to_survive(vehicle_event(of, usual, what, std::move(read.vehicle), fuzzing::received));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto of = fuzzing::account("bas");
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  (void)read_manifest(raw);
  if (raw.starts_with('<'))
    (void)read_changes(raw);
  else if (is_drop(raw) && raw.starts_with('{'))
    read_as_dropped_json(of, raw);
  else if (raw.starts_with('{'))
    read_as_page(of, raw);
  else
    read_as_csv(of, raw);
  return 0;
}
