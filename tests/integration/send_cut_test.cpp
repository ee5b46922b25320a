// What is certain when the connection to a platform breaks: nothing written is deferred, anything else without an answer is
// unknown, and is asked for once, never again by itself. An upload gives nobody anything: it is never unknown.

#include "tests/integration/http_peer.hpp"
#include "tests/integration/send_fixture.hpp"

namespace {

using namespace connector_tests;
using hub::http::scripted_peer;

class senders : public send_fixture {
 protected:
  struct one {
    std::string channel, settings;
    send_asked what;
  };
  /// Each with a text, told to speak to `base`.
  static std::vector<one> all(const std::string& base) {
    return {{"viber", "{auth_token: t, sender_name: A, api_base: \"" + base + "\"}", text_to("viber", "Rkl==", "x")},
            {"telegram", "{bot_token: \"1:T\", secret_token: s, api_base: \"" + base + "\"}", text_to("telegram", "7", "x")},
            {"whatsapp", "{app_secret: x, verify_token: y, access_token: z, phone_number_id: \"1\", api_base: \"" + base + "\"}",
             text_to("whatsapp", "UA.99", "x")}};
  }
  /// Every one of them meets a platform of its own with this script.
  void expect_each(const scripted_peer::script& script, const std::string& state, const std::string& code = {}) {
    for (std::size_t n = 0; n < all("").size(); ++n) {
      scripted_peer platform(script);
      const auto sender = all(platform.url(""))[n];
      SCOPED_TRACE(sender.channel);
      auto by = make(sender.channel, sender.settings);
      const auto got = send(*by, sender.what);
      EXPECT_EQ(hub::name_of(got.told.state), state) << got.told.reason;
      EXPECT_THAT(got.told.code, testing::StartsWith(code));
      EXPECT_FALSE(got.told.reason.empty());
      EXPECT_EQ(platform.connections(), 1) << "once, and never again by itself";
    }
  }
};

TEST_F(senders, do_not_know_what_became_of_a_request_that_nobody_answered) {
  expect_each({.answers = {""}, .close_after_each = true, .repeat = true}, "unknown", "closed");
}

TEST_F(senders, do_not_know_what_an_answer_would_have_said_that_was_cut_off) {
  expect_each({.answers = {"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{\"status\":0,\"ok\":true,\"messages\":["},
               .close_after_each = true,
               .repeat = true},
              "unknown");
}

TEST_F(senders, do_not_know_what_a_gateway_did_before_it_failed) {
  expect_each(
      {.answers = {"HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 0\r\n\r\n"}, .close_after_each = true, .repeat = true},
      "unknown", "http 504");
}

TEST_F(senders, know_that_a_full_gateway_took_nothing) {
  expect_each({.answers = {"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"},
               .close_after_each = true,
               .repeat = true},
              "deferred", "http 429");
}

TEST_F(senders, know_that_nothing_was_written_where_nobody_listens) {
  for (const auto& sender : all("http://127.0.0.1:1")) {
    SCOPED_TRACE(sender.channel);
    auto by = make(sender.channel, sender.settings);
    EXPECT_EQ(state_of(send(*by, sender.what)), "deferred connect");
  }
}

TEST_F(senders, know_that_an_upload_gave_nobody_anything) {
  scripted_peer platform({.answers = {""}, .close_after_each = true, .repeat = true});
  const auto sender = all(platform.url("")).back();
  auto by = make(sender.channel, sender.settings);
  auto what = file_to("whatsapp", "UA.99", content_type::photo, file("jpeg", "image/jpeg", "a.jpg"));
  EXPECT_EQ(state_of(send(*by, what)), "deferred closed");
  EXPECT_EQ(platform.connections(), 2) << "it may be repeated, once";
}

TEST_F(senders, do_not_know_what_became_of_a_photo_that_was_uploaded_with_its_message) {
  scripted_peer platform({.answers = {""}, .close_after_each = true, .repeat = true});
  const auto sender = all(platform.url("")).at(1);
  auto by = make(sender.channel, sender.settings);
  auto what = file_to("telegram", "7", content_type::photo, file(std::string(300'000, 'j'), "image/jpeg", "a.jpg"));
  EXPECT_EQ(hub::name_of(send(*by, what).told.state), "unknown");
  EXPECT_EQ(platform.connections(), 1);
}

}  // namespace
