#pragma once
// Makes messages findable by their words, a moment after they were written: an index on the message itself would cost ingest up
// to half its time. One turn is one short transaction, so that neither ingest nor the change feed waits for it; several processes
// may turn at the same time. Belongs to one thread.

#include "hub/db/connection.hpp"

namespace workers::clock {

class word_indexer {
 public:
  explicit word_indexer(hub::db::connect_options database);

  /// True when messages were passed, so that there may be more. Throws db::error.
  bool turn();
  void drop_connection() noexcept { database_.reset(); }

 private:
  hub::db::connection database_;
};

}  // namespace workers::clock
