// The parser of Twilio's callbacks and lists against anything.

#include "connectors/telephony/twilio/normalize.hpp"
#include "tests/fuzz/calls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto of = fuzzing::account("twilio");
  static const auto with = [] {
    connectors::telephony::twilio::settings made;
    made.lines = {{"main", hub::secret("0200000192")}};
    made.account_sid = "AC00000000000000000000000000000a01";
    return made;
  }();
  const auto read = [](std::string_view body) {
    return connectors::telephony::twilio::normalize(of, with, body, fuzzing::received);
  };
  fuzzing::require_calls(of, std::string_view(reinterpret_cast<const char*>(data), size), read);
  return 0;
}
