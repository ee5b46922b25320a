#pragma once
// What an ERP says of customers and orders, as canonical events. A phone number becomes a fingerprint where it is read and is
// dropped; tax numbers and comments are not read. Pure, any thread.

#include "connectors/account.hpp"
#include "connectors/erp/settings.hpp"
#include "connectors/erp/xml.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/canonical.hpp"

#include <vector>

namespace connectors::erp {

/// `Контрагент`. Key "...:customer:<id>:<formed>:<hash>".
hub::result<hub::message::event> read_customer(const account_context& of, const settings& with, const element& from,
                                               std::string_view formed, hub::instant received_at);

/// `Документ`: the order and the customers it names; nothing for a document of another kind. An id that is no GUID is the hub's.
hub::result<std::vector<hub::message::event>> read_order(const account_context& of, const settings& with, const element& from,
                                                         std::string_view formed, hub::instant received_at);

}  // namespace connectors::erp
