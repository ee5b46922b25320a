// The Viber connector below its recorded cases: signatures, tokens, hostile bodies, privacy, set_webhook.

#include "connectors/viber/viber.hpp"
#include "connectors/sealed.hpp"
#include "connectors/viber/normalize.hpp"
#include "hub/base/scrub.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace {

using namespace connectors;
using testing::HasSubstr;
using testing::Not;

const hub::secret token("4f0000000000000a-b100000000000002-c200000000000003");
const std::string webhook_body =
    R"({"event":"webhook","timestamp":1794988800101,"chat_hostname":"SN-CHAT-07_","message_token":6214870000111222333})";
constexpr std::string_view webhook_signature = "28c8b0a94aa0112a68c94a434b38c579ca1d16fb9955fdbd65f08fab2cc458a3";
constexpr std::string_view text_signature = "f15b6394c7ef79b7bbcab942d43d0893e018703253207c3e04ffe07d04b9ea9a";
constexpr hub::instant received{std::chrono::milliseconds(1'794'990'000'000)};

std::string sample(const std::string& name) {
  std::ifstream in(std::filesystem::path(LEADYARD_SOURCE_DIR) / "tests/contract/viber" / name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

account_context context() {
  account_context c;
  c.channel = "viber";
  c.account = "main";
  c.seal_key = hub::secret("a seal key");
  c.public_url = "https://hub.avto.example";
  return c;
}

hub::http::request signed_request(std::string body, std::string_view signature) {
  hub::http::request r;
  r.method = "POST";
  r.body = std::move(body);
  r.head.list.emplace_back("X-Viber-Content-Signature", std::string(signature));
  return r;
}

std::string text_body(const std::string& message_token, const std::string& text = "hi") {
  return R"({"event":"message","timestamp":1794988925311,"message_token":)" + message_token +
         R"(,"sender":{"id":"Rkl=="},"message":{"type":"text","text":")" + text + R"("}})";
}

hub::message::event one(std::string_view body, const account_context& c = context()) {
  const auto events = viber::normalize(c, body, received);
  if (!events) throw std::runtime_error(hub::to_text(events.error()));
  return events->at(0);
}

const hub::message::chat_message& message_of(const hub::message::event& e) {
  return std::get<hub::message::chat_message>(e.data);
}

// ---- signatures ------------------------------------------------------------------------------------------

TEST(viber_signature, of_the_fact_sheet_is_believed) {
  EXPECT_TRUE(viber::is_authentic(signed_request(webhook_body, webhook_signature), token));
  ASSERT_EQ(sample("message_text.json").size(), 696u);
  EXPECT_TRUE(viber::is_authentic(signed_request(sample("message_text.json"), text_signature), token));
}

TEST(viber_signature, may_be_written_in_capitals) {
  std::string capitals(text_signature);
  for (char& c : capitals) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(viber::is_authentic(signed_request(sample("message_text.json"), capitals), token));
}

TEST(viber_signature, is_read_from_the_query_when_there_is_no_header) {
  hub::http::request r;
  r.body = webhook_body;
  r.query["sig"] = std::string(webhook_signature);
  EXPECT_TRUE(viber::is_authentic(r, token));
  r.query["sig"][0] = '3';
  EXPECT_FALSE(viber::is_authentic(r, token));
  auto both = signed_request(webhook_body, text_signature);
  both.query["sig"] = std::string(webhook_signature);
  EXPECT_FALSE(viber::is_authentic(both, token));
}

TEST(viber_signature, does_not_hold_for_any_single_changed_bit_of_the_body) {
  const auto body = sample("message_text.json");
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    auto tampered = body;
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_FALSE(viber::is_authentic(signed_request(tampered, text_signature), token)) << "bit " << bit;
  }
}

TEST(viber_signature, does_not_hold_when_any_bit_of_it_changed) {
  const auto body = sample("message_text.json");
  for (std::size_t bit = 0; bit < text_signature.size() * 8; ++bit) {
    std::string tampered(text_signature);
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << (bit % 8)));
    // The one flip that only changes a letter's case spells the same number.
    if (hub::from_hex(tampered) && hub::from_hex(tampered).value() == hub::from_hex(text_signature).value()) continue;
    ASSERT_FALSE(viber::is_authentic(signed_request(body, tampered), token)) << "bit " << bit;
  }
}

