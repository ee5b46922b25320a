#include "tests/support/servers.hpp"

#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "tests/support/process.hpp"
#include "tests/support/shared_servers.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>

namespace test_support {

using namespace std::chrono_literals;

namespace {

/// The pair of a test program run alone. The holder program ends the servers when our end of the pipe closes: here,
/// or wherever this program dies.
class own_pair {
 public:
  own_pair() {
    std::string home = "/tmp/leadyard-servers-XXXXXX";
    if (!mkdtemp(home.data())) throw hub::error(hub::failure::permanent, "directory", "cannot make " + home);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw hub::error(hub::failure::permanent, "pipe", "cannot make a pipe");
    write_end_ = ends[1];
    hub::ctl::command holder{.program = program_path("test_servers"), .arguments = {home}};
    holder.input = ends[0];
    holder.death_signal = 0;
    holder_ = hub::ctl::start(holder);
    close(ends[0]);
    const std::string ready = home + "/environment";
    wait_until([&] { return access(ready.c_str(), R_OK) == 0 || !hub::ctl::is_alive(holder_); }, 120s);
    if (access(ready.c_str(), R_OK) != 0)
      throw hub::error(hub::failure::permanent, "servers", "the servers for tests did not start; see above and " + home + "/log");
    home_ = home;
  }
  ~own_pair() {
    close(write_end_);
    hub::ctl::wait_for_end(holder_, 40s);
  }
  own_pair(const own_pair&) = delete;
  own_pair& operator=(const own_pair&) = delete;

  const std::string& home() const { return home_; }

 private:
  int write_end_ = -1;
  hub::ctl::process_id holder_;
  std::string home_;
};

std::string shared_home() {
  if (const char* given = std::getenv("LEADYARD_TEST_SERVERS"); given && *given) return given;
  static own_pair pair;
  return pair.home();
}

std::vector<hub::ctl::process_id> children_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::vector<hub::ctl::process_id> out;
  for (pid_t child = 0; file >> child;)
    if (auto id = hub::ctl::identify(child)) out.push_back(*id);
  return out;
}

}  // namespace

const hub::ctl::private_postgres& shared_postgres() {
  static const hub::ctl::private_postgres server({.home = shared_home(), .for_tests = true});
  return server;
}

const hub::ctl::private_rabbitmq& shared_rabbitmq() {
  static const hub::ctl::private_rabbitmq server({.home = shared_home(), .for_tests = true});
  return server;
}

own_postgres::own_postgres() : server_({.home = home_.path(), .for_tests = true}) { server_.start(); }
own_postgres::~own_postgres() {
  thaw();
  server_.stop();
}

void own_postgres::signal_all(int signal) {
  auto server = server_.process();
  if (!server) return;
  auto sessions = children_of(server.pid);
  hub::ctl::send_signal(server, signal);
  for (auto session : sessions) hub::ctl::send_signal(session, signal);
  if (signal != SIGKILL) return;
  // A session that lives on keeps the shared memory, and the next start is refused.
  hub::ctl::wait_for_end(server, 10s);
  for (auto session : sessions) hub::ctl::wait_for_end(session, 10s);
}
void own_postgres::kill() { signal_all(SIGKILL); }
void own_postgres::freeze() { signal_all(SIGSTOP); }
void own_postgres::thaw() { signal_all(SIGCONT); }

own_rabbitmq::own_rabbitmq() : server_({.home = home_.path(), .for_tests = true}) { server_.start(); }
own_rabbitmq::~own_rabbitmq() {
  thaw();
  server_.stop();
}

void own_rabbitmq::kill() {
  auto node = server_.process();
  hub::ctl::send_signal(node, SIGKILL);
  hub::ctl::wait_for_end(node, 10s);
}
void own_rabbitmq::freeze() { hub::ctl::send_signal(server_.process(), SIGSTOP); }
void own_rabbitmq::thaw() { hub::ctl::send_signal(server_.process(), SIGCONT); }

}  // namespace test_support
