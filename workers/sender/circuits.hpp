#pragma once
// One circuit breaker per account: after several attempts in a row that a platform did not take, nothing is tried there for a
// while, then one message, and all of them again when that one went. Other accounts notice nothing. Shared by the senders of a
// worker; any thread. The time is handed in.

#include "hub/base/backoff.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace workers::sender {

class circuits {
 public:
  using moment = std::chrono::steady_clock::time_point;

  circuits(unsigned failures, std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : failures_(failures), first_(first), longest_(longest) {}

  /// Accounts ("viber:main") nobody may try now; one that is half open is named too while its one message is under way.
  std::vector<std::string> closed_to_us(moment now);
  /// False: somebody else is trying it already.
  bool begin(const std::string& account, moment now);
  void succeeded(const std::string& account);
  void failed(const std::string& account, moment now);
  /// The attempt says nothing about the platform.
  void neither(const std::string& account);

 private:
  struct circuit {
    unsigned in_a_row = 0;
    bool open = false;
    bool trying = false;  ///< half open: the one attempt
    moment until{};
    hub::backoff wait;
  };
  void tell(const std::string& account, bool open);

  const unsigned failures_;
  const std::chrono::milliseconds first_, longest_;
  std::mutex mutex_;
  std::map<std::string, circuit> known_;
};

}  // namespace workers::sender
