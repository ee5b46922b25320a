#pragma once
// Kept events as a replay walks through them, in the order of their arrival and page by page: by key, by when they were
// received, or out of a file, narrowed by filters. Blocking, one thread; failures are db::error, and hub::error (permanent)
// for what is asked for and not there.

#include "hub/db/connection.hpp"
#include "hub/message/canonical.hpp"

#include <cstdint>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace hub::ctl {

/// Which events are meant: keys, a file or a time range, and all filters that are set.
struct kept_selection {
  std::vector<std::string> keys;
  std::string file;                 ///< one CloudEvent a line, as `event_body.body` holds them
  std::optional<instant> from, to;  ///< received at or after, and before
  std::string channel, account, kind, conversation;
  std::optional<std::int64_t> customer, lead;
  std::size_t limit = 0;  ///< 0: all
};

struct kept_event {
  std::string key, body;
  result<message::event> value = problem{};  ///< or why this version cannot read it
  bool known = false;                        ///< its key is in the database
  std::optional<std::int64_t> lead, customer;
};

class kept_events {
 public:
  /// Throws where a key, the customer, the lead or the file of the selection does not exist.
  kept_events(db::connection& database, const kept_selection& which);

  /// The next ones; empty at the end.
  std::vector<kept_event> next();
  void rewind();

 private:
  std::vector<kept_event> page();
  std::vector<kept_event> page_of_file();
  void find_customers(std::vector<kept_event>& page);
  bool is_meant(const kept_event& e) const;

  db::connection& database_;
  const kept_selection& which_;
  std::set<std::int64_t> customers_;          ///< the one asked for and everybody linked with it
  std::vector<std::string> keys_, received_;  ///< of the selection, in the order of arrival; times as PostgreSQL writes them
  std::string after_time_, after_key_;
  std::ifstream lines_;
  std::size_t line_ = 0, given_ = 0;
  bool ended_ = false;
};

/// Prepares what kept_events and replays ask for; called on every connect.
void prepare_replay(pqxx::connection& c);

}  // namespace hub::ctl
