#include "workers/partitions.hpp"

#include "hub/async/within.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/log.hpp"

namespace workers {

namespace {

// Workers that start at once would lock the table and its default partition in each other's way.
void one_at_a_time(pqxx::work& tx) { tx.exec("select pg_advisory_xact_lock(hashtext('leadyard partitions'))"); }

void drop_partitions(hub::db::connection& database, hub::instant older_than) {
  database.transact([&](pqxx::work& tx) {
    one_at_a_time(tx);
    tx.exec_params("select drop_event_partitions($1::timestamptz)", hub::to_rfc3339(older_than));
  });
}

}  // namespace

void make_partitions(hub::db::connection& database, hub::instant now) {
  database.transact([&](pqxx::work& tx) {
    one_at_a_time(tx);
    tx.exec_params("select make_event_partitions($1::timestamptz, 3)", hub::to_rfc3339(now));
  });
}

hub::async::task<> keep_partitions(boost::asio::thread_pool& blocking, hub::db::connection& database, config::retention keep) {
  const auto turn = [&database, keep] {
    try {
      const auto now = hub::real_clock().now();
      make_partitions(database, now);
      drop_partitions(database, now - keep.events);
    } catch (const std::exception& e) {
      hub::log::warn("event partitions not kept; tried again in an hour", {{"error", e.what()}});
    }
  };
  while (true) {
    co_await hub::async::sleep_for(std::chrono::hours(1));
    co_await hub::async::on_thread(blocking, turn);
  }
}

}  // namespace workers
