#include "connectors/erp/odata.hpp"

#include "connectors/body.hpp"
#include "connectors/erp/decimal.hpp"
#include "connectors/erp/words.hpp"
#include "connectors/erp/xml.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/http/text.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace connectors::erp {

namespace {

using boost::json::array;
using boost::json::object;

constexpr hub::message::json_limits page_limits{.bytes = 64 << 20, .depth = 16};
constexpr std::string_view no_reference = "00000000-0000-0000-0000-000000000000";
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t most_fingerprints = 15;

bool is_set(const object& row, std::string_view name) {
  const auto* value = row.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

/// A number or text as text; the digits of a double are the fewest that say the same.
std::string plain_text(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return {text->data(), text->size()};
  char digits[64];
  std::to_chars_result made{digits, {}};
  if (value.is_int64()) made = std::to_chars(digits, digits + sizeof digits, value.get_int64());
  if (value.is_uint64()) made = std::to_chars(digits, digits + sizeof digits, value.get_uint64());
  if (value.is_double()) made = std::to_chars(digits, digits + sizeof digits, value.get_double(), std::chars_format::fixed);
  // No price has as many digits as do not fit.
  return made.ec == std::errc{} ? std::string(digits, made.ptr) : std::string();
}

/// The attribute itself, what it was expanded to, or the word its reference stands for.
std::string value_of(const object& row, const odata_words& words, const std::string& name) {
  if (const auto* value = row.if_contains(name)) {
    if (const auto* expanded = value->if_object()) return std::string(text_if(*expanded, "Description"));
    return plain_text(*value);
  }
  const auto word = words.find(std::string(text_if(row, name + "_Key")));
  return word == words.end() ? std::string() : word->second;
}

std::string id_of(const object& row) {
  const auto id = text_if(row, "Ref_Key");
  return is_good_id(id) && id != no_reference ? std::string(id) : std::string();
}

void read_contacts(const account_context& of, const object& row, hub::message::customer& to) {
  const auto* lines = array_if(row, "КонтактнаяИнформация");
  if (!lines) return;
  for (const auto& one : *lines) {
    const auto* line = one.if_object();
    if (!line) continue;
    if (const auto kind = folded(text_if(*line, "Тип")); kind == "телефон" || kind == "факс") {
      const auto number = text_if(*line, "Представление");
      auto print = fingerprint_of(of, number.empty() ? text_if(*line, "НомерТелефона") : number);
      const hub::message::identity who{"fingerprint", "", std::move(print)};
      auto& known = to.who.identities;
      if (!who.id.empty() && known.size() <= most_fingerprints && std::find(known.begin(), known.end(), who) == known.end())
        known.push_back(who);
    } else if (const auto address = text_if(*line, "АдресЭП"); to.email.empty() && address.find('@') != std::string_view::npos &&
                                                               address.size() <= 320 && !hub::has_number(address)) {
      to.email = clean(address, 320);
    }
  }
}

void append_encoded(std::string& to, std::string_view text, std::string_view kept) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kept.find(c) != kept.npos;
    if (plain) {
      to += c;
      continue;
    }
    to += '%';
    to += digits[static_cast<unsigned char>(c) >> 4];
    to += digits[static_cast<unsigned char>(c) & 15];
  }
}

}  // namespace

hub::result<array> read_page(std::string_view body) {
  if (body.starts_with(byte_order_mark)) body.remove_prefix(byte_order_mark.size());
  auto parsed = hub::message::parse_json(body, page_limits);
  if (!parsed) return hub::problem{"", "the answer is no JSON: is the interface published, and the address right?"};
  auto* answer = parsed->if_object();
  if (!answer) return hub::problem{"", "the answer is no OData"};
  if (const auto* error = object_if(*answer, "odata.error")) {
    const auto* message = object_if(*error, "message");
    const auto code = error->if_contains("code");
    return hub::problem{"odata " + (code ? scrubbed(plain_text(*code), 10) : std::string("?")),
                        message ? scrubbed(text_if(*message, "value"), 200) : std::string("without a word")};
  }
  auto* rows = answer->if_contains("value") ? answer->at("value").if_array() : nullptr;
  if (!rows) return hub::problem{"", "the answer has no rows"};
  for (const auto& row : *rows)
    if (!row.is_object()) return hub::problem{"", "a row is no object"};
  return std::move(*rows);
}

