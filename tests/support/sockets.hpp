#pragma once
// Which TCP sockets of the machine listen, for tests that must show that nothing else was started or touched.

#include <set>
#include <string>

namespace test_support {

/// "address:port" in the kernel's hex of every listening TCP socket (/proc/net/tcp and tcp6).
std::set<std::string> listening_sockets();
bool is_loopback(const std::string& socket);

}  // namespace test_support
