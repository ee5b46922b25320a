// TLS on both sides: verification, reload, strangers.
#include "tests/integration/http_fixture.hpp"

namespace hub::http {
namespace {

class tls_test : public http_test {
 protected:
  void SetUp() override {
    http_test::SetUp();
    make_certificate(files, "a", 1, "localhost");
    make_certificate(files, "other", 2, "elsewhere.example");
    make_certificate(files, "unknown", 3, "localhost");
    files.write("trusted.pem", files.read("a.pem") + files.read("other.pem"));
    setenv("SSL_CERT_FILE", files.path("trusted.pem").c_str(), 1);
  }
  void TearDown() override {
    http_test::TearDown();
    unsetenv("SSL_CERT_FILE");
  }
  listen_options with_certificate(const std::string& name) {
    listen_options o;
    o.tls = {files.path(name + ".pem"), files.path(name + ".key")};
    return o;
  }
  outgoing over_tls(const std::string& path, const std::string& host = "localhost") {
    outgoing o;
    o.url = "https://" + host + ":" + std::to_string(at->port()) + path;
    return o;
  }
};

TEST_F(tls_test, serves_whoever_verifies_it) {
  start(with_certificate("a"));
  for (int i = 0; i < 3; ++i) {
    const auto answer = fetch(over_tls("/echo/a"));
    EXPECT_THAT(answer.body, HasSubstr("peer 127.0.0.1 secure\n"));
  }
  auto upload = over_tls("/large-body");
  upload.method = "POST";
  upload.body = random_text(1'000'000);
  upload.max_body = 4_MiB;
  EXPECT_THAT(fetch(upload).body, EndsWith(upload.body));
  EXPECT_EQ(fetch(over_tls("/stream")).body, "onetwothree");
}

TEST_F(tls_test, names_an_address_that_the_certificate_does_not) {
  start(with_certificate("a"));
  EXPECT_EQ(failure_of(over_tls("/echo/a", "127.0.0.1")), "transient tls nothing");
}

TEST_F(tls_test, refuses_a_certificate_of_another_host) {
  start(with_certificate("other"));
  EXPECT_EQ(failure_of(over_tls("/echo/a")), "transient tls nothing");
  EXPECT_TRUE(handled.empty());
}

TEST_F(tls_test, refuses_a_certificate_nobody_vouches_for) {
  start(with_certificate("unknown"));
  EXPECT_EQ(failure_of(over_tls("/echo/a")), "transient tls nothing");
  EXPECT_THAT(last_what, HasSubstr("certificate"));
}

TEST_F(tls_test, refuses_a_plain_server) {
  start();
  EXPECT_EQ(failure_of(over_tls("/echo/a")), "transient tls nothing");
}

TEST_F(tls_test, survives_bytes_that_are_not_tls) {
  start(with_certificate("a"));
  ask("GET /echo/a HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(fetch(over_tls("/echo/a")).status, 200);
}

TEST_F(tls_test, closes_a_handshake_that_does_not_come) {
  auto options = with_certificate("a");
  options.header_time = milliseconds(60);
  start(options);
  EXPECT_EQ(raw_peer(at->port()).read_to_end(), "");
}

TEST_F(tls_test, answers_408_over_tls_too) {
  auto options = with_certificate("a");
  options.header_time = milliseconds(300);
  start(options);
  EXPECT_THAT(exchange_over_tls(at->port(), "GET /echo/a HTTP/1.1\r\nHost"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(tls_test, does_not_start_with_files_that_do_not_fit) {
  auto options = with_certificate("a");
  options.tls.key = files.path("other.key");
  EXPECT_THROW(server(rt.context(), "test", routes(), options), error);
  options.tls.key = files.path("none");
  EXPECT_THROW(server(rt.context(), "test", routes(), options), error);
}

TEST_F(tls_test, takes_a_changed_certificate_without_a_restart_and_keeps_the_old_one_when_it_is_wrong) {
  make_certificate(files, "live", 10, "localhost");
  start(with_certificate("live"));
  EXPECT_EQ(serial_of(at->port()), 10);
  files.write("live.pem", "half a file");
  files.age("live.pem", seconds(10));
  EXPECT_EQ(serial_of(at->port()), 10);
  make_certificate(files, "live", 11, "localhost");
  files.age("live.pem", seconds(20));
  EXPECT_TRUE(within_seconds(10, [&] { return serial_of(at->port()) == 11; }));
  EXPECT_EQ(serial_of(at->port()), 11);
}

}  // namespace
}  // namespace hub::http
