#pragma once
// What simulated customers left in the database: marked, counted, and removed again. Called by `hubctl simulate` and
// `hubctl seed` with an open transaction; blocking. Failures are pqxx's.

#include <pqxx/pqxx>

#include <cstdint>
#include <string>
#include <vector>

namespace hub::ctl {

/// Customers whose Viber id or id at the website was invented, and their leads, get demo = true.
void mark_demo_rows(pqxx::transaction_base& in);

struct demo_counts {
  std::int64_t messages = 0;  ///< and activities
  std::int64_t pending_media = 0;
  std::int64_t stored_media = 0;
};
/// Of simulated customers only.
demo_counts count_demo_rows(pqxx::transaction_base& in);

/// Vehicles that the simulated ERP told.
std::int64_t count_demo_vehicles(pqxx::transaction_base& in);

/// One line of what was removed.
struct removed_rows {
  std::string what;
  std::int64_t rows = 0;
};

/// Removes simulated customers with everything about them and their events, so that the same stories can be played
/// again, then demo vehicles that no other lead wants. Owners' counts follow. `files` gets the hashes that no row
/// points to any more.
std::vector<removed_rows> remove_demo_rows(pqxx::transaction_base& in, std::vector<std::string>& files);

}  // namespace hub::ctl
