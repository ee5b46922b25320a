#pragma once
// Files that a dealer's programmer drops into a directory: a CSV of vehicles, or JSON of customers or orders, with a manifest
// beside it that says what it is and how long. A file that does not fit its manifest is refused whole. Which file is taken when
// is drop_watch.hpp's. Pure, any thread.
//
// Columns: erp_id; vin; make; model; year; price; currency; status; version [; op], op `upsert` or `delete`. The header row
// names them, in any order; others are left out.

#include "connectors/erp/import.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::erp {

inline constexpr std::size_t largest_drop = 64 << 20;

/// name.manifest.json beside name.csv.
struct manifest {
  std::string schema, file, entity, mode, sha256, created_at, encoding, delimiter, decimal, note;
  std::uint64_t seq = 0, rows = 0, bytes = 0;
  bool is_missing = false;  ///< there is none: a delta, whatever the file says, of which nothing can be checked

  static void describe(auto& self, auto& on) {
    on("schema", self.schema, about{.text = "`erp.drop.v1`.", .required = true});
    on("file", self.file, about{.text = "The file's name, without folders.", .required = true, .min = 1, .max = 255});
    on("entity", self.entity, about{.text = "`vehicle` (CSV), `customer` or `order` (JSON).", .required = true});
    on("mode", self.mode, about{.text = "`full` or `delta`.", .required = true});
    on("seq", self.seq, about{.text = "One more than the last; of a full one any greater number.", .required = true, .min = 1});
    on("rows", self.rows, about{.text = "Without the header row.", .required = true});
    on("bytes", self.bytes, about{.text = "Size of the file.", .required = true});
    on("sha256", self.sha256, about{.text = "Of the file's bytes, 64 hex digits.", .required = true, .min = 64, .max = 64});
    on("created_at", self.created_at, about{.text = "RFC 3339: when what it says was so.", .required = true});
    on("encoding", self.encoding, about{.text = "`utf-8` or `windows-1251`."});
    on("delimiter", self.delimiter, about{.text = "For people: the header row shows it.", .max = 1});
    on("decimal", self.decimal, about{.text = "For people: either mark is read.", .max = 1});
    on("note", self.note, about{.text = "For people."});
  }
};

hub::result<manifest> read_manifest(std::string_view json);

/// Whether a file may follow the last one that was taken: a gap waits for the next full one.
bool may_follow(const manifest& next, std::uint64_t last_seq);

/// As import_commerceml() does: the whole file or nothing of it.
hub::result<imported> import_drop(importing by, const manifest& told, std::string_view file, const draft& waiting,
                                  const std::function<void(hub::message::event)>& tell);

/// {"schema": "erp.drop.v1", "entity": "customer" or "order", "rows": [...]}: the whole file or nothing of it. A phone number
/// becomes a fingerprint here.
hub::result<std::vector<hub::message::event>> read_dropped_json(const account_context& of, const manifest& told,
                                                                std::string_view file, hub::instant received_at);

/// A file that came without a manifest, changed last at `changed`.
manifest missing_manifest(std::string_view name, hub::instant changed);

/// Whether a body is such a file, by how it begins.
bool is_drop(std::string_view body);
/// It as events, whatever it is, as if it had no manifest.
hub::result<std::vector<hub::message::event>> normalize_drop(const account_context& of, const settings& with,
                                                             std::string_view body, hub::instant received_at);

}  // namespace connectors::erp
