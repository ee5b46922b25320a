#include "tests/support/certificate.hpp"

#include "hub/base/failure.hpp"
#include "hub/ctl/process.hpp"

namespace test_support {

using namespace std::chrono_literals;

certificate make_certificate(const std::string& directory, const std::string& names) {
  const certificate made{directory + "/certificate.pem", directory + "/key.pem"};
  const auto done = hub::ctl::run(
      {.program = "openssl",
       .arguments = {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                     "/CN=test", "-addext", "subjectAltName=" + names, "-keyout", made.key, "-out", made.file}},
      20s);
  if (done.exit_code != 0) throw hub::error(hub::failure::permanent, "certificate", done.output);
  return made;
}

}  // namespace test_support
