#include "hub/ctl/server_place.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/private_servers.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <set>
#include <thread>

namespace hub::ctl {

namespace fs = std::filesystem;

namespace {

/// The servers' folder of a home, reachable for the account.
fs::path servers_folder(const fs::path& home, const std::optional<account>& owner) {
  const fs::path inside = home / "servers";
  if (fs::is_symlink(inside)) {
    const fs::path target = fs::read_symlink(inside);
    make_directory(target, 0755);
    return target;
  }
  make_directory(inside, 0755);
  if (!owner || can_enter(*owner, inside)) return inside;

  const fs::path outside = "/var/lib/leadyard-" + to_hex(sha256(home.string())).substr(0, 12);
  if (!fs::is_empty(inside))
    throw error(failure::permanent, "place", inside.string() + " holds servers that the user " + owner->name + " cannot reach");
  make_directory(outside, 0755);
  fs::remove(inside);
  fs::create_directory_symlink(outside, inside);
  return outside;
}

}  // namespace

std::optional<account> server_account(const std::string& name) {
  if (geteuid() != 0) return std::nullopt;
  auto found = find_account(name);
  if (!found)
    throw error(failure::permanent, "no user", "the machine has no user " + name + "; is its server's package installed?");
  return found;
}

std::string server_directory(const std::string& home, const std::string& name, const std::optional<account>& owner) {
  make_directory(home, 0755);
  make_directory(home + "/log", 0755);
  const fs::path folder = servers_folder(fs::weakly_canonical(home), owner) / name;
  make_directory(folder, 0700);
  if (owner) give_to(folder, owner->user, owner->group);
  return folder;
}

void write_owned(const std::string& path, const std::string& content, const std::optional<account>& owner) {
  write_file(path, content, 0600);
  if (owner) give_to(path, owner->user, owner->group);
}

namespace {

/// A killed server's sessions may hold its port for a moment; it is worth a wait, others know the number.
bool becomes_free(std::uint16_t port) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(3);
  while (!port_is_free(port)) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace

bool port_is_free(std::uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  int yes = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool free = bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 && listen(fd, 1) == 0;
  close(fd);
  return free;
}

std::uint16_t free_port() {
  static thread_local std::mt19937 random{std::random_device{}()};
  // 5432, 5672, 4369 and their kind lie below, the kernel's own range above.
  std::uniform_int_distribution<int> draw(20000, 32000);
  for (int i = 0; i < 200; ++i) {
    auto port = static_cast<std::uint16_t>(draw(random));
    if (port_is_free(port)) return port;
  }
  throw error(failure::transient, "no port", "no free loopback port between 20000 and 32000");
}

std::map<std::string, std::string> remembered_ports(const std::string& path, const std::vector<std::string>& names,
                                                    const std::optional<account>& owner) {
  auto known = read_map(path);
  std::map<std::string, std::string> ports;
  std::set<std::string> taken;
  for (const auto& name : names) {
    std::string port = known[name];
    if (port.empty() || taken.contains(port) || !becomes_free(static_cast<std::uint16_t>(std::stoi(port)))) {
      do port = std::to_string(free_port());
      while (taken.contains(port));
    }
    taken.insert(port);
    ports[name] = port;
  }
  if (ports != known) {
    std::string lines;
    for (const auto& [name, port] : ports) lines += name + "=" + port + "\n";
    write_owned(path, lines, owner);
  }
  return ports;
}

std::string remembered_password(const std::string& path, const std::optional<account>& owner) {
  if (auto known = read_map(path); known.contains("password")) return known["password"];
  // Hex, so that it needs no escaping in URLs, in SQL or in a server's config.
  std::string made = to_hex(random_bytes(18));
  write_owned(path, "password=" + made + "\n", owner);
  return made;
}

}  // namespace hub::ctl
