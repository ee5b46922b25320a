#pragma once
// The SQL of the live feed: what is new, and who may know. Called by live_feed on its own thread.

#include "hub/api/live_feed.hpp"

#include <map>
#include <set>

namespace hub::api {

/// A row of hub.live_change, or somebody who is writing (that has no place).
struct live_row {
  live_place at;
  std::string kind;
  std::optional<std::int64_t> lead, staff, team;
  std::int64_t subject = 0;
};

/// What the listeners need to know in one reading.
struct live_question {
  std::optional<live_place> from;  ///< where the slowest of those who have begun is
  std::string epoch;               ///< in which their places are worth something; empty: nobody has begun
  std::vector<live_mark> resumes;
  std::vector<live_row> typing;
  std::set<std::int64_t> people;
  std::size_t most_missed = 0, most_rows = 0;
};

struct live_news {
  std::string epoch;
  live_place end;             ///< everything before it is told
  std::vector<bool> resumed;  ///< by the order of `resumes`: whether it can go on from there
  std::vector<live_row> rows;
  std::vector<live_row> typing;
  std::map<std::int64_t, std::vector<std::size_t>> seen_by;  ///< person -> rows, then typing, by position
  bool more = false;
  double lag = 0;  ///< seconds, of the oldest row
};

live_news read_live(pqxx::work& sql, const live_question& asked);

/// Those of `credentials` (hex) whose person is still signed in.
std::set<std::string> still_signed_in(pqxx::work& sql, const std::vector<std::string>& credentials, instant now);

}  // namespace hub::api
