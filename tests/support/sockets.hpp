#pragma once
// Which TCP sockets of the machine listen, for tests that must show that nothing else was started or touched.

#include <cstdint>
#include <set>
#include <string>

namespace test_support {

/// "address:port" in the kernel's hex of every listening TCP socket (/proc/net/tcp and tcp6).
std::set<std::string> listening_sockets();
/// How a port is written there.
std::string hex_port(std::uint16_t port);
/// The ports (in hex) that the private servers of a home remember.
std::set<std::string> server_ports(const std::string& home);
bool is_loopback(const std::string& socket);

}  // namespace test_support
