#pragma once
// The small query pool of hub-api: N threads, each request's SQL runs on one of them with one of N connections, the
// loop never waits for Postgres. A handler writes
//
//   auto work = [id](pqxx::work& sql) { return sql.exec_params1(...); };
//   auto row = co_await with.db.run(std::move(work));
//
// What fails transiently (a server that restarted under an idle connection) is tried once more, so `work` must be safe
// to run twice: everything the API writes is a compare-and-set or an insert of its own row. run() is called on the
// loop; failures are db::error.

#include "hub/async/within.hpp"
#include "hub/db/connection.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace hub::api {

class queries {
 public:
  queries(const db::connect_options& options, std::size_t threads);
  /// Waits for what is running.
  ~queries();

  template <class F>
  async::task<std::invoke_result_t<F&, pqxx::work&>> run(F work) {
    auto job = [this, work = std::move(work)]() mutable { return twice(work); };
    co_return co_await async::on_thread(pool_, std::move(job));
  }

  /// Empty while the last statement got through; else what the database said.
  std::string trouble() const;

 private:
  template <class F>
  std::invoke_result_t<F&, pqxx::work&> twice(F& work) {
    auto mine = take();
    try {
      return once(*mine.held, work);
    } catch (const hub::error& e) {
      if (e.kind() != failure::transient) throw;
    }
    return once(*mine.held, work);
  }

  template <class F>
  std::invoke_result_t<F&, pqxx::work&> once(db::connection& on, F& work) {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<F&, pqxx::work&>>) {
        on.transact([&](pqxx::work& sql) { work(sql); });
        note({});
      } else {
        auto answer = on.transact([&](pqxx::work& sql) { return work(sql); });
        note({});
        return answer;
      }
    } catch (const db::error& e) {
      if (e.kind() == failure::transient) note(e.what());
      throw;
    }
  }

  /// A connection for as long as it lives; there are as many as threads, so one is always free.
  struct lease {
    queries* from;
    std::optional<db::connection> held;
    lease(queries* q, db::connection c) : from(q), held(std::move(c)) {}
    lease(const lease&) = delete;
    lease& operator=(const lease&) = delete;
    ~lease() { from->give_back(std::move(*held)); }
  };
  lease take();
  void give_back(db::connection c);
  void note(std::string trouble);

  mutable std::mutex mutex_;
  std::vector<db::connection> idle_;
  std::string trouble_;
  boost::asio::thread_pool pool_;
};

}  // namespace hub::api
