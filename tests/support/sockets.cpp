#include "tests/support/sockets.hpp"

#include "hub/ctl/files.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace test_support {

std::set<std::string> listening_sockets() {
  std::set<std::string> out;
  for (const char* file : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream lines(file);
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      std::istringstream words(line);
      std::string number, local, remote, state;
      words >> number >> local >> remote >> state;
      if (state == "0A") out.insert(local);
    }
  }
  return out;
}

std::string hex_port(std::uint16_t port) { return fmt::format("{:04X}", port); }

std::set<std::string> server_ports(const std::string& home) {
  std::set<std::string> out;
  for (const char* server : {"/servers/postgres/ports", "/servers/rabbitmq/ports"})
    for (const auto& [name, port] : hub::ctl::read_pairs(home + server))
      out.insert(hex_port(static_cast<std::uint16_t>(std::stoi(port))));
  return out;
}

bool is_loopback(const std::string& socket) {
  return socket.starts_with("0100007F:") || socket.starts_with("00000000000000000000000001000000:");
}

}  // namespace test_support