TEST(viber_signature, does_not_hold_cut_padded_empty_missing_or_doubled) {
  const auto body = sample("message_text.json");
  for (std::size_t n = 0; n < text_signature.size(); ++n)
    ASSERT_FALSE(viber::is_authentic(signed_request(body, text_signature.substr(0, n)), token)) << n;
  for (const std::string& odd :
       {std::string(text_signature) + "00", std::string(text_signature) + " ", " " + std::string(text_signature),
        "sha256=" + std::string(text_signature), std::string(64, '0'), std::string(64, 'g'), std::string(64, '\0')})
    EXPECT_FALSE(viber::is_authentic(signed_request(body, odd), token));
  hub::http::request none;
  none.body = body;
  EXPECT_FALSE(viber::is_authentic(none, token));
  auto twice = signed_request(body, text_signature);
  twice.head.list.emplace_back("x-viber-content-signature", std::string(text_signature));
  EXPECT_FALSE(viber::is_authentic(twice, token));
}

TEST(viber_signature, covers_the_whole_body_and_nothing_else) {
  const auto body = sample("message_text.json");
  for (std::size_t n = 0; n < body.size(); ++n)
    ASSERT_FALSE(viber::is_authentic(signed_request(body.substr(0, n), text_signature), token)) << n;
  EXPECT_FALSE(viber::is_authentic(signed_request(body + "\n", text_signature), token));
  EXPECT_FALSE(
      viber::is_authentic(signed_request(boost::json::serialize(hub::message::parse_json(body).value()), text_signature), token));
  EXPECT_FALSE(viber::is_authentic(signed_request(body, text_signature), hub::secret("another token")));
  EXPECT_FALSE(viber::is_authentic(signed_request(body, text_signature), hub::secret()));
}

// ---- tokens ----------------------------------------------------------------------------------------------

TEST(viber_token, is_kept_to_the_last_digit) {
  for (const std::string digits : {"6214870800000000001", "4912661846655238145", "9007199254740993", "9223372036854775807",
                                   "9223372036854775808", "18446744073709551615", "1"}) {
    EXPECT_EQ(one(text_body(digits)).key, "viber:main:message:" + digits);
    EXPECT_EQ(one(text_body("\"" + digits + "\"")).key, "viber:main:message:" + digits);
    EXPECT_EQ(message_of(one(text_body(digits))).platform_id, digits);
  }
}

TEST(viber_token, that_lost_digits_is_refused) {
  for (const std::string odd :
       {"6.2148708e18", "6214870800000000001.0", "1e3", "-1", "18446744073709551616", "null", "true", "[]", "{}", "\"\"",
        "\"12a\"", "\" 12\"", "\"-1\"", "\"1e3\"", "\"18446744073709551616\"", "\"000000000000000000001\""}) {
    const auto events = viber::normalize(context(), text_body(odd), received);
    ASSERT_FALSE(events.has_value()) << odd;
    EXPECT_EQ(events.error().where, "message_token") << odd;
  }
}

// ---- hostile bodies --------------------------------------------------------------------------------------

