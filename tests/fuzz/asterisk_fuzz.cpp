// The parser of Asterisk's Manager Interface and its table of calls against anything.

#include "connectors/telephony/asterisk/normalize.hpp"
#include "tests/fuzz/calls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto of = fuzzing::account("asterisk");
  static const auto with = [] {
    connectors::telephony::asterisk::settings made;
    made.lines = {{"main", hub::secret("0200000192")}};

    return made;
  }();
  const auto read = [](std::string_view body) {
    return connectors::telephony::asterisk::normalize(of, with, body, fuzzing::received);
  };
  fuzzing::require_calls(of, std::string_view(reinterpret_cast<const char*>(data), size), read);
  return 0;
}
