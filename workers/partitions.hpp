#pragma once
// Day partitions of event_body: made ahead, dropped when retention has passed. Called by hub-worker's main.

#include "config/settings.hpp"
#include "hub/async/task.hpp"
#include "hub/base/time.hpp"
#include "hub/db/connection.hpp"

#include <boost/asio/thread_pool.hpp>

namespace workers {

/// Makes the partitions of today and the next two days.
void make_partitions(hub::db::connection& database, hub::instant now);

/// Hourly until cancelled: makes partitions and drops those whose every event is older than retention.events. The
/// statements run on `blocking`.
hub::async::task<> keep_partitions(boost::asio::thread_pool& blocking, hub::db::connection& database, config::retention keep);

}  // namespace workers