TEST(viber_normalize, refuses_bodies_of_the_wrong_shape_and_says_where) {
  const std::string deep = std::string(100, '[') + std::string(100, ']');
  const struct {
    std::string body, where;
  } table[] = {
      {"", "byte 0"},
      {"[]", ""},
      {"\"text\"", ""},
      {"null", ""},
      {"{", "byte 1"},
      {deep, ""},
      {"{}", "event"},
      {R"({"event":7})", "event"},
      {R"({"event":null})", "event"},
      {R"({"event":"message"})", "timestamp"},
      {R"({"event":"message","timestamp":"soon"})", "timestamp"},
      {R"({"event":"message","timestamp":-5})", "timestamp"},
      {R"({"event":"message","timestamp":1794988925})", "timestamp"},
      {R"({"event":"message","timestamp":99999999999999999})", "timestamp"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1})", "message"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":[]})", "message"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{}})", "sender"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{},"sender":{}})", "sender.id"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{},"sender":{"id":5}})", "sender.id"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{},"sender":{"id":"a b"}})", "sender.id"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{},"sender":{"id":"a\u0000"}})", "sender.id"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{},"sender":{"id":")" + std::string(600, 'a') +
           R"("}})",
       "sender.id"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{},"sender":{"id":"a","name":{}}})",
       "sender.name"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{},"sender":{"id":"a"}})", "message.type"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"text"},"sender":{"id":"a"}})",
       "message.text"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"text","text":[]},)"
       R"("sender":{"id":"a"}})",
       "message.text"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"picture"},"sender":{"id":"a"}})",
       "message.media"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"video","media":7},)"
       R"("sender":{"id":"a"}})",
       "message.media"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"file","media":")" +
           std::string(6000, 'u') + R"("},"sender":{"id":"a"}})",
       "message.media"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"contact"},"sender":{"id":"a"}})",
       "message.contact"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"location"},"sender":{"id":"a"}})",
       "message.location"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"location",)"
       R"("location":{"lat":91,"lon":0}},"sender":{"id":"a"}})",
       "message.location.lat"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"location",)"
       R"("location":{"lat":"nan","lon":0}},"sender":{"id":"a"}})",
       "message.location.lat"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"location",)"
       R"("location":{"lat":"50x","lon":0}},"sender":{"id":"a"}})",
       "message.location.lat"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"sticker",)"
       R"("sticker_id":{}},"sender":{"id":"a"}})",
       "message.sticker_id"},
      {R"({"event":"message","timestamp":1794988925311,"message_token":1,"message":{"type":"url"},"sender":{"id":"a"}})",
       "message.media"},
      {R"({"event":"delivered","timestamp":1794988925311,"message_token":1})", "user_id"},
      {R"({"event":"seen","timestamp":1794988925311,"message_token":1,"user_id":""})", "user_id"},
      {R"({"event":"failed","timestamp":1794988925311,"message_token":1,"user_id":"a","desc":4})", "desc"},
      {R"({"event":"subscribed","timestamp":1794988925311,"message_token":1,"user":"a"})", "user"},
      {R"({"event":"unsubscribed","timestamp":1794988925311,"message_token":1})", "user_id"},
  };
  for (const auto& row : table) {
    const auto events = viber::normalize(context(), row.body, received);
    ASSERT_FALSE(events.has_value()) << row.body;
    if (!row.where.empty()) {
      EXPECT_EQ(events.error().where, row.where) << row.body;
    }
    EXPECT_FALSE(events.error().what.empty());
    EXPECT_EQ(events.error().value, "") << "nothing of the body is quoted";
  }
}

TEST(viber_normalize, refuses_what_is_not_utf8) {
  EXPECT_FALSE(viber::normalize(context(), text_body("1", "\xC3\x28"), received).has_value());
  EXPECT_FALSE(viber::normalize(context(), text_body("1", "\xED\xA0\x80"), received).has_value());
  EXPECT_FALSE(viber::normalize(context(), "\xEF\xBB\xBF" + text_body("1"), received).has_value());
}

TEST(viber_normalize, turns_an_escaped_nul_into_the_replacement_character) {
  EXPECT_EQ(message_of(one(text_body("1", "a\\u0000b"))).text,
            "a\xEF\xBF\xBD"
            "b");
}

// Sixteen digits and more are no number; what a cut leaves of them may look like one.
TEST(viber_normalize, leaves_no_number_where_it_cuts_a_long_name) {
  const std::string name = std::string(108, 'D') + "184467440737095516151";
  const auto body = R"({"event":"message","timestamp":1794988925311,"message_token":1,"sender":{"id":"Rkl==","name":")" + name +
                    R"("},"message":{"type":"text","text":"hi"}})";
  const auto event = one(body);
  EXPECT_FALSE(hub::has_number(message_of(event).sender.name)) << message_of(event).sender.name;
}

TEST(viber_normalize, names_an_unknown_event_without_trusting_its_name) {
  const auto events =
      viber::normalize(context(), R"({"event":"call +380000000001\u0000)" + std::string(500, 'x') + R"("})", received);
  ASSERT_FALSE(events.has_value());
  EXPECT_THAT(events.error().what, HasSubstr("unknown event call [number]"));
  EXPECT_LT(events.error().what.size(), 100u);
}

