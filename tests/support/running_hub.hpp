#pragma once
// The hub as a test holds it: hub-connector and as many hub-worker processes of the build as it asks for, on a database
// and a virtual host of their own (or on servers of the test's own, which it may kill), with generated secrets, a home
// directory of their own and free ports. The test kills what it likes; restart() and tend() bring a program back with
// the environment it had, as `hubctl up` would.
//
// Construct, restart and tend on a thread that outlives the hub (a program is told to end when its starter's thread
// does). deliver() and ask() may run on any thread meanwhile. Failures are hub::error; a start that fails shows the log.
//
//   running_hub hub({.workers = 2, .team = {.members = 3}});
//   const auto told = hub.deliver(bodies, {.connections = 16});
//   ASSERT_TRUE(hub.wait_for("select count(*) from message", "64", 20s)) << hub.log("hub-worker.1");

#include "tests/support/caller.hpp"
#include "tests/support/events.hpp"
#include "tests/support/process.hpp"
#include "tests/support/waiting.hpp"

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace test_support {

struct hub_options {
  std::string database_url{};  ///< empty: fresh_database(); of an own_postgres: it is migrated
  std::string broker_url{};    ///< empty: fresh_vhost()
  unsigned workers = 1;
  team_options team{};                            ///< staff and rules in force before anything starts
  std::map<std::string, std::string> settings{};  ///< HUB__INGEST__SHARDS and the like, for every program
  std::string settings_file{};                    ///< in place of the committed one
  std::string connector = "hub-connector";        ///< or a program of the test's own in its place
  std::string connector_failpoints{};             ///< LEADYARD_FAILPOINTS, see hub/base/failpoint.hpp
  std::string worker_failpoints{};
};

/// How a platform delivers: over kept connections, each body again until 200.
struct delivery {
  unsigned connections = 16;
  double rate = 0;                                                ///< bodies per second over all; 0: as the answers come
  std::chrono::milliseconds patience = std::chrono::seconds(90);  ///< how long one body is repeated
  const std::atomic<bool>* stop = nullptr;                        ///< true: no further body is begun
};

struct delivered {
  std::vector<bool> accepted;                   ///< by body: answered 200
  std::vector<std::chrono::milliseconds> took;  ///< by body: the attempt that got the 200
  std::size_t attempts = 0;
  std::size_t count() const;  ///< how many were accepted
  std::size_t slower_than(std::chrono::milliseconds limit) const;
};

class running_hub {
 public:
  /// Starts everything and waits until it is ready.
  explicit running_hub(hub_options options = {});
  ~running_hub();

  const std::string& home() const { return home_.path(); }
  const std::string& database_url() const { return options_.database_url; }
  const std::string& broker_url() const { return options_.broker_url; }
  /// What our programs read, also hubctl: process::options::environment of a program run beside them.
  std::map<std::string, std::string> environment() const;
  /// The settings file all programs are started with.
  static std::string settings_file();

  process& connector() { return programs_.front().running; }
  process& worker(unsigned n = 1) { return programs_.at(n).running; }
  unsigned workers() const { return static_cast<unsigned>(programs_.size() - 1); }
  /// From its next start on; "hub-connector" or "hub-worker.<n>".
  void set_failpoints(const std::string& program, const std::string& failpoints);
  /// For every program from its next start on: HUB__PRIVACY__TEXT and the like.
  void set(const std::string& setting, const std::string& value) { options_.settings[setting] = value; }
  /// Ends it with SIGKILL when it still runs and starts it again; does not wait until it is ready.
  void restart(const std::string& program);
  /// Starts what has ended, as a supervisor would; how many that were.
  unsigned tend();
  /// Connector and workers answer on /readyz and the connector publishes directly, its spool empty. False at once when
  /// one of them has ended.
  bool wait_until_ready(std::chrono::milliseconds deadline = std::chrono::seconds(60));
  /// SIGTERM to all of them; true when every one ended with 0 in time.
  bool stop(std::chrono::milliseconds deadline = std::chrono::seconds(20));

  /// Signed by the account's token, on the Viber webhook.
  caller::answer post(caller& over, const std::string& body) const;
  /// A connection to the webhook's port, which is the same after a restart unless somebody took it.
  caller webhook(std::chrono::milliseconds patience = std::chrono::seconds(10)) const;
  /// Sends all bodies as a platform would. Blocks until each is accepted or given up.
  delivered deliver(const std::vector<std::string>& bodies, const delivery& how = {}) const;
  /// GET on a program's admin port, with the internal token; status 0 when it does not answer.
  caller::answer admin(const std::string& program, const std::string& path) const;
  /// Events that wait on the connector's disk; nothing while it does not answer.
  std::optional<std::uint64_t> spooled() const;

  /// Rows as lines, fields parted by blanks. Throws db::error.
  std::string ask(const std::string& sql) const;
  /// The same as text to compare in a loop: empty while the database does not answer.
  std::string ask_or_nothing(const std::string& sql) const;
  /// Until `sql` answers `wanted`; programs that end meanwhile stay ended.
  bool wait_for(const std::string& sql, const std::string& wanted, std::chrono::milliseconds deadline) const;

  std::string log(const std::string& program) const;

 private:
  struct program {
    std::string name;  ///< also of its log and of its announcement
    std::string executable;
    std::string failpoints;
    process running;
  };
  process start(const std::string& name, const std::string& executable, const std::string& failpoints) const;
  program& named(const std::string& name);

  temp_dir home_;
  hub_options options_;
  std::uint16_t webhook_port_ = 0;
  std::string viber_token_, internal_token_, seal_key_, fingerprint_key_;
  std::vector<program> programs_;  ///< connector first
};

/// SQL as its owner on any database: for what a test asks or breaks outside a running hub.
std::string ask_database(const std::string& url, const std::string& sql);

}  // namespace test_support
