#pragma once
// One thread of the sender pool that sends replies, see pool.hpp. run() and what it calls belong to that thread; abandon() may be
// called from any.

#include "workers/sender/circuits.hpp"
#include "workers/sender/connector_line.hpp"

namespace workers::sender {

class sender {
 public:
  /// The first one (`number` 0) also looks after what is late and counts.
  sender(const sender_options& options, circuits& accounts, unsigned number);

  /// Until `stopping`; what is under way is finished first, unless abandon() is called.
  void run(std::stop_token stopping);
  void abandon() { line_.abandon(); }

 private:
  bool work();  ///< one row; false when no turn had come
  void look_after();
  bool ask_about_orphan();
  /// `asked_before`: as of connector_line::ask().
  void send(const begun& attempt, bool asked_before);
  void settle(const begun& attempt, const connector_line::heard& what);

  const sender_options& options_;
  circuits& accounts_;
  const bool looks_after_;
  rows rows_;
  connector_line line_;
  std::chrono::steady_clock::time_point looked_after_{};
};

}  // namespace workers::sender