odata_words words_of(const array& rows) {
  odata_words words;
  for (const auto& row : rows)
    if (auto id = id_of(row.get_object()); !id.empty()) words[std::move(id)] = text_if(row.get_object(), "Description");
  return words;
}

std::map<std::string, std::string> versions_of(const array& rows) {
  std::map<std::string, std::string> versions;
  for (const auto& one : rows) {
    const auto& row = one.get_object();
    if (auto id = id_of(row); !id.empty())
      versions[std::move(id)] = std::string(text_if(row, "DataVersion")) + (is_set(row, "DeletionMark") ? " deleted" : "");
  }
  return versions;
}

version_changes compare(const std::map<std::string, std::string>& known, const std::map<std::string, std::string>& scanned) {
  version_changes found;
  for (const auto& [id, version] : scanned) {
    const auto before = known.find(id);
    if (before == known.end() || before->second != version) found.changed.push_back(id);
  }
  for (const auto& [id, version] : known)
    if (!scanned.contains(id)) found.gone.push_back(id);
  return found;
}

std::vector<goods> vehicles_in(const settings& with, const odata_names& named, const odata_words& words, const array& rows,
                               hub::instant asked_at) {
  std::vector<goods> list;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = rows[i].get_object();
    goods product;
    product.id = id_of(row);
    if (product.id.empty() || is_set(row, "IsFolder")) continue;
    product.version = text_if(row, "DataVersion");
    product.formed = hub::to_rfc3339(asked_at);
    product.line = std::to_string(i + 1);
    product.deleted = is_set(row, "DeletionMark");
    auto offer = product;
    const auto add = [&](const std::vector<std::string>& names, const std::string& attribute) {
      if (!names.empty()) product.facts.push_back({names.front(), value_of(row, words, attribute)});
    };
    add(with.vin, named.vin);
    add(with.make, named.make);
    add(with.model, named.model);
    add(with.year, named.year);
    add(with.status, named.status);
    add(with.colour, named.colour);
    add(with.mileage, named.mileage);
    list.push_back(std::move(product));
    if (auto price = value_of(row, words, named.price); !price.empty() && !offer.deleted) {
      offer.is_offer = true;
      offer.prices.push_back({"price", with.price_type.empty() ? "price" : with.price_type, std::move(price), named.currency});
      list.push_back(std::move(offer));
    }
  }
  return list;
}

std::vector<hub::message::event> customers_in(const account_context& of, const array& rows, hub::instant asked_at) {
  std::vector<hub::message::event> events;
  for (const auto& one : rows) {
    const auto& row = one.get_object();
    const auto id = id_of(row);
    if (id.empty() || is_set(row, "IsFolder")) continue;
    hub::message::customer made;
    made.who.identities.push_back({of.channel, of.account, id});
    made.who.name = short_text(text_if(row, "Description"), 120);
    const auto version = text_if(row, "DataVersion");
    made.version = version.size() <= 128 ? hub::clean_text(version) : short_hash(version);
    made.deleted = is_set(row, "DeletionMark");
    const auto kind = text_if(row, "ЮрФизЛицо");
    if (!kind.empty() && kind != "ФизЛицо") made.company_name = short_text(text_if(row, "НаименованиеПолное"), 120);
    read_contacts(of, row, made);
    auto told = event_of(of, "customer:" + id + ":" + hub::to_rfc3339(asked_at) + ":" + short_hash(hub::message::to_json(made)),
                         asked_at, asked_at);
    told.data = std::move(made);
    events.push_back(std::move(told));
  }
  return events;
}

