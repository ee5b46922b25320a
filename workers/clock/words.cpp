#include "workers/clock/words.hpp"

#include "workers/store/queue.hpp"

namespace workers::clock {

word_indexer::word_indexer(hub::db::connect_options database) : database_(std::move(database)) {
  database_.on_connect(store::queue::prepare_words);
}

bool word_indexer::turn() {
  return database_.transact([](pqxx::work& tx) { return store::queue::index_words(tx) > 0; });
}

}  // namespace workers::clock
