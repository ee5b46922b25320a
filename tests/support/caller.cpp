#include "tests/support/caller.hpp"

#include "hub/base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

namespace test_support {

caller::caller(std::function<std::uint16_t()> port, std::chrono::milliseconds patience)
    : port_(std::move(port)), patience_(patience) {}
caller::~caller() { close(); }
caller::caller(caller&& other) noexcept
    : port_(std::move(other.port_)),
      patience_(other.patience_),
      socket_(std::exchange(other.socket_, -1)),
      input_(std::move(other.input_)) {}

void caller::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  input_.clear();
}

bool caller::connect() {
  if (socket_ >= 0) return true;
  const auto port = port_();
  if (port == 0) return false;
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience_);
  timeval limit{};
  limit.tv_sec = seconds.count();
  limit.tv_usec = std::chrono::microseconds(patience_ - seconds).count();
  const int yes = 1;
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return true;
  close();
  return false;
}

bool caller::send_all(const std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto sent = ::send(socket_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    at += static_cast<std::size_t>(sent);
  }
  return true;
}

bool caller::read_more() {
  char buffer[16384];
  const auto got = ::recv(socket_, buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  input_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

caller::answer caller::ask(const std::string& method, const std::string& target, const std::map<std::string, std::string>& head,
                           const std::string& body) {
  std::string bytes =
      method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  for (const auto& [name, value] : head) bytes += name + ": " + value + "\r\n";
  bytes += "\r\n" + body;

  const auto failed = [this] {
    close();
    return answer{};
  };
  if (!connect() || !send_all(bytes)) return failed();
  std::size_t head_end = 0;
  while ((head_end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more()) return failed();

  answer got;
  got.status = std::atoi(input_.c_str() + input_.find(' '));
  std::size_t length = 0;
  bool kept = true;
  for (const auto& line : hub::split(input_.substr(0, head_end), '\n')) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    const auto name = line.substr(0, colon);
    const std::string value(hub::trim(std::string_view(line).substr(colon + 1)));
    if (strcasecmp(name.c_str(), "content-length") == 0) length = std::strtoull(value.c_str(), nullptr, 10);
    if (strcasecmp(name.c_str(), "set-cookie") == 0) got.cookie = value.substr(0, value.find(';'));
    if (strcasecmp(name.c_str(), "connection") == 0 && value == "close") kept = false;
  }
  const auto whole = head_end + 4 + length;
  while (input_.size() < whole)
    if (!read_more()) return failed();
  got.body = input_.substr(head_end + 4, length);
  input_.erase(0, whole);
  if (!kept) close();
  return got;
}

}  // namespace test_support
