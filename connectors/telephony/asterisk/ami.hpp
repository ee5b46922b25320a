#pragma once
// The stream of Asterisk's Manager Interface, cut into its events: lines `Key: value`, an empty line after each, whatever pieces
// the socket gives. After "AMI v2 Specification" of Asterisk's documentation. Pure; one stream belongs to one thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace connectors::telephony::asterisk {

/// One block. The order of keys is not promised; of a repeated one the first counts.
struct ami_event {
  std::vector<std::pair<std::string, std::string>> fields;

  /// Empty when absent; keys in any case.
  std::string_view field(std::string_view name) const;
};

class ami_stream {
 public:
  /// The blocks that are whole now. A line without a colon (the greeting) is no field; a block over the limit is dropped and
  /// counted.
  std::vector<ami_event> put(std::string_view bytes);
  std::size_t dropped() const { return dropped_; }

 private:
  void end_line(std::vector<ami_event>& done);

  std::string line_;
  ami_event block_;
  std::size_t size_ = 0;
  bool too_large_ = false;
  std::size_t dropped_ = 0;
};

}  // namespace connectors::telephony::asterisk
