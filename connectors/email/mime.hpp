#pragma once
// A mail as a tree of parts, after RFC 5322 and RFC 2045-2046. The tree is cut here, so that the limits hold before memory is
// spent; GMime decodes what stands in it (parameters, encoded words, transfer encodings, addresses, dates). Parts are views
// into the mail, which must outlive them. Pure, any thread. What is over a limit throws refused_body with its place.

#include "hub/base/time.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::email {

inline constexpr std::size_t largest_mail = 25u << 20;
inline constexpr std::size_t most_header_bytes = 256u << 10;  ///< of all parts together
inline constexpr std::size_t most_parts = 200;
inline constexpr int deepest_part = 10;

struct header {
  std::string name;   ///< lower case
  std::string value;  ///< unfolded, trimmed, UTF-8, encoded words left as they are
};

struct headers {
  std::vector<header> list;

  /// The topmost one; empty when there is none.
  std::string_view first(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  bool has(std::string_view name) const;
};

struct part {
  std::string number;  ///< as IMAP counts: "1", "2.1"; empty for a multipart at the top
  headers head;
  std::string_view body;  ///< still in its transfer encoding
  std::string type;       ///< "text/plain", lower case
  std::string charset;
  std::string report_type;  ///< of a multipart/report
  bool flowed = false;
  bool delete_space = false;
  std::string disposition;  ///< "attachment", "inline" or empty
  std::string file_name;    ///< as the sender gave it, decoded
  std::vector<part> children;
};

part read_mime(std::string_view raw);

/// The block up to the first empty line; `body` is what follows. Also the groups of a delivery report.
headers read_headers(std::string_view raw, std::string_view& body);

/// The bytes without their transfer encoding; an unknown encoding is taken for none.
std::string decoded_body(const part& from);

/// Encoded words decoded, line breaks and other control characters and direction marks taken out: nothing in the result
/// can end a line or turn one around.
std::string decoded_text(std::string_view value);
/// The same for text that needs no decoding any more.
std::string on_one_line(std::string_view text);

struct address {
  std::string name;  ///< decoded
  std::string mail;  ///< lower case, one "@"
};
/// The first `most` mailboxes of an address header, groups opened; others than "local@domain" are passed over.
std::vector<address> addresses_in(std::string_view value, std::size_t most);
/// "x@y" in lower case, or empty when it is no address.
std::string mailbox(std::string_view given);

/// A date as RFC 5322 writes it, obsolete forms too.
std::optional<hub::instant> date_in(std::string_view value);

std::string lower(std::string_view text);

}  // namespace connectors::email
