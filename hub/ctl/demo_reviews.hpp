#pragma once
// Invented reviews of simulated calls, so that a demo shows them. Called by `hubctl simulate --demo` with an open transaction;
// blocking. remove_demo_rows() takes them away again. Failures are pqxx's.

#include "config/settings.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <vector>

namespace hub::ctl {

/// By a supervisor of the call's team, of three calls in four that nobody has reviewed yet; every other one is answered. How
/// many.
std::int64_t add_demo_reviews(pqxx::transaction_base& in, const std::vector<config::criterion>& criteria);

}  // namespace hub::ctl
