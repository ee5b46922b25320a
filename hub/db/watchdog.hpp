#pragma once
// Shuts a socket down when a deadline passes: the only thing that frees a thread that waits inside libpq for a
// server that stopped answering. One thread per process, started by the first use. Any thread.

#include <chrono>
#include <memory>

namespace hub::db {

class watchdog {
 public:
  static watchdog& instance();

  /// From now until release(), `socket` is shut down when `limit` passes. Returns a ticket.
  std::uint64_t guard(int socket, std::chrono::milliseconds limit);
  /// True when the socket was shut down meanwhile.
  bool release(std::uint64_t ticket);

  ~watchdog();

 private:
  watchdog();
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace hub::db
