#pragma once
// What an IMAP server says, cut into whole answers (RFC 3501, section 7): lines, with the bytes of literals in their places.
// Pure: bytes in, answers out; one thread. A server that does not keep to the limits throws hub::error (transient).

#include "hub/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::email {

inline constexpr std::size_t longest_imap_line = 8u << 20;  ///< a search may name a million mails

/// One answer as words: "*", "12", "FETCH", "(", "UID", "7", ...; quoted texts and literals are words without their quotes.
struct imap_answer {
  std::vector<std::string> words;

  /// "" where there is none.
  std::string_view word(std::size_t index) const;
  /// Words are compared without regard to case.
  bool is(std::size_t index, std::string_view word) const;
};

/// What a FETCH answer says of one mail; members that it does not speak of are empty.
struct imap_mail {
  std::uint32_t uid = 0;
  std::uint64_t size = 0;
  std::optional<hub::instant> internal_date;
  std::optional<std::string> body;  ///< of BODY[...], whichever was asked for
};
std::optional<imap_mail> mail_in(imap_answer answer);

/// The number behind a name in "[UIDVALIDITY 3857529045]".
std::optional<std::uint32_t> code_in(const imap_answer& answer, std::string_view name);

class imap_reader {
 public:
  explicit imap_reader(std::size_t longest_literal) : longest_literal_(longest_literal) {}

  void put(std::string_view bytes) { held_ += bytes; }
  /// Nothing: more bytes are needed.
  std::optional<imap_answer> next();

 private:
  std::size_t longest_literal_;
  std::string held_;
  std::size_t at_ = 0;        ///< what lies before is used up
  std::size_t searched_ = 0;  ///< no line end before here
  std::size_t literal_left_ = 0;
  bool in_literal_ = false;
  std::string literal_;
  imap_answer answer_;
};

}  // namespace connectors::email
