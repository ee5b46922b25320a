// The parser of Ringostat's webhooks and lists against anything.

#include "connectors/telephony/ringostat/normalize.hpp"
#include "tests/fuzz/calls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const auto of = fuzzing::account("ringostat");
  static const auto with = [] {
    connectors::telephony::ringostat::settings made;
    made.lines = {{"main", hub::secret("0200000192")}};

    return made;
  }();
  const auto read = [](std::string_view body) {
    return connectors::telephony::ringostat::normalize(of, with, body, fuzzing::received);
  };
  fuzzing::require_calls(of, std::string_view(reinterpret_cast<const char*>(data), size), read);
  return 0;
}
