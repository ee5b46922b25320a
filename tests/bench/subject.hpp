#pragma once
// What is measured: private servers as `hubctl up` sets them, a fresh database with the migrations, staff and rules of
// the profile `autodealer`, hub-connector and hub-worker as processes. Everything in a temporary directory on loopback,
// ended and removed with the object, whose thread must outlive it. Blocking; failures are hub::error.

#include "hub/ctl/private_servers.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace bench {

/// Set by SIGINT and SIGTERM; whoever waits asks it.
bool interrupted();
void note_signals();
/// Throws hub::error (cancelled) when interrupted.
void go_on_unless_interrupted();

struct subject_options {
  std::uint32_t shards = 2;
  std::string keep;  ///< directory for the programs' logs, kept afterwards; empty: with the rest
};

class subject {
 public:
  explicit subject(const subject_options& options);
  ~subject();

  /// Programs under test; before, only the servers run.
  void start_programs();

  std::uint16_t webhook_port() const { return webhook_port_; }
  std::string database_url() const { return postgres_.url(); }
  std::string broker_url(const std::string& vhost = "leadyard") const { return rabbitmq_.url(vhost); }
  /// A migrated database of its own with staff and rules, for a limit.
  std::string another_database(const std::string& name);
  void add_vhost(const std::string& name) { rabbitmq_.add_vhost(name); }
  void delete_vhost(const std::string& name) { rabbitmq_.delete_vhost(name); }

  /// Events the worker has processed since it started, from its metrics.
  std::uint64_t processed() const;

  pid_t connector() const { return connector_.pid; }
  pid_t worker() const { return worker_.pid; }
  pid_t broker() const { return rabbitmq_.process().pid; }
  pid_t database() const { return postgres_.process().pid; }
  const std::string& home() const { return home_; }
  /// True when connector and worker run as they were started.
  bool healthy() const;

 private:
  void remove_everything() noexcept;
  void prepare(const std::string& database_url) const;
  hub::ctl::process_id start_program(const std::string& name) const;

  std::string home_, log_;
  std::uint32_t shards_;
  hub::ctl::private_postgres postgres_;
  hub::ctl::private_rabbitmq rabbitmq_;
  hub::ctl::process_id connector_, worker_;
  std::uint16_t webhook_port_ = 0, worker_admin_port_ = 0;
};

}  // namespace bench
