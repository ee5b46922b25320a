#pragma once
// Orders to an ERP: a lead at prepayment with a vehicle of an ERP is one, and a lead that is none any more takes its order
// back. What is to be sent is found by comparing leads with the ledger, so that nothing is lost wherever a program dies; it is
// sent to hub-connector, which keeps it until the ERP has taken it. On the office's thread. Throws db::error.

#include "hub/base/secret.hpp"
#include "hub/db/connection.hpp"
#include "hub/message/order_back.hpp"

#include <functional>
#include <string>

namespace workers::office {

struct connector_address {
  /// Base address of the connector's admin port; empty: it is away. Asked before every order.
  std::function<std::string()> url;
  hub::secret token;
};

/// Contents that changed since they were sent wait from now on; how many.
std::size_t find_orders_to_send(pqxx::work& tx);

/// What hub-connector says, or why it could not be asked: `reached` is false then, and it is asked again.
struct order_outcome {
  bool reached = false;
  hub::message::order_told told;
};
order_outcome ask_connector(const connector_address& at, const std::string& account, const std::string& content);

/// Sends the one that has waited longest; whether there was one.
bool send_order(hub::db::connection& database, const connector_address& at);

}  // namespace workers::office
