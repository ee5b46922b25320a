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

/// Round robin's place in the ring of a team and a set of skills: the id of who was chosen last, 0 at first.
struct cursor {
  std::string key;  ///< "sales" or "sales|auction,korea"
  std::int64_t last = 0;
  int in_a_row = 0;  ///< how many of the last decisions `last` won one after the other (for catch_up)
};
std::string cursor_key(const std::string& team, const std::vector<std::string>& skills);

struct exclusion {
  std::int64_t id;
  std::string reason;  ///< "inactive", "lacks skill korea", "at capacity 25 of 25"
};

struct choice {
  std::optional<std::int64_t> winner;
  std::string reason;                 ///< why nobody: "manual", "everybody is at capacity", "the team is empty"
  std::vector<exclusion> excluded;
  std::string tie_break;              ///< how the winner stood out: "next after 3 in the ring", "2 open leads"
  std::int64_t cursor_before = 0;
  std::int64_t cursor_after = 0;
};

/// Decides one lead and updates the winner's open_leads and last_assigned (to `now_us`) and the cursor.
choice choose(strategy how, const std::vector<std::string>& skills, std::vector<candidate>& team, cursor& ring,
              std::int64_t now_us);

}  // namespace routing
