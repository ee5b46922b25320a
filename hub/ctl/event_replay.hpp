#pragma once
// Runs kept events through again: each is posted to the connector that owns it, and what the connector says today is compared
// with the rows. Then, when it is asked to: what the database does not know is published to ingest, and rows whose content
// differs get the content of today; owners, stages, leads and customers are never touched. Safe to repeat and to interrupt:
// keys decide, and a row is changed together with its kept event and its audit in one transaction that compares again.
// Blocking, one thread. Throws db::error, not_running, hub::error.

#include "config/settings.hpp"
#include "hub/ctl/kept_events.hpp"
#include "hub/ctl/replay_differences.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace hub::ctl {

struct event_replay_options {
  kept_selection which;
  double rate = 200;                  ///< events a second at most
  std::chrono::seconds patience{60};  ///< without any progress
  bool resend = false;                ///< publish what is known too
  std::string who;
  std::function<void(const std::string&)> say = {};  ///< progress
};

/// What is there to be looked at.
struct replay_plan {
  std::size_t events = 0;
  std::map<std::pair<std::string, std::string>, std::size_t> kinds;  ///< kind, account
  std::set<std::int64_t> customers, leads;
};

/// What an event is today.
struct replay_verdict {
  enum class fate { unchanged, unknown, differs, refused } what = fate::unchanged;
  std::vector<content_difference> found;  ///< also of an unchanged one: what stays as it is
  std::string why;                        ///< of a refusal
  std::string body;                       ///< what the connector makes of it
  result<message::event> now = problem{};
};

struct replay_comparison {
  std::size_t unchanged = 0, unknown = 0, differing = 0, refused = 0;
  std::size_t left_alone = 0;                                   ///< known ones of a file: rows are newer than files
  std::map<std::string, std::size_t> columns, staying_columns;  ///< how many events differ in them
  std::map<std::string, std::size_t> refusals;                  ///< why, how often
};

struct replay_outcome {
  std::size_t published = 0, arrived = 0, updated = 0;
  std::size_t unpublished = 0, pending = 0, refused = 0;
  std::size_t resent = 0;
  std::map<std::string, std::size_t> refusals;
};

/// The selection on one line, for the audit and for messages.
std::string words_of(const kept_selection& which);

class event_replay {
 public:
  event_replay(db::connection& database, const config::settings& settings, const event_replay_options& options);
  ~event_replay();

  /// Reads only the database.
  replay_plan plan();
  /// Asks the connectors. `show` is called for every event that differs.
  replay_comparison compare(const std::function<void(const kept_event&, const replay_verdict&)>& show);
  /// After compare().
  replay_outcome apply();

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace hub::ctl
