#pragma once
// The checks of `hubctl doctor`: what they look at, what they find. Each adds its findings and throws hub::error or db::error
// when it cannot look; the doctor then says so and goes on. Blocking, one thread; nothing is changed anywhere.

#include "config/settings.hpp"
#include "hub/ctl/metrics_text.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace hub::ctl::checks {

enum class health { ok, look, broken };
constexpr auto names_of(health) {
  return std::array{hub::named{"ok", health::ok}, hub::named{"look", health::look}, hub::named{"broken", health::broken}};
}

struct finding {
  health is = health::ok;
  std::string check;         ///< "spool"
  std::string said;          ///< one line, plain words
  std::string next{};        ///< what to do; empty for ok
  bool unreachable = false;  ///< a program or server does not answer
};
using findings = std::vector<finding>;

struct program {
  std::string name;  ///< "hub-worker.2"
  std::uint16_t admin = 0;
  bool answers = false;
  std::vector<sample> metrics{};
};

/// What all checks look at.
struct patient {
  std::string home;
  config::loaded loaded;
  config::settings settings;  ///< as the running system uses them
  bool offline = false;       ///< platforms are not asked
  std::vector<program> programs{};

  /// Every sample of that name, of all programs.
  std::vector<sample> metric(std::string_view name) const;
  double sum(std::string_view name) const;
  /// Whether a program whose name begins so was read: without it, no sample means nothing.
  bool measured(std::string_view kind) const;
};

/// Finds the programs of this home and asks each on its admin port. Throws not_running when there are none.
void check_programs(patient& of, findings& to);
void check_database(const patient& of, findings& to);
void check_broker(const patient& of, findings& to);
/// Accounts, spool, webhooks.
void check_connectors(const patient& of, findings& to);
/// What connectors and workers measure: silence, numbers that never came, forged requests, the clock.
void check_intake(const patient& of, findings& to);
/// Disk space, files of secrets.
void check_machine(const patient& of, findings& to);

/// "1 event", "3 events".
std::string counted(std::uint64_t number, const std::string& one);

}  // namespace hub::ctl::checks
