#pragma once
// Bytes in, one answer out: the client's parser, without socket or clock. Inside hub/http only.

#include "hub/http/client.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace hub::http {

class response_reader {
 public:
  /// `to_head`: the answer to HEAD has no body whatever its header says.
  response_reader(bool to_head, byte_count max_body, std::function<void(std::string_view)> on_bytes);
  ~response_reader();

  /// Takes what it can of `bytes` and returns how much; throws hub::error for what is no answer or too large, and
  /// whatever on_bytes throws. Interim answers (1xx) are skipped.
  std::size_t put(std::string_view bytes);
  /// The peer has closed: complete when the answer was to be read until then, else throws.
  void put_end();

  bool header_done() const;
  bool done() const;
  /// Whether the connection can carry another exchange.
  bool keep_alive() const;
  incoming& message();

 private:
  struct parser;
  void restart();

  bool to_head_;
  std::uint64_t max_body_;
  std::function<void(std::string_view)> on_bytes_;
  int interim_ = 0;
  std::unique_ptr<parser> parser_;
};

}  // namespace hub::http