TEST(viber_normalize, answers_probes_and_payments_without_an_event) {
  for (const std::string name : {"webhook", "client_status", "action"})
    EXPECT_TRUE(viber::normalize(context(), R"({"event":")" + name + R"("})", received).value().empty()) << name;
}

TEST(viber_normalize, gives_each_receipt_a_key_of_its_own) {
  const std::string rest = R"(,"timestamp":1794988925311,"message_token":7,"user_id":"u="})";
  EXPECT_EQ(one(R"({"event":"delivered")" + rest).key, "viber:main:delivered:7:u=");
  EXPECT_EQ(one(R"({"event":"seen")" + rest).key, "viber:main:seen:7:u=");
  EXPECT_EQ(one(R"({"event":"failed")" + rest).key, "viber:main:failed:7");
  EXPECT_TRUE(std::get<hub::message::delivery_status>(one(R"({"event":"seen")" + rest).data).up_to);
  EXPECT_FALSE(std::get<hub::message::delivery_status>(one(R"({"event":"delivered")" + rest).data).up_to);
}

TEST(viber_normalize, takes_the_expiry_from_the_link_or_an_hour) {
  const auto expires = [](const std::string& url) {
    const auto e = one(R"({"event":"message","timestamp":1794988925311,"message_token":1,"sender":{"id":"a"},)"
                       R"("message":{"type":"picture","media":")" +
                       url + R"("}})");
    return message_of(e).attachments.at(0).expires_at.value();
  };
  const hub::instant hour(std::chrono::milliseconds(1'794'988'925'311 + 3'600'000));
  EXPECT_EQ(expires("https://m.example/a.jpg?Expires=1794992770&S=1"), hub::instant(std::chrono::seconds(1'794'992'770)));
  EXPECT_EQ(expires("https://m.example/a.jpg?S=1&Expires=1794992770"), hub::instant(std::chrono::seconds(1'794'992'770)));
  for (const std::string url : {"https://m.example/a.jpg", "https://m.example/a.jpg?Expires=",
                                "https://m.example/a.jpg?Expires=soon", "https://m.example/a.jpg?Expires=99999999999999999999",
                                "https://m.example/a.jpg?Expires=5", "https://m.example/Expires=1794992770"})
    EXPECT_EQ(expires(url), hour) << url;
}

// ---- privacy ---------------------------------------------------------------------------------------------

TEST(viber_privacy, lets_no_number_of_a_structured_field_into_an_event) {
  const std::string number = "380000000001";
  for (const std::string written :
       {"380000000001", "+380000000001", "+38 (000) 000-00-01", "00380000000001", "38.000.000.0001"}) {
    const std::string person = R"("id":"Rkl==","name":"Ivan )" + written + R"(","phone":")" + written + R"(","phone_number":")" +
                               written + R"(","language":")" + written + R"(","country":")" + written + R"(")";
    const std::string bodies[] = {
        R"({"event":"message","timestamp":1794988925311,"message_token":1,"sender":{)" + person +
            R"(},"message":{"type":"contact","tracking_data":")" + written + R"(","contact":{"name":"Master )" + written +
            R"(","phone_number":")" + written + R"("}},"phone":")" + written + R"("})",
        R"({"event":"conversation_started","timestamp":1794988925311,"message_token":1,"context":"ref )" + written +
            R"(","user":{)" + person + "}}",
        R"({"event":"subscribed","timestamp":1794988925311,"message_token":1,"user":{)" + person + "}}",
        R"({"event":"failed","timestamp":1794988925311,"message_token":1,"user_id":"Rkl==","desc":"no device for )" + written +
            R"("})",
    };
    for (const auto& body : bodies) {
      std::string digits;
      for (const char c : hub::message::encode(one(body)))
        if (c >= '0' && c <= '9') digits += c;
      EXPECT_THAT(digits, Not(HasSubstr(number))) << body;
      EXPECT_THAT(hub::message::encode(one(body)), Not(HasSubstr(written)));
    }
  }
}

