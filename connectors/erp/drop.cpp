#include "connectors/erp/drop.hpp"

#include "connectors/body.hpp"
#include "connectors/erp/decimal.hpp"
#include "connectors/erp/words.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/csv.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace connectors::erp {

namespace {

constexpr hub::message::json_limits drop_limits{.bytes = largest_drop, .depth = 8};

bool is_set(const boost::json::object& row, std::string_view name) {
  const auto* value = row.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

std::string version_of(const boost::json::object& row) {
  const auto given = text_if(row, "version");
  return given.size() <= 128 ? hub::clean_text(given) : short_hash(given);
}

hub::problem wrong(std::string what) { return {"", std::move(what)}; }

std::optional<hub::problem> fits(const manifest& told, std::string_view file) {
  if (file.size() > largest_drop) return wrong("is larger than 64 MiB");
  if (told.is_missing) return std::nullopt;
  if (file.size() != told.bytes)
    return wrong("does not fit its manifest: " + std::to_string(file.size()) + " bytes instead of " + std::to_string(told.bytes));
  if (hub::to_hex(hub::sha256(file)) != told.sha256) return wrong("does not fit its manifest: another hash");
  return std::nullopt;
}

/// A row of JSON: what is absent, null or of another type is not told.
hub::result<hub::message::event> customer_in(const account_context& of, const manifest& told, const boost::json::object& row,
                                             hub::instant received_at) {
  const auto id = text_if(row, "erp_id");
  if (!is_good_id(id)) return wrong("erp_id is missing, or has blanks or more than 128 bytes");
  hub::message::customer made;
  made.who.identities.push_back({of.channel, of.account, std::string(id)});
  made.version = version_of(row);
  made.first_name = short_text(text_if(row, "first_name"), longest_name);
  made.last_name = short_text(text_if(row, "last_name"), longest_name);
  made.company_name = short_text(text_if(row, "company_name"), longest_name);
  made.who.name = made.company_name.empty() ? std::string(hub::trim(made.first_name + " " + made.last_name)) : made.company_name;
  if (const auto email = text_if(row, "email"); email.find('@') != email.npos && email.size() <= 320 && !hub::has_number(email))
    made.email = clean(email, 320);
  if (auto print = fingerprint_of(of, text_if(row, "phone")); !print.empty())
    made.who.identities.push_back({"fingerprint", "", std::move(print)});
  made.deleted = is_set(row, "deleted");
  const auto at = formed(told.created_at, "", received_at);
  auto e = event_of(of, "customer:" + std::string(id) + ":" + at.key + ":" + short_hash(hub::message::to_json(made)), at.time,
                    received_at);
  e.data = std::move(made);
  return e;
}

hub::result<hub::message::event> order_in(const account_context& of, const manifest& told, const boost::json::object& row,
                                          hub::instant received_at) {
  hub::message::order made;
  made.id = text_if(row, "erp_id");
  made.hub_id = text_if(row, "hub_id");
  const auto& id = made.id.empty() ? made.hub_id : made.id;
  if (!is_good_id(id)) return wrong("erp_id is missing, or has blanks or more than 128 bytes");
  if (!made.id.empty() && !made.hub_id.empty() && !is_good_id(made.hub_id))
    return wrong("hub_id has blanks or more than 128 bytes");
  made.version = version_of(row);
  made.number = short_text(text_if(row, "number"), 30, 64);
  if (const auto placed = text_if(row, "date"); !placed.empty()) {
    const auto read = hub::parse_rfc3339(placed);
    if (!read) return wrong("date is no time with its offset");
    made.placed_at = *read;
  }
  if (const auto customer = text_if(row, "customer_erp_id"); is_good_id(customer)) made.customer = customer;
  if (const auto* list = array_if(row, "vehicle_erp_ids"))
    for (const auto& one : *list)
      if (const auto* what = one.if_string();
          what && is_good_id({what->data(), what->size()}) && made.vehicles.size() < most_ordered)
        made.vehicles.emplace_back(what->data(), what->size());
  if (const auto total = sum_of(text_if(row, "total"))) {
    made.total = *total;
    made.currency = currency_of(text_if(row, "currency"));
    if (made.currency.empty()) return wrong("nobody knows the currency");
  }
  made.status = short_text(text_if(row, "status"), 100);
  made.paid = is_set(row, "paid");
  made.shipped = is_set(row, "shipped");
  made.cancelled = is_set(row, "cancelled");
  made.deleted = is_set(row, "deleted");
  const auto at = formed(told.created_at, "", received_at);
  auto e = event_of(of, "order:" + id + ":" + at.key + ":" + short_hash(hub::message::to_json(made)), at.time, received_at);
  e.data = std::move(made);
  return e;
}

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
    if (!told_.is_missing && count != told_.rows)
      return wrong(std::to_string(count) + " rows instead of the " + std::to_string(told_.rows) + " told");
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
  if (read->entity != "vehicle" && read->entity != "customer" && read->entity != "order")
    return hub::problem{"entity", "expected vehicle, customer or order"};
  if (read->file.find_first_of("/\\") != std::string::npos) return hub::problem{"file", "names a folder"};
  if (!hub::parse_rfc3339(read->created_at)) return hub::problem{"created_at", "expected a time with its offset"};
  return read;
}

manifest missing_manifest(std::string_view name, hub::instant changed) {
  manifest made;
  made.file = name;
  // JSON says itself what it holds.
  made.entity = name.ends_with(".csv") ? "vehicle" : "";
  made.mode = "delta";
  made.created_at = hub::to_rfc3339(changed);
  made.is_missing = true;
  return made;
}

bool may_follow(const manifest& next, std::uint64_t last_seq) {
  return next.mode == "full" ? next.seq > last_seq : next.seq == last_seq + 1;
}

hub::result<imported> import_drop(importing by, const manifest& told, std::string_view file, const draft& waiting,
                                  const std::function<void(hub::message::event)>& tell) {
  if (auto misfit = fits(told, file)) return std::move(*misfit);
  if (told.entity != "vehicle") return wrong("a CSV holds vehicles");
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

hub::result<std::vector<hub::message::event>> read_dropped_json(const account_context& of, const manifest& told,
                                                                std::string_view file, hub::instant received_at) {
  if (auto misfit = fits(told, file)) return std::move(*misfit);
  if (file.starts_with("\xEF\xBB\xBF")) file.remove_prefix(3);
  const auto parsed = hub::message::parse_json(file, drop_limits);
  if (!parsed) return wrong("is no JSON: " + parsed.error().what);
  const auto* all = parsed->if_object();
  const auto* rows = all ? array_if(*all, "rows") : nullptr;
  if (!rows || text_if(*all, "schema") != "erp.drop.v1") return wrong("is no list of rows of schema erp.drop.v1");
  const std::string entity(text_if(*all, "entity"));
  if (entity != "customer" && entity != "order") return wrong("a JSON file holds customers or orders");
  if (!told.is_missing && entity != told.entity) return wrong("holds another entity than its manifest tells");
  if (!told.is_missing && rows->size() != told.rows)
    return wrong(std::to_string(rows->size()) + " rows instead of the " + std::to_string(told.rows) + " told");
  std::vector<hub::message::event> events;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto* row = (*rows)[i].if_object();
    auto made = row ? entity == "customer" ? customer_in(of, told, *row, received_at) : order_in(of, told, *row, received_at)
                    : hub::result<hub::message::event>(wrong("is no object"));
    if (!made) return hub::problem{"row " + std::to_string(i + 1), made.error().what};
    events.push_back(std::move(*made));
  }
  return events;
}

bool is_drop(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  if (body.starts_with('{')) return body.substr(0, 200).find("\"erp.drop.v1\"") != body.npos;
  return !body.starts_with('<') && folded(body.substr(0, body.find('\n'))).find("erp_id") != std::string::npos;
}

hub::result<std::vector<hub::message::event>> normalize_drop(const account_context& of, const settings& with,
                                                             std::string_view body, hub::instant received_at) {
  const bool is_json = body.substr(0, 4).find('{') != body.npos;
  const auto told = missing_manifest(is_json ? "body.json" : "body.csv", received_at);
  if (is_json) return read_dropped_json(of, told, body, received_at);
  directories known;
  std::vector<std::string> lines;
  std::vector<hub::message::event> events;
  const auto done = import_drop({of, with, known, nullptr, received_at}, told, body, draft_in(lines),
                                [&](hub::message::event e) { events.push_back(std::move(e)); });
  if (!done) return done.error();
  return events;
}

}  // namespace connectors::erp
