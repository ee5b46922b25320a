#pragma once
// The servers all suites of a run share; inside tests/support only, tests ask servers.hpp for parts of them.

#include "hub/ctl/private_servers.hpp"

namespace test_support {

/// Started at the first call when nobody started them for the run.
const hub::ctl::private_postgres& shared_postgres();
const hub::ctl::private_rabbitmq& shared_rabbitmq();

}  // namespace test_support
