#include "connectors/erp/records.hpp"

#include <algorithm>

namespace connectors::erp {

goods directories::resolve(goods of) const {
  for (auto& given : of.properties) {
    const auto known = properties.find(given.name);
    if (known == properties.end()) continue;
    const auto word = known->second.values.find(given.value);
    of.facts.push_back({known->second.name, word == known->second.values.end() ? given.value : word->second});
  }
  of.properties.clear();
  const auto rank = [this](const price& p) {
    return std::find_if(price_types.begin(), price_types.end(), [&](const auto& t) { return t.id == p.type; }) -
           price_types.begin();
  };
  std::stable_sort(of.prices.begin(), of.prices.end(), [&](const price& a, const price& b) { return rank(a) < rank(b); });
  for (auto& one : of.prices) {
    const auto known = static_cast<std::size_t>(rank(one));
    if (known == price_types.size()) continue;
    one.name = price_types[known].name.empty() ? one.type : price_types[known].name;
    if (one.currency.empty()) one.currency = price_types[known].currency;
  }
  return of;
}

}  // namespace connectors::erp
