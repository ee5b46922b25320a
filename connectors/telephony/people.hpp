#pragma once
// Who the sides of one call are, without their numbers: the customer a fingerprint, our line its name, the person of ours an
// extension. Remembers the numbers of one body as long as that is read, so that none of them goes out hidden in a link or an
// id. Made for each body; used by one thread.

#include "connectors/account.hpp"
#include "connectors/telephony/number.hpp"
#include "connectors/telephony/settings.hpp"
#include "hub/message/parts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace connectors::telephony {

class people {
 public:
  people(const account_context& of, const common_settings& with);

  /// One identity, or none: hidden, internal, no number, or one of our own lines.
  std::vector<hub::message::identity> customer(std::string_view written);
  /// The name of our line, the fingerprint of a line without one; empty where no number is told.
  std::string line(std::string_view written);
  /// Extension or login; empty for anything else, numbers too.
  std::string manager(std::string_view written);
  /// What one side is; the number is remembered.
  party read(std::string_view written);
  bool is_own(const party& who) const;

  /// Whether a text holds a number that was read here: its last nine digits, also percent-encoded or with signs between them.
  bool holds_number(std::string_view text) const;

 private:
  struct line_entry {
    std::string e164;
    std::string name;
  };
  const account_context& of_;
  numbering plan_;
  std::vector<line_entry> own_;
  std::vector<std::string> tails_;
};

}  // namespace connectors::telephony
