#pragma once
// A kept HTTP connection as a platform holds one, on a plain blocking socket: what a test sends leaves at the instant
// it says so, and a server that is killed, frozen or gone is an answer like any other. One thread per caller.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace test_support {

class caller {
 public:
  struct answer {
    int status = 0;  ///< 0: refused, cut or late; the connection is closed then
    std::string body;
    std::string cookie;  ///< name=value of the last one the server set
  };

  /// `port` is asked before every connect: a program that was killed may come back with another one. 0: nobody listens.
  explicit caller(std::function<std::uint16_t()> port, std::chrono::milliseconds patience = std::chrono::seconds(10));
  ~caller();
  caller(caller&& other) noexcept;
  caller& operator=(caller&&) = delete;

  /// Never throws and never repeats. The connection is kept while the server keeps it.
  answer ask(const std::string& method, const std::string& target, const std::map<std::string, std::string>& head,
             const std::string& body = {});
  /// Connects when it is not connected; for rounds that begin with open connections.
  bool connect();

 private:
  void close();
  bool send_all(const std::string& bytes);
  bool read_more();

  std::function<std::uint16_t()> port_;
  std::chrono::milliseconds patience_;
  int socket_ = -1;
  std::string input_;
};

}  // namespace test_support
