#pragma once
// One thing that is to run: begun, looked at, begun again when it died, with growing pauses when it keeps dying.
// Pure bookkeeping over a begin function; the supervisor's thread owns it and does the waiting.

#include "hub/base/backoff.hpp"
#include "hub/ctl/process.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace hub::ctl {

class kept {
 public:
  using time = std::chrono::steady_clock::time_point;

  /// `begin` starts it, or finds it running, and returns its process; what it throws counts as a death.
  kept(std::string name, std::function<process_id()> begin);

  enum class change { none, began, died, not_begun };
  /// Looks after it and, when it is due, begins it.
  change look(time now);
  /// When look() has something to do at the latest, unless the process ends before.
  std::optional<time> due() const { return due_; }

  const std::string& name() const { return name_; }
  process_id process() const { return process_; }
  bool runs() const { return static_cast<bool>(process_); }
  /// Of the death last seen; nothing for a process that is not our child.
  std::optional<int> exit_code() const { return exit_code_; }
  /// Why it could not be begun.
  const std::string& reason() const { return reason_; }
  /// Deaths since it last ran for half a minute.
  int deaths() const { return deaths_; }

 private:
  change mourn(time now, change what);

  std::string name_;
  std::function<process_id()> begin_;
  process_id process_;
  backoff pauses_;
  std::optional<time> due_ = time{};
  time begun_{};
  std::optional<int> exit_code_;
  std::string reason_;
  int deaths_ = 0;
};

}  // namespace hub::ctl
