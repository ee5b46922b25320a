#pragma once
// Gives quarantined entries another chance: what a parser refused is parsed by its connector once more, everything else
// is published as it was kept; then waits until each event is in the database or back in quarantine. Safe to repeat and to
// interrupt: keys decide, and an entry is closed only when its events are seen. Blocking, one thread. Throws db::error,
// not_running, hub::error.

#include "config/settings.hpp"
#include "hub/ctl/quarantine_rows.hpp"
#include "hub/db/connection.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>

namespace hub::ctl {

struct replay_options {
  quarantine_filter which;
  bool dry_run = false;                  ///< parse and look, publish and change nothing
  double rate = 200;                     ///< entries a second at most
  std::chrono::seconds patience{60};     ///< without any progress
  std::string who;
  std::function<void(const std::string&)> say = {};  ///< progress
};

struct replay_report {
  std::size_t entries = 0;      ///< looked at
  std::size_t replayed = 0;     ///< every event of it is in the database now
  std::size_t known = 0;        ///< was there before
  std::size_t empty = 0;        ///< the parser found nothing in it that is kept
  std::size_t refused = 0;      ///< refused again, by parser or worker
  std::size_t unpublished = 0;  ///< the broker did not confirm it; still open
  std::size_t pending = 0;      ///< published and not seen yet; still open
  std::map<std::string, std::size_t> refusals;  ///< why, how often
};

replay_report replay(db::connection& database, const config::settings& settings, const replay_options& options);

}  // namespace hub::ctl
