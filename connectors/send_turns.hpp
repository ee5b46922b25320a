#pragma once
// Whose turn it is to be sent: token buckets of an account and of each of its conversations, as fast as the platform is known
// to allow (connector::pace_of), and slower once it has said that this was too fast. A conversation that has to wait holds up
// nobody else. Pure; the time is handed in. Used by sends.hpp on the loop.

#include "connectors/connector.hpp"

#include <chrono>
#include <map>
#include <string>

namespace connectors {

class send_turns {
 public:
  using moment = std::chrono::steady_clock::time_point;

  /// When the next one of that conversation may leave; `now` or earlier: at once.
  moment next(const std::string& account, const std::string& conversation, const send_pace& allowed, moment now);
  /// It leaves now.
  void take(const std::string& account, const std::string& conversation, const send_pace& allowed, moment now);
  /// The platform wants nothing of that conversation for so long. A tenth of the newest attempts told so, and not for one
  /// conversation only: the account is too fast, and slows down, by half a time once a second.
  void put_off(const std::string& account, const std::string& conversation, std::chrono::milliseconds for_so_long, moment now);
  /// The platform took one: what was slowed down becomes a little faster again.
  void taken(const std::string& account);

  /// How many buckets there are; those nobody has asked for in ten minutes go.
  std::size_t size() const;

 private:
  struct bucket {
    moment full_at{};     ///< when it is full again
    moment held_until{};  ///< the platform's own wish
    moment used{};
    moment ready(const pace& allowed, double slower) const;
    void take(const pace& allowed, double slower, moment now);
  };
  struct account_state {
    bucket own;
    std::map<std::string, bucket> conversations;
    double slower = 1;   ///< 1 to 32: the allowed rate divided by it
    double refused = 0;  ///< share of the newest attempts that were put off
    std::string last_put_off;
    moment slowed_at{};
  };
  void forget_unused(account_state& of, moment now);

  std::map<std::string, account_state> accounts_;
};

}  // namespace connectors
