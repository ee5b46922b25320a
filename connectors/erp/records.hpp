#pragma once
// What stands in a file of an ERP, before anybody says what it means: goods and offers with their facts by name, and the
// directories that name them. Records wait on disk until a file is read to its end, and travel sealed to quarantine. Plain
// values.

#include "hub/base/describe.hpp"

#include <map>
#include <string>
#include <vector>

namespace connectors::erp {

using hub::about;

struct fact {
  std::string name;  ///< as people call it; of a property its id until directories::resolve()
  std::string value;

  bool operator==(const fact&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{});
    on("value", self.value, about{});
  }
};

struct price {
  std::string type;  ///< its id
  std::string name;  ///< of the type, by directories::resolve(); empty: nobody named it
  std::string amount;
  std::string currency;

  bool operator==(const price&) const = default;
  static void describe(auto& self, auto& on) {
    on("type", self.type, about{});
    on("name", self.name, about{});
    on("amount", self.amount, about{});
    on("currency", self.currency, about{});
  }
};

/// One product of a catalogue, or one offer.
struct goods {
  std::string id, version, formed, line;
  bool is_offer = false;
  bool deleted = false;
  std::vector<fact> properties;  ///< by id
  std::vector<fact> facts;       ///< characteristics and requisites, by name
  std::vector<price> prices;
  std::string quantity;
  std::vector<std::string> photos;

  bool operator==(const goods&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, about{});
    on("version", self.version, about{});
    on("formed", self.formed, about{});
    on("line", self.line, about{});
    on("is_offer", self.is_offer, about{});
    on("deleted", self.deleted, about{});
    on("properties", self.properties, about{});
    on("facts", self.facts, about{});
    on("prices", self.prices, about{});
    on("quantity", self.quantity, about{});
    on("photos", self.photos, about{});
  }
};

struct property {
  std::string name;
  std::map<std::string, std::string> values;

  bool operator==(const property&) const = default;
  static void describe(auto& self, auto& on) {
    on("name", self.name, about{});
    on("values", self.values, about{});
  }
};

struct price_type {
  std::string id, name, currency;

  bool operator==(const price_type&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, about{});
    on("name", self.name, about{});
    on("currency", self.currency, about{});
  }
};

/// What the classifier and the list of price types say; kept from file to file, since later portions leave them out.
struct directories {
  std::map<std::string, property> properties;
  std::vector<price_type> price_types;

  bool operator==(const directories&) const = default;
  static void describe(auto& self, auto& on) {
    on("properties", self.properties, about{});
    on("price_types", self.price_types, about{});
  }
  /// Properties of `of` by their names among its facts, values in words; prices in the order of their types, with names.
  goods resolve(goods of) const;
};

}  // namespace connectors::erp
