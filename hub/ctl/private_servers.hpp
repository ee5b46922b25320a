#pragma once
// PostgreSQL and RabbitMQ of our own, for one home directory: on free loopback ports that are remembered, with
// generated passwords, apart from every server of the machine. Used by `hubctl up` and by the tests.
//
// Started twice they are started once: a server that runs and answers is left alone, what a crash left behind
// is cleaned. The servers are children of the starting thread and end with it (see process.hpp). As root they run
// as the users `postgres` and `rabbitmq`; when those cannot reach the home directory, the data lies under
// /var/lib/leadyard-<hash of home> with a link in the home.
//
// Blocking; one thread. Failures are hub::error with the last lines of the server's log.

#include "hub/ctl/process.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hub::ctl {

struct server_place {
  std::string home;          ///< data goes to <home>/servers/, logs to <home>/log/
  bool for_tests = false;    ///< little memory, little disk, many connections
};

/// Asked now and then during a long wait; true ends it with hub::error (cancelled).
using interruption = std::function<bool()>;

/// A loopback TCP port nobody listens on, below the range the kernel hands out by itself, so that it is still
/// free after a restart.
std::uint16_t free_port();

class private_postgres {
 public:
  explicit private_postgres(server_place place);

  /// Starts it unless it runs; true when it had to be started. Does not wait for it.
  bool launch();
  /// Until it accepts connections and role and database exist.
  void wait_until_ready(std::chrono::milliseconds deadline = std::chrono::seconds(60), const interruption& interrupted = {});
  bool start();
  /// Sessions are ended, the server writes its checkpoint.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(20));

  bool running() const { return process().pid > 0; }
  process_id process() const;
  std::uint16_t port() const;
  /// The hub's role, owner of the database `leadyard` and no superuser.
  std::string url() const;
  const std::string& directory() const { return directory_; }  ///< where its data lies
  std::string superuser_url(const std::string& database = "postgres") const;
  /// Runs one statement as superuser, for what no transaction allows (create database); returns its output.
  std::string sql(const std::string& database, const std::string& statement) const;

 private:
  void initialise() const;
  void configure() const;
  command tool(const std::string& name, std::vector<std::string> arguments) const;

  server_place place_;
  std::string directory_, log_;
};

class private_rabbitmq {
 public:
  explicit private_rabbitmq(server_place place);

  bool launch();
  /// Until it speaks AMQP.
  void wait_until_ready(std::chrono::milliseconds deadline = std::chrono::seconds(120), const interruption& interrupted = {});
  bool start();
  /// Ends the node, then its port mapper.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(20));

  bool running() const { return process().pid > 0; }
  process_id process() const;
  std::uint16_t port() const;
  /// The hub's user; it may do everything in the virtual host `leadyard`, or in `vhost`.
  std::string url(const std::string& vhost = "leadyard") const;

  /// Evaluates an Erlang expression in the node, within milliseconds; for vhosts, alarms and counts.
  std::string evaluate(const std::string& expression) const;
  /// RabbitMQ 3.10 writes its register of quorum queues half a second after a queue is declared: a node killed before
  /// that keeps the queue's name and loses what was confirmed on it. Puts the register on disk now.
  void keep_young_queues() const;
  void add_vhost(const std::string& name) const;
  void delete_vhost(const std::string& name) const;
  /// What `rabbitmqctl` needs to find this node and no other.
  std::map<std::string, std::string> environment() const;
  /// Runs `rabbitmqctl arguments...`; about a second.
  finished rabbitmqctl(std::vector<std::string> arguments) const;

  const std::string& directory() const { return directory_; }

 private:
  void configure() const;
  void start_port_mapper() const;
  std::map<std::string, std::string> ports() const;

  server_place place_;
  std::string directory_, log_;
};

}  // namespace hub::ctl
