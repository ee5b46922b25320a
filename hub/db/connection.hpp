#pragma once
// One PostgreSQL connection of one thread. pqxx stays inside hub/db and the SQL files that use it. Every
// statement has a client-side deadline: libpq hangs on a server that stopped answering, whatever its own
// timeouts say, so a watchdog shuts the socket down and the statement fails.
//
// Failures are db::error: `sqlstate()` where the server gave one, kind() by the list in connection.cpp (22xxx
// and 23xxx speak of the data: permanent; everything else of the world: transient).

#include "hub/base/failure.hpp"
#include "hub/base/secret.hpp"

#include <pqxx/pqxx>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace hub::db {

class error : public hub::error {
 public:
  error(failure kind, std::string sqlstate, std::string constraint, const std::string& what)
      : hub::error(kind, "sqlstate " + sqlstate, what), sqlstate_(std::move(sqlstate)), constraint_(std::move(constraint)) {}
  const std::string& sqlstate() const { return sqlstate_; }
  const std::string& constraint() const { return constraint_; }

 private:
  std::string sqlstate_, constraint_;
};

struct connect_options {
  secret url;
  std::chrono::milliseconds deadline = std::chrono::seconds(20);
  std::string application_name;
  std::string schema = "hub";
};

class connection {
 public:
  /// Does not connect yet.
  explicit connection(connect_options options);
  ~connection();
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;

  /// Called once after every (re)connect, to prepare statements.
  void on_connect(std::function<void(pqxx::connection&)> prepare);

  /// Runs `work` in one READ COMMITTED transaction and commits; connects first when needed. An exception rolls
  /// back and leaves as db::error (or as itself, when it is not the database's). The connection is dropped when
  /// it is no longer usable.
  template <class F>
  auto transact(F work) -> std::invoke_result_t<F, pqxx::work&>;

  /// Drops the connection; the next transact() connects again.
  void reset() noexcept;
  bool is_open() const;

 private:
  struct state;
  pqxx::connection& ready();                       // connects when needed
  void arm();                                      // the watchdog, for what comes
  void disarm() noexcept;
  [[noreturn]] void fail(std::exception_ptr e);    // translates, drops a broken connection
  std::unique_ptr<state> state_;
};

template <class F>
auto connection::transact(F work) -> std::invoke_result_t<F, pqxx::work&> {
  using answer = std::invoke_result_t<F, pqxx::work&>;
  arm();
  try {
    pqxx::work transaction(ready());
    if constexpr (std::is_void_v<answer>) {
      work(transaction);
      transaction.commit();
      disarm();
    } else {
      answer value = work(transaction);
      transaction.commit();
      disarm();
      return value;
    }
  } catch (...) {
    disarm();
    fail(std::current_exception());
  }
}

}  // namespace hub::db
