#pragma once
// What somebody wrote themselves, apart from what their program quotes beneath or between, and from the signature. The marks
// are those of the open reply parsers (email_reply_trimmer, email-reply-parser, talon) and of Ukrainian and Russian mail
// programs. Time grows with the text only. Pure, any thread, never fails.

#include <string>
#include <string_view>

namespace connectors::email {

struct parted_text {
  std::string own;
  std::string quoted;  ///< everything else, in its order
};

/// Where nothing would be left as own, all of it is own: a forward without a word is still read.
parted_text part_quotes(std::string_view text);

/// Joins the soft line breaks of format=flowed (RFC 3676).
std::string unflowed(std::string_view text, bool delete_space);

}  // namespace connectors::email
