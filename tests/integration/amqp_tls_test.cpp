// Which brokers are believed to be the broker: certificates, good and bad.

#include "tests/integration/amqp_fixture.hpp"
#include "tests/support/certificate.hpp"

namespace amqp_tests {
namespace {

/// A TLS server that never says a word of AMQP: enough to see whether its certificate is taken.
struct tls_server {
  test_support::temp_dir files;
  std::uint16_t port = test_support::free_port();
  hub::ctl::process_id process;
  const std::string certificate = files / "certificate.pem";

  explicit tls_server(const std::string& names) {
    const auto made = test_support::make_certificate(files.path(), names);
    process = hub::ctl::start({.program = "openssl",
                               .arguments = {"s_server", "-accept", "127.0.0.1:" + std::to_string(port), "-cert", made.file,
                                             "-key", made.key, "-quiet"},
                               .output = files / "log"});
  }
  ~tls_server() { hub::ctl::end(process, SIGTERM, 5s); }

  /// What a consumer says that trusts `ca_file`; asked again until the server listens.
  std::string answer(const std::string& ca_file) const {
    auto options = consuming_from("amqps://hub:secret@127.0.0.1:" + std::to_string(port) + "/v");
    options.broker.ca_file = ca_file;
    options.broker.connect_time = 1s;
    std::string said;
    test_support::wait_until(
        [&] {
          try {
            consumer(options).open();
          } catch (const hub::error& e) {
            said = e.what();
          }
          return said.find("socket error") == std::string::npos;
        },
        10s);
    return said;
  }
};

TEST(tls_test, takes_a_certificate_that_names_the_host_and_comes_from_a_trusted_authority) {
  const tls_server server("IP:127.0.0.1");
  EXPECT_THAT(server.answer(server.certificate), HasSubstr("signing in"));
}

TEST(tls_test, refuses_a_certificate_that_names_another_host) {
  const tls_server server("DNS:broker.example,IP:127.0.0.2");
  EXPECT_THAT(server.answer(server.certificate), HasSubstr("SSL peer cert verification failed"));
}

TEST(tls_test, refuses_a_certificate_of_an_authority_it_does_not_trust) {
  const tls_server server("IP:127.0.0.1"), other("IP:127.0.0.1");
  EXPECT_THAT(server.answer(other.certificate), HasSubstr("SSL peer cert verification failed"));
}

}  // namespace
}  // namespace amqp_tests
