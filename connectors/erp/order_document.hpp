#pragma once
// Orders of the hub as the ERP fetches them: a CommerceML 2.08 document with the hub's id as `Ид` and `Номер`, which the ERP
// returns with the order. A name or a comment that holds a phone number loses it; the customer has no other contact than an
// e-mail address. Pure, any thread.

#include "connectors/erp/settings.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/order_back.hpp"

#include <optional>
#include <string>
#include <vector>

namespace connectors::erp {

/// Why an order can never be told to an ERP; nothing when it can. Quotes no value.
std::optional<hub::problem> why_not(const hub::message::order_asked& order);

/// In with.orders_encoding, as its declaration says. `catalogue`: the ERP's id of the one that holds the vehicles, where it was
/// told. No orders: a document without any.
std::string write_orders(const settings& with, const std::vector<hub::message::order_asked>& orders, const std::string& catalogue,
                         hub::instant formed);

}  // namespace connectors::erp
