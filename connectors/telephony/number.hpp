#pragma once
// What stands where a telephony platform names one side of a call: an outside number in any spelling, an extension or login of
// our own, or nothing. Shape only: which ranges are given out changes. Pure, any thread.

#include <string>
#include <string_view>

namespace connectors::telephony {

/// How numbers without a calling code are meant.
struct numbering {
  std::string country = "380";
  std::size_t national_digits = 9;
};

enum class party_kind {
  external,   ///< a number that can be dialled from anywhere
  internal,   ///< an extension (at most 6 digits) or a login (with letters)
  anonymous,  ///< hidden, or not told
  invalid,    ///< digits that are no number: nobody can be known by them
};

struct party {
  party_kind kind = party_kind::anonymous;
  std::string e164;  ///< of an external one: "+" and 8 to 15 digits. Never leaves the connector
  std::string name;  ///< of an internal one: extension or login
};

/// "tel:+380 00 000-00-01", "sip:901@pbx.example", "0000000001,901", "anonymous".
party read_party(std::string_view written, const numbering& plan);

}  // namespace connectors::telephony
