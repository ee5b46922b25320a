#pragma once
// Bytes in, one request out: the parser of a connection, without socket or clock. Used by the session, on the
// loop, and by tests that feed it byte by byte.
//
// put() stops at the end of the header (the session looks at route and limits before it lets a body in) and at
// the end of the request, so what follows in the buffer is the next, pipelined one.

#include "hub/http/message.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace hub::http {

/// Why a request is not taken; `why` is for the client.
struct refusal {
  int status = 400;
  std::string_view why;
};

constexpr std::uint32_t header_limit = 16 * 1024;

class request_reader {
 public:
  request_reader();
  ~request_reader();

  /// Ready for the next request of the connection.
  void reset();
  /// Takes what it can of `bytes` and returns how much that was; 0 means it needs more in one piece.
  std::size_t put(std::string_view bytes);

  bool header_done() const;
  bool done() const;
  const std::optional<refusal>& refused() const;

  /// After header_done().
  void limit_body(std::uint64_t limit);
  bool keep_alive() const;
  bool expects_continue() const;
  bool http_1_0() const;
  bool has_body() const;

  /// The request so far; `path`, `query` are set when header_done(). Move it out when done().
  request& message();

 private:
  struct parser;
  std::unique_ptr<parser> parser_;
};

}  // namespace hub::http
