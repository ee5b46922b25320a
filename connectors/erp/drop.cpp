#include "connectors/erp/drop.hpp"

#include "connectors/erp/words.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/csv.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace connectors::erp {

namespace {

hub::problem wrong(std::string what) { return {"", std::move(what)}; }

/// Where each column stands; a problem when one that must be there is not.
hub::result<std::map<std::string, std::size_t>> columns_in(const hub::csv_row& header) {
  std::map<std::string, std::size_t> at;
  for (std::size_t i = 0; i < header.fields.size(); ++i) at.emplace(folded(header.fields[i].text), i);
  for (const auto* const wanted : {"erp_id", "vin", "make", "model"})
    if (!at.contains(wanted)) return hub::problem{"line 1", std::string("the column ") + wanted + " is missing"};
  return at;
}

class reading {
 public:
  reading(const settings& with, const manifest& told, const commerceml_sink& sink) : with_(with), told_(told), sink_(sink) {}

  hub::result<file_head> run(std::string_view utf8) {
    hub::csv_reader rows(utf8);
    hub::csv_row row;
    if (!rows.next(row)) return wrong("is empty");
    auto header = columns_in(row);
    if (!header) return header.error();
    columns_ = std::move(*header);
    const auto width = row.fields.size();
    std::uint64_t count = 0;
    while (rows.next(row)) {
      const auto line = "line " + std::to_string(row.line);
      if (!row.faults.empty()) return hub::problem{line, row.faults.front().what};
      if (row.fields.size() != width)
        return hub::problem{line, std::to_string(row.fields.size()) + " fields instead of " + std::to_string(width)};
      if (auto refused = take(row)) return hub::problem{line, refused->what};
      ++count;
    }
    if (count != told_.rows) return wrong(std::to_string(count) + " rows instead of the " + std::to_string(told_.rows) + " told");
    file_head head;
    head.formed = told_.created_at;
    head.catalogue = "drop:" + told_.entity;
    head.has_catalogue = true;
    head.full = told_.mode == "full";
    return head;
  }

 private:
  std::string_view field(const hub::csv_row& row, const std::string& name) const {
    const auto at = columns_.find(name);
    return at == columns_.end() ? std::string_view() : std::string_view(row.fields[at->second].text);
  }

  std::optional<hub::problem> take(const hub::csv_row& row) {
    const auto op = folded(field(row, "op"));
    if (!op.empty() && op != "upsert" && op != "delete") return wrong("op is neither upsert nor delete");
    goods product;
    product.id = field(row, "erp_id");
    if (!is_good_id(product.id)) return wrong("erp_id is missing, or has blanks or more than 128 bytes");
    product.version = field(row, "version");
    product.formed = told_.created_at;
    product.line = std::to_string(row.line);
    product.deleted = op == "delete";
    auto offer = product;
    const auto add = [&](const std::vector<std::string>& names, const std::string& column) {
      const auto value = field(row, column);
      // A vehicle without a VIN is one all the same, and refused.
      if (!names.empty() && (!value.empty() || (column == "vin" && !product.deleted)))
        product.facts.push_back({names.front(), std::string(value)});
    };
    add(with_.vin, "vin");
    add(with_.make, "make");
    add(with_.model, "model");
    add(with_.year, "year");
    add(with_.status, "status");
    if (auto refused = sink_.take_goods(std::move(product))) return refused;
    if (field(row, "price").empty() || offer.deleted) return std::nullopt;
    offer.is_offer = true;
    offer.prices.push_back({"price", with_.price_type.empty() ? "price" : with_.price_type, std::string(field(row, "price")),
                            std::string(field(row, "currency"))});
    return sink_.take_goods(std::move(offer));
  }

  const settings& with_;
  const manifest& told_;
  const commerceml_sink& sink_;
  std::map<std::string, std::size_t> columns_;
};

}  // namespace

hub::result<manifest> read_manifest(std::string_view json) {
  const auto parsed = hub::message::parse_json(json, {.bytes = 64 << 10, .depth = 4});
  if (!parsed) return parsed.error();
  auto read = hub::message::from_json<manifest>(*parsed);
  if (!read) return read.error();
  if (read->schema != "erp.drop.v1") return hub::problem{"schema", "expected erp.drop.v1"};
  if (read->mode != "full" && read->mode != "delta") return hub::problem{"mode", "expected full or delta"};
  if (read->entity != "vehicle") return hub::problem{"entity", "expected vehicle"};
  if (read->file.find_first_of("/\\") != std::string::npos) return hub::problem{"file", "names a folder"};
  if (!hub::parse_rfc3339(read->created_at)) return hub::problem{"created_at", "expected a time with its offset"};
  return read;
}

bool may_follow(const manifest& next, std::uint64_t last_seq) {
  return next.mode == "full" ? next.seq > last_seq : next.seq == last_seq + 1;
}

hub::result<imported> import_drop(importing by, const manifest& told, std::string_view file, const draft& waiting,
                                  const std::function<void(hub::message::event)>& tell) {
  if (file.size() > largest_drop) return wrong("is larger than 64 MiB");
  if (file.size() != told.bytes)
    return wrong("does not fit its manifest: " + std::to_string(file.size()) + " bytes instead of " + std::to_string(told.bytes));
  if (hub::to_hex(hub::sha256(file)) != told.sha256) return wrong("does not fit its manifest: another hash");
  const opener open = [file]() -> puller {
    return [file, read = false]() mutable { return std::exchange(read, true) ? std::string_view() : file; };
  };
  const auto charset = charset_of(open, told.encoding);
  if (!charset) return charset.error();
  const auto pull = as_utf8(open(), *charset);
  std::string utf8;
  for (auto piece = pull(); !piece.empty(); piece = pull()) utf8 += piece;
  const auto read = [&](const commerceml_sink& sink) { return reading(by.with, told, sink).run(utf8); };
  auto done = import_records(by, read, waiting, tell);
  if (done) done->other_encoding = charset->other_label;
  return done;
}

}  // namespace connectors::erp
