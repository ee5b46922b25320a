#pragma once
// What `hubctl rules` asks a running system: who is staff, how many leads they hold, which rules are in force, an
// event that was kept. Read only, one connection, one thread. Failures are db::error.

#include "hub/db/connection.hpp"
#include "hub/message/canonical.hpp"
#include "routing/choose.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hub::ctl {

class rules_lookup {
 public:
  explicit rules_lookup(secret url);

  std::vector<std::string> staff_emails();
  /// The YAML in force; nothing before the first activation.
  std::optional<std::string> active_rules();
  /// The members of a team that are staff, as they stand now.
  std::vector<routing::candidate> roster(const routing::rule_set& rules, const std::string& team);
  routing::cursor place_in_ring(const std::string& key);
  /// The kept event with this key; nothing when it is not kept (any more).
  std::optional<message::event> load_event(const std::string& key);

  /// What was true of the customer just before `event`.
  struct history {
    bool known = false;
    bool has_open_lead = false;
  };
  history before(const message::event& event);

 private:
  db::connection connection_;
};

}  // namespace hub::ctl
