#pragma once
// `hubctl up` at work: private servers, migrations, the three programs, then watching over all of it until SIGINT or
// SIGTERM; then programs first, servers after them. One thread, one loop over pidfds and a signalfd. Every child gets
// a death signal, so that nothing outlives a supervisor that is killed.
//
// What goes wrong before the system is ready is thrown as hub::error after everything was ended again; later a dead
// program is begun again, within a second at first.

#include "config/settings.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/kept.hpp"
#include "hub/ctl/private_mail.hpp"
#include "hub/ctl/private_servers.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hub::ctl {

/// A subcommand that is run once the system is ready.
struct step {
  command what;
  std::string once = {};  ///< a file that tells it was done: then it is skipped
};

/// Somebody's mailbox on a private mail server, and the e-mail account that reads it.
struct mailbox {
  std::string user, password;
  std::string settings;  ///< "HUB__CONNECTORS__EMAIL__DEMO__": where the account's settings begin
};

struct supervision {
  std::string profile;  ///< empty: the settings'
  bool demo = false;    ///< media may come from loopback: the simulated platform serves it
  int workers = 1;
  std::optional<mailbox> mail = {};  ///< with it a private mail server runs
  /// Settings of one program beside the usual ones, by its name.
  std::map<std::string, std::map<std::string, std::string>> settings = {};
  /// One after the other once the system is ready, while it is watched over.
  std::vector<step> afterwards = {};
  std::function<void(const std::string& line)> say = {};      ///< progress for people
  std::function<void(const status_lines& lines)> ready = {};  ///< once, before the steps
};

class supervisor {
 public:
  supervisor(config::loaded settings, supervision how);
  ~supervisor();

  /// Returns when the system was told to end and has ended. 0, or 1 when one of `afterwards` failed.
  int run();

 private:
  struct program;

  void start_servers();
  void keep_urls();
  void migrate();
  void start_programs();
  void keep_young_queues();
  void wait_for(program& one);
  command command_for(const std::string& name);
  void watch(std::chrono::milliseconds at_most);
  void note(kept& one, kept::change what, std::chrono::steady_clock::time_point now);
  void go_on_with_afterwards();
  void publish(const std::string& state);
  void drain();
  bool told_to_end(std::chrono::milliseconds at_most = std::chrono::milliseconds(0));

  config::loaded settings_;
  supervision how_;
  std::string home_;
  std::optional<private_postgres> postgres_;
  std::optional<private_rabbitmq> rabbitmq_;
  std::optional<private_mail> mail_;
  std::vector<std::unique_ptr<kept>> servers_;
  std::vector<std::unique_ptr<program>> programs_;
  std::string database_url_, broker_url_, state_;
  status_lines published_;
  std::size_t next_afterwards_ = 0;
  process_id afterwards_;
  int failures_ = 0;
  int signals_ = -1;
  int asked_to_end_ = 0;
};

/// Where the programs are: LEADYARD_BIN, else beside hubctl.
std::string program_directory();

}  // namespace hub::ctl
