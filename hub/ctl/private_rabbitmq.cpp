#include "hub/base/backoff.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/private_servers.hpp"
#include "hub/ctl/server_place.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

namespace hub::ctl {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

// The script behind the wrapper in /usr/sbin: the wrapper changes the user itself.
constexpr const char* server_script = "/usr/lib/rabbitmq/bin/rabbitmq-server";
constexpr const char* control_script = "/usr/lib/rabbitmq/bin/rabbitmqctl";
constexpr const char* remote_call = "/usr/lib/erlang/bin/erl_call";

std::uint16_t number(const std::string& port) { return static_cast<std::uint16_t>(std::stoi(port)); }

/// A broker that speaks answers the protocol header with its own first frame.
bool speaks_amqp(std::uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  timeval patience{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  char first = 0;
  bool good = connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && send(fd, "AMQP\0\0\x9\x1", 8, MSG_NOSIGNAL) == 8 &&
              recv(fd, &first, 1, 0) == 1 && first == 1;
  close(fd);
  return good;
}

}  // namespace

private_rabbitmq::private_rabbitmq(server_place place)
    : place_(std::move(place)),
      directory_(server_directory(place_.home, "rabbitmq", server_account("rabbitmq"))),
      log_(place_.home + "/log/rabbitmq.log") {}

std::map<std::string, std::string> private_rabbitmq::ports() const {
  auto known = read_map(directory_ + "/ports");
  if (!known.contains("amqp")) throw error(failure::permanent, "rabbitmq", "the private RabbitMQ was never started");
  return known;
}

std::map<std::string, std::string> private_rabbitmq::environment() const {
  auto known = ports();
  return {{"HOME", directory_},
          {"RABBITMQ_NODENAME", "leadyard-" + to_hex(sha256(directory_)).substr(0, 8) + "@localhost"},
          {"RABBITMQ_CONF_ENV_FILE", "/dev/null"},
          {"RABBITMQ_CONFIG_FILE", directory_ + "/rabbitmq.conf"},
          {"RABBITMQ_ADVANCED_CONFIG_FILE", directory_ + "/none"},
          {"RABBITMQ_ENABLED_PLUGINS_FILE", directory_ + "/enabled_plugins"},
          {"RABBITMQ_MNESIA_BASE", directory_ + "/mnesia"},
          {"RABBITMQ_LOG_BASE", directory_ + "/log"},
          {"RABBITMQ_GENERATED_CONFIG_DIR", directory_ + "/config"},
          {"RABBITMQ_FEATURE_FLAGS_FILE", directory_ + "/feature_flags"},
          {"RABBITMQ_DIST_PORT", known.at("distribution")},
          {"ERL_EPMD_PORT", known.at("epmd")},
          {"ERL_EPMD_ADDRESS", "127.0.0.1"},
          {"ERL_CRASH_DUMP_SECONDS", "0"}};
}

void private_rabbitmq::configure() const {
  const auto owner = server_account("rabbitmq");
  auto chosen = remembered_ports(directory_ + "/ports", {"amqp", "distribution", "epmd"}, owner);
  const std::string cookie = directory_ + "/.erlang.cookie";
  if (!fs::exists(cookie)) {
    write_owned(cookie, to_hex(random_bytes(20)), owner);
    chmod(cookie.c_str(), 0400);
  }
  write_owned(directory_ + "/enabled_plugins", "[].\n", owner);
  write_owned(directory_ + "/rabbitmq.conf",
              "listeners.tcp.1 = 127.0.0.1:" + chosen["amqp"] +
                  "\n"
                  "default_user = leadyard\n"
                  "default_pass = " +
                  remembered_password(directory_ + "/user", owner) +
                  "\n"
                  "default_vhost = leadyard\n"
                  "log.file = false\n"
                  "log.console = true\n"
                  "log.console.level = warning\n",
              owner);
}

void private_rabbitmq::start_port_mapper() const {
  if (read_pid_file(directory_ + "/epmd.pid")) return;
  // Ours and in the foreground; left to itself the node would start one that nobody ends.
  command mapper{
      .program = "epmd", .arguments = {"-address", "127.0.0.1", "-port", ports().at("epmd")}, .clean_environment = true};
  mapper.directory = directory_;
  mapper.output = log_;
  mapper.as = server_account("rabbitmq");
  write_pid_file(directory_ + "/epmd.pid", ctl::start(mapper));
}

process_id private_rabbitmq::process() const { return read_pid_file(directory_ + "/pid").value_or(process_id{}); }

bool private_rabbitmq::launch() {
  if (running()) return false;
  if (!fs::exists(server_script))
    throw error(failure::permanent, "no rabbitmq", "RabbitMQ is not installed (Debian's package rabbitmq-server)");
  // A port mapper that outlived its node keeps a port we are about to look at.
  if (auto left = read_pid_file(directory_ + "/epmd.pid")) end(*left, SIGTERM, 2s);
  configure();
  start_port_mapper();
  command server{.program = server_script, .environment = environment(), .clean_environment = true};
  server.environment["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false";
  // Makes the script become the node instead of watching it, so that its number is the node's.
  server.environment["RUNNING_UNDER_SYSTEMD"] = "true";
  server.directory = directory_;
  server.output = log_;
  server.as = server_account("rabbitmq");
  write_pid_file(directory_ + "/pid", ctl::start(server));
  return true;
}

void private_rabbitmq::wait_until_ready(std::chrono::milliseconds deadline, const interruption& interrupted) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  // The listener opens a little before the node calls itself started; clients that come in between are refused things.
  auto ready = [&] { return speaks_amqp(port()) && evaluate("rabbit:is_running()").find("true") != std::string::npos; };
  while (!ready()) {
    if (interrupted && interrupted()) throw error(failure::cancelled, "cancelled", "stopped while starting");
    if (!running()) throw error(failure::permanent, "rabbitmq", "the private RabbitMQ ended at start:\n" + last_lines(log_, 15));
    if (std::chrono::steady_clock::now() > until)
      throw error(failure::transient, "timeout", "the private RabbitMQ is not ready:\n" + last_lines(log_, 15));
    std::this_thread::sleep_for(50ms);
  }
}

bool private_rabbitmq::start() {
  bool started = launch();
  wait_until_ready();
  return started;
}

void private_rabbitmq::stop(std::chrono::milliseconds patience) {
  if (auto id = process()) end(id, SIGTERM, patience);
  if (auto mapper = read_pid_file(directory_ + "/epmd.pid")) end(*mapper, SIGTERM, 5s);
  fs::remove(directory_ + "/pid");
  fs::remove(directory_ + "/epmd.pid");
}

std::uint16_t private_rabbitmq::port() const { return number(ports().at("amqp")); }

std::string private_rabbitmq::url(const std::string& vhost) const {
  return "amqp://leadyard:" + remembered_password(directory_ + "/user", server_account("rabbitmq")) + "@127.0.0.1:" +
         std::to_string(port()) + "/" + vhost;
}

std::string private_rabbitmq::evaluate(const std::string& expression) const {
  command call{.program = remote_call, .environment = environment(), .clean_environment = true};
  call.directory = directory_;
  call.as = server_account("rabbitmq");
  // A busy node refuses a handshake now and then; nothing was evaluated then. A name of our own each time, because the
  // node takes a second caller of one name for the first.
  backoff wait(100ms, 1s);
  for (int attempt = 1;; ++attempt) {
    call.arguments = {"-sname", call.environment["RABBITMQ_NODENAME"], "-h", "caller" + to_hex(random_bytes(6)), "-fetch_stdout",
                      "-e"};
    const auto done = run(call, 20s, expression + ".\n");
    if (done.exit_code == 0) return done.output;
    if (attempt == 5 || done.output.find("failed to connect") == std::string::npos)
      throw error(failure::transient, "rabbitmq", "the node refused " + expression + ": " + done.output);
    std::this_thread::sleep_for(wait.next());
  }
}

void private_rabbitmq::keep_young_queues() const { evaluate("lists:foreach(fun(T) -> dets:sync(T) end, dets:all())"); }

void private_rabbitmq::add_vhost(const std::string& name) const {
  const std::string quoted = "<<\"" + name + "\">>", user = "<<\"leadyard\">>", all = "<<\".*\">>";
  evaluate("rabbit_vhost:add(" + quoted + ", " + user + "), rabbit_auth_backend_internal:set_permissions(" + user + ", " +
           quoted + ", " + all + ", " + all + ", " + all + ", " + user + ")");
}

void private_rabbitmq::delete_vhost(const std::string& name) const {
  evaluate("rabbit_vhost:delete(<<\"" + name + "\">>, <<\"leadyard\">>)");
}

finished private_rabbitmq::rabbitmqctl(std::vector<std::string> arguments) const {
  command control{
      .program = control_script, .arguments = std::move(arguments), .environment = environment(), .clean_environment = true};
  control.directory = directory_;
  control.as = server_account("rabbitmq");
  return run(control, 60s);
}

}  // namespace hub::ctl
