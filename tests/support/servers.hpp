#pragma once
// Servers for tests. A suite that needs a database or a broker asks for a fresh one of its own; all of them live in
// one private PostgreSQL and one private RabbitMQ, which `tests/run` starts for the whole run. A test program run
// alone starts its own pair at the first need and ends it when it ends, also by a crash.
//
// Any thread. Failures are hub::error.

#include "hub/ctl/private_servers.hpp"
#include "tests/support/waiting.hpp"

#include <cstdint>
#include <string>

namespace test_support {

using hub::ctl::free_port;

/// A new database with all migrations applied, owned by a role that is no superuser. It is copied from a migrated
/// template, which takes some 50 ms.
std::string fresh_database();
/// The same without migrations.
std::string empty_database();
/// The same database through a superuser, for what a test must break (drop an index, end sessions).
std::string as_superuser(const std::string& database_url);

/// A broker URL with a new virtual host.
std::string fresh_vhost();
/// Evaluates an Erlang expression in the shared node; the virtual host of a URL is what follows its last slash.
std::string in_broker(const std::string& expression);

/// A pair of servers of a test's own, for tests that kill them. The directory is removed at the end.
class own_postgres {
 public:
  own_postgres();
  ~own_postgres();

  /// The hub's role in an empty database `leadyard`; stays the same over kill() and start().
  std::string url() const { return server_.url(); }
  std::string superuser_url() const { return server_.superuser_url("leadyard"); }
  /// SIGKILL to the server and all its sessions.
  void kill();
  void stop() { server_.stop(); }
  void start() { server_.start(); }
  /// SIGSTOP and SIGCONT to the server and its sessions: it holds connections and answers nothing.
  void freeze();
  void thaw();
  const hub::ctl::private_postgres& server() const { return server_; }

 private:
  void signal_all(int signal);

  temp_dir home_;
  hub::ctl::private_postgres server_;
};

class own_rabbitmq {
 public:
  own_rabbitmq();
  ~own_rabbitmq();

  std::string url() const { return server_.url(); }
  /// SIGKILL; returns when the node is gone.
  void kill();
  void stop() { server_.stop(); }
  void start() { server_.start(); }
  void freeze();
  void thaw();
  const hub::ctl::private_rabbitmq& server() const { return server_; }

 private:
  temp_dir home_;
  hub::ctl::private_rabbitmq server_;
};

}  // namespace test_support
