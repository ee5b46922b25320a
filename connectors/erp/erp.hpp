#pragma once
// The connector of BAS and other ERPs that speak CommerceML 2 over HTTP: the ERP calls, leads the dialogue (exchange.hpp) and
// sends files; what they become is import.hpp's. README.md says how it is set up.

#include "connectors/connector.hpp"

namespace connectors::erp {

connector_kind kind();

}  // namespace connectors::erp
