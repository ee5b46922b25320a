#pragma once
// A certificate of a server of the tests, signed by itself and good for two days.

#include <string>

namespace test_support {

struct certificate {
  std::string file, key;  ///< PEM
};

/// `names` as openssl writes them: "IP:127.0.0.1", "DNS:mail.example". Throws hub::error.
certificate make_certificate(const std::string& directory, const std::string& names);

}  // namespace test_support
