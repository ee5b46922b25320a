#pragma once
// ERPs that are asked over the standard OData interface of their platform: channel `odata`.

#include "connectors/connector.hpp"

namespace connectors::erp {

connector_kind odata_kind();

}  // namespace connectors::erp
