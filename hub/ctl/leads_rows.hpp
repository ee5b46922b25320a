#pragma once
// What `hubctl leads` reads from the database, as plain rows; leads.cpp prints them. Blocking; failures are db::error.

#include "hub/db/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hub::ctl {

struct lead_line {
  std::int64_t id = 0;
  std::string customer, channel, stage, owner, queue_reason, why, words;
  int priority = 0;
  std::optional<std::int64_t> waiting_seconds;  ///< since the newest message
};
/// Most recently active first.
std::vector<lead_line> lead_lines(db::connection& database, bool closed_too, int limit);
std::optional<lead_line> find_lead(db::connection& database, std::int64_t id);

struct timeline_line {
  std::string at, direction, type, text, media;
};
std::vector<timeline_line> timeline_of(db::connection& database, std::int64_t lead);

struct owner_line {
  std::string at, from, to, by, reason;
};
std::vector<owner_line> owners_of(db::connection& database, std::int64_t lead);

struct count_line {
  std::string what;
  std::int64_t n = 0;
};
struct summary {
  std::vector<count_line> totals;  ///< messages, customers, leads
  std::vector<count_line> owners;  ///< open leads of each
  std::vector<count_line> queued;  ///< by team and reason
  std::vector<count_line> media;   ///< by state
};
summary summarize(db::connection& database);

}  // namespace hub::ctl
