#pragma once
// Slows down who guesses passwords: per account and address, and (more patiently) per address and per account alone.
// An attempt counts as failed from the moment it begins, so a thousand sent at once do not slip through together; a
// right password forgives. Kept in memory, bounded; a restart forgets. On the loop.

#include "hub/base/clock.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <string>

namespace hub::api {

class sign_in_guard {
 public:
  explicit sign_in_guard(const clock& time) : clock_(time) {}

  /// Nothing: go ahead and verify. Otherwise how long this account or address has to wait.
  std::optional<std::chrono::seconds> begin(const std::string& account, const std::string& peer);
  /// The password was right.
  void forgive(const std::string& account, const std::string& peer);

 private:
  struct record {
    unsigned attempts = 0;
    std::chrono::steady_clock::time_point free_at, last;
  };
  std::chrono::steady_clock::duration wait_of(const std::string& key) const;
  void count(const std::string& key, unsigned free_attempts, std::chrono::seconds longest);
  void make_room();

  const clock& clock_;
  std::map<std::string, record> records_;
};

}  // namespace hub::api
