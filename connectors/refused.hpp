#pragma once
// Keeps requests whose signature was refused, sealed, so that they can be judged again once a secret is mended.
// Bounded: at most 1000 of them and 16 MiB, the oldest go first; in a flood of forgeries only some are kept. Two
// files that take turns, appended without fsync: these were never promised to anybody. On the loop.

#include "connectors/account.hpp"
#include "hub/base/time.hpp"
#include "hub/http/message.hpp"

#include <string>
#include <vector>

namespace connectors {

struct refused_request {
  std::string channel;
  std::string account;
  hub::instant received_at{};
  hub::http::request request;  ///< method, headers, query, what the route matched, and body as they came
};

class refused_ring {
 public:
  /// `path` is the common beginning of the two files' names.
  refused_ring(std::string path, hub::secret seal_key);

  /// Never throws: a disk that is full costs what may be lost.
  void keep(const refused_request& refused) noexcept;
  /// All that is kept, the oldest first.
  std::vector<refused_request> read() const;

 private:
  struct half {
    std::string path;
    std::size_t entries = 0;
    std::uint64_t bytes = 0;
  };
  void turn();

  hub::secret key_;
  half halves_[2];
  int current_ = 0;
  std::chrono::steady_clock::time_point second_{};
  int kept_in_second_ = 0;
};

}  // namespace connectors
