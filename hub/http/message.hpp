#pragma once
// HTTP requests and responses as the rest of the system sees them: no Beast here, it stays behind server.cpp
// and client.cpp. Plain values.

#include "hub/async/task.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hub::http {

/// Names compare without case; order is kept, a name may repeat.
struct headers {
  std::vector<std::pair<std::string, std::string>> list;

  /// The first value, nothing if absent.
  const std::string* find(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  void set(std::string name, std::string value);
};

struct request {
  std::string method;
  std::string path;                           ///< percent-decoded, without query
  std::map<std::string, std::string> query;   ///< decoded; of a repeated name the first
  std::map<std::string, std::string> params;  ///< what {name} in the route matched
  headers head;
  std::string body;     ///< raw bytes
  std::string peer;     ///< address of the client; behind a trusted proxy what it forwarded
  bool secure = false;  ///< came over TLS, here or at the trusted proxy
};

/// Where a streaming response writes; each write goes out as it comes. Throws when the client has gone.
class body_writer {
 public:
  virtual ~body_writer() = default;
  virtual async::task<> write(std::string_view bytes) = 0;
};

struct file_body {
  std::string path;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

struct response {
  int status = 200;
  headers head;
  std::string body;
  std::optional<file_body> file;                      ///< instead of body: sent from disk
  std::function<async::task<>(body_writer&)> stream;  ///< instead of body: chunked, ends when it returns

  static response json(int status, std::string body);
  static response text(int status, std::string body);
  /// RFC 9457 problem+json: `title` for people, `detail` and `field` where there is more to say.
  static response problem(int status, std::string_view title, std::string_view detail = {},
                          std::string_view field = {});
};

}  // namespace hub::http
