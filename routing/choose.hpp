#pragma once
// Who gets a lead. Pure: candidates come from locked rows, the clock is handed in, the same input gives the same
// choice, so a stored receipt can be re-evaluated.

#include "routing/match.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace routing {

/// One member of the team, from the locked staff rows. Updated in place by choose(), so that a batch decides
/// one lead after the other on the same rows.
struct candidate {
  std::int64_t id = 0;
  std::string email;
  bool active = true;
  std::vector<std::string> skills;
  std::optional<std::uint32_t> capacity;
  std::uint32_t open_leads = 0;
  std::int64_t last_assigned = 0;  ///< microseconds since the epoch; 0: never
  bool absent = false;             ///< an absence holds now
  bool off_hours = false;          ///< their calendar is closed now
  bool available = true;           ///< their presence switch; asked only where a rule says `online: required`
};

/// Who of a team and a set of skills was chosen last, 0 at first: round robin's place in the ring, and whom workload would
/// give too many leads in a row. One for each strategy, since what workload decides must not move the ring.
struct cursor {
  std::string key;  ///< "sales", "sales|auction,korea"; of workload "sales||workload", "sales|auction,korea|workload"
  std::int64_t last = 0;
  int in_a_row = 0;  ///< of workload, while there is a catch_up: how many decisions `last` won one after the other
};
std::string cursor_key(const std::string& team, const std::vector<std::string>& skills,
                       strategy how = strategy::round_robin);
/// The one by which an action's leads are given out.
std::string cursor_key(const action& then);

/// What a decision asks for besides skills.
struct terms {
  bool online_required = false;  ///< the rule's: only people whose presence says available
  /// The rules': nobody wins more leads in a row while somebody else is eligible; 0: no limit. Round robin never does;
  /// with workload whoever is back from leave without leads would win all of them.
  int catch_up = 0;
};

struct exclusion {
  std::int64_t id;
  std::string reason;  ///< "inactive", "lacks skill korea", "absent", "at capacity 25 of 25", "had 3 in a row"
};

struct choice {
  std::optional<std::int64_t> winner;
  std::string reason;                 ///< why nobody: "manual", "everybody is off hours", "the team is empty"
  std::vector<exclusion> excluded;
  std::string tie_break;              ///< how the winner stood out: "next after 3 in the ring", "2 open leads"
  std::int64_t cursor_before = 0;
  std::int64_t cursor_after = 0;
  int in_a_row_before = 0;
  int in_a_row_after = 0;
};

/// Decides one lead and updates the winner's open_leads and last_assigned (to `now_us`) and the cursor.
choice choose(strategy how, const std::vector<std::string>& skills, std::vector<candidate>& team, cursor& ring,
              std::int64_t now_us, const terms& asked = {});

}  // namespace routing