std::vector<hub::message::event> orders_in(const account_context& of, const odata_order_names& named, const std::string& zone,
                                           const std::string& currency, const array& rows, hub::instant asked_at) {
  std::vector<hub::message::event> events;
  for (const auto& one : rows) {
    const auto& row = one.get_object();
    hub::message::order made;
    made.id = id_of(row);
    if (made.id.empty()) continue;
    const auto version = text_if(row, "DataVersion");
    made.version = version.size() <= 128 ? hub::clean_text(version) : short_hash(version);
    made.number = short_text(text_if(row, "Number"), 30, 64);
    made.placed_at = local_time(text_if(row, "Date"), zone);
    if (const auto customer = text_if(row, named.customer); is_good_id(customer) && customer != no_reference)
      made.customer = customer;
    if (const auto total = sum_of(value_of(row, {}, named.total))) {
      made.total = *total;
      made.currency = currency;
    }
    if (const auto* lines = array_if(row, named.lines))
      for (const auto& line : *lines) {
        const auto* of_line = line.if_object();
        const auto what = of_line ? text_if(*of_line, named.vehicle) : std::string_view();
        if (is_good_id(what) && what != no_reference && made.vehicles.size() < most_ordered) made.vehicles.emplace_back(what);
      }
    made.status = short_text(value_of(row, {}, named.status), 100);
    made.shipped = is_one_of(made.status, named.shipped);
    made.paid = is_one_of(made.status, named.paid);
    made.cancelled = is_one_of(made.status, named.cancelled);
    made.deleted = is_set(row, "DeletionMark");
    auto told = event_of(of, "order:" + made.id + ":" + hub::to_rfc3339(asked_at) + ":" + short_hash(hub::message::to_json(made)),
                         asked_at, asked_at);
    told.data = std::move(made);
    events.push_back(std::move(told));
  }
  return events;
}

hub::result<odata_changes> read_changes(std::string_view feed) {
  odata_changes found;
  xml_reader reader;
  reader.begin = [](const auto& path, const element&) {
    if (path.size() == 1) return step::enter;
    return path.back() == "entry" || path.back() == "deleted-entry" ? step::gather : step::skip;
  };
  reader.take = [&](const auto&, element whole, std::uint64_t) -> std::optional<hub::problem> {
    const bool removed = whole.name == "deleted-entry";
    // ".../Catalog_X(guid'2da6...')", its name percent-encoded or not.
    const auto decoded = hub::http::percent_decode(removed ? whole.attribute("ref") : whole.text_of("id"), false);
    const auto address = std::string_view(decoded ? *decoded : std::string_view());
    const auto open = address.rfind("(guid'");
    const auto close = open == address.npos ? open : address.find("')", open);
    if (close == address.npos) return hub::problem{"", "an entry has no key"};
    const auto slash = address.rfind('/', open);
    const auto begin = slash == address.npos ? 0 : slash + 1;
    const auto id = address.substr(open + 6, close - open - 6);
    if (!is_good_id(id)) return hub::problem{"", "an entry has no key"};
    (removed ? found.gone : found.changed)[std::string(address.substr(begin, open - begin))].emplace_back(id);
    return std::nullopt;
  };
  const puller pull = [feed, read = false]() mutable { return std::exchange(read, true) ? std::string_view() : feed; };
  if (auto wrong = read_xml(pull, reader)) return std::move(*wrong);
  return found;
}

std::string page_query(std::string_view entity, std::size_t top, std::size_t skip, std::string_view select,
                       std::string_view filter) {
  std::string made;
  append_encoded(made, entity, "_-.~");
  made += "?$format=json";
  if (!select.empty()) {
    made += "&$select=";
    append_encoded(made, select, "_-.~,");
  }
  if (!filter.empty()) {
    made += "&$filter=";
    append_encoded(made, filter, "_-.~");
  }
  return made + "&$orderby=Ref_Key&$top=" + std::to_string(top) + "&$skip=" + std::to_string(skip) + "&allowedOnly=true";
}

std::string count_query(std::string_view entity, std::string_view filter) {
  std::string made;
  append_encoded(made, entity, "_-.~");
  made += "/$count?allowedOnly=true";
  if (filter.empty()) return made;
  made += "&$filter=";
  append_encoded(made, filter, "_-.~");
  return made;
}

std::string keys_query(std::string_view entity, const std::vector<std::string>& ids, const std::vector<std::string>& expand) {
  std::string filter, names, made;
  for (const auto& id : ids) filter += (filter.empty() ? "Ref_Key eq guid'" : " or Ref_Key eq guid'") + id + "'";
  for (const auto& name : expand) names += (names.empty() ? "" : ",") + name;
  append_encoded(made, entity, "_-.~");
  made += "?$format=json&$filter=";
  append_encoded(made, filter, "_-.~");
  if (!names.empty()) {
    made += "&$expand=";
    append_encoded(made, names, "_-.~,");
  }
  return made + "&allowedOnly=true";
}

std::string exchange_query(std::string_view what, std::string_view node, std::uint64_t message) {
  std::string made(what);
  made += "?DataExchangePoint=";
  append_encoded(made, "'" + std::string(node) + "'", "_-.~");
  return made + "&MessageNo=" + std::to_string(message);
}

}  // namespace connectors::erp