TEST(viber_privacy, keeps_what_customers_write_unless_told_to_mask_it) {
  const auto body = text_body("1", "call me +380 00 000 00 01 at 18:30");
  EXPECT_EQ(message_of(one(body)).text, "call me +380 00 000 00 01 at 18:30");
  auto masking = context();
  masking.mask_text = true;
  EXPECT_EQ(message_of(one(body, masking)).text, "call me [number] at 18:30");
}

TEST(viber_privacy, keeps_media_addresses_sealed) {
  const auto e = one(sample("message_picture.json"));
  EXPECT_THAT(hub::message::encode(e), Not(HasSubstr("fixture-pic")));
  const auto opened = connectors::open_sealed_media(context(), message_of(e).attachments.at(0).reference);
  EXPECT_THAT(opened.value().url, HasSubstr("fixture-pic-001.jpg?Expires=1794992770"));
}

// ---- the platform's side ---------------------------------------------------------------------------------

viber::settings account_settings() {
  viber::settings s;
  s.auth_token = token;
  s.sender_name = "Авто Приклад";
  s.sender_avatar = "https://hub.avto.example/avatar.jpg";
  s.welcome = "Вітаємо! Напишіть, яке авто вас цікавить.";
  return s;
}

TEST(viber_welcome, is_the_message_of_the_fact_sheet) {
  const auto wanted = hub::message::parse_json(sample("api/response_body_welcome_message.json")).value();
  EXPECT_EQ(hub::message::parse_json(viber::welcome_answer(account_settings())).value(), wanted);
  EXPECT_EQ(viber::welcome_answer(viber::settings{}), "");
}

TEST(viber_registration, asks_for_what_the_fact_sheet_shows) {
  auto wanted = hub::message::parse_json(sample("api/request_set_webhook.json")).value();
  wanted.as_object()["url"] = "https://hub.avto.example/webhooks/viber/main";
  EXPECT_EQ(hub::message::parse_json(viber::set_webhook_request(context(), account_settings())).value(), wanted);
}

TEST(viber_registration, tells_the_operator_what_the_platform_said) {
  EXPECT_THAT(viber::read_set_webhook_answer(sample("api/response_set_webhook_ok.json")).value().at(0),
              HasSubstr("conversation_started"));
  const auto refused = viber::read_set_webhook_answer(sample("api/response_send_invalid_token.json"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().what, HasSubstr("auth token is not valid"));
  EXPECT_FALSE(viber::read_set_webhook_answer("<html>").has_value());
  EXPECT_FALSE(viber::read_set_webhook_answer("{}").has_value());
}

TEST(viber_account_info, is_compared_with_the_address_and_the_callbacks_we_want) {
  const auto read = [](const std::string& members) {
    return viber::read_account_info(context(), account_settings(), R"({"status":0,"status_message":"ok")" + members + "}");
  };
  const auto ours = connectors::webhook_address(context());
  EXPECT_EQ(read("").state, connectors::webhook_state::not_set);
  const auto good =
      read(R"(,"webhook":")" + ours +
           R"(","event_types":["conversation_started","unsubscribed","subscribed","failed","seen","delivered","webhook"])");
  EXPECT_EQ(good.state, connectors::webhook_state::matches);
  EXPECT_THAT(good.findings, testing::IsEmpty());
  const auto fewer = read(R"(,"webhook":")" + ours + R"(","event_types":["subscribed","unsubscribed","conversation_started"])");
  EXPECT_THAT(fewer.findings, testing::ElementsAre("the platform does not send: delivered, seen, failed"));
  EXPECT_EQ(read(R"(,"webhook":")" + ours + "/\"").state, connectors::webhook_state::differs);
  const auto refused =
      viber::read_account_info(context(), account_settings(), R"({"status":2,"status_message":"+380000000001"})");
  EXPECT_EQ(refused.state, connectors::webhook_state::unknown);
  EXPECT_EQ(refused.why.find("380000000001"), std::string::npos) << refused.why;
  EXPECT_EQ(viber::read_account_info(context(), account_settings(), "<html>").state, connectors::webhook_state::unknown);
}

}  // namespace
