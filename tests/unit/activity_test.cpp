// The website activity connector below its recorded cases: signatures, money, hostile bodies, phone numbers.

#include "connectors/activity/activity.hpp"
#include "connectors/activity/details.hpp"
#include "connectors/activity/normalize.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

namespace activity = connectors::activity;
using testing::HasSubstr;
using testing::Not;

const auto received = hub::parse_rfc3339("2026-11-21T12:00:00Z").value();
const hub::secret secret("activity-secret");
// As shared/samples/activity/index.json has it.
constexpr const char* quote_signature = "9eab2a86059a55836b55789372bb58d040c0c1a1df854b198a06a3c2b72de08e";

std::string sample(const std::string& name) {
  std::ifstream in(std::filesystem::path(LEADYARD_SOURCE_DIR) / "tests/contract/activity" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

connectors::account_context context() {
  hub::crypto_start();
  connectors::account_context c;
  c.channel = "activity";
  c.account = "main";
  return c;
}

hub::http::request signed_request(std::string body, std::string_view signature) {
  hub::http::request r;
  r.body = std::move(body);
  r.head.list.emplace_back("X-Leadyard-Signature", std::string(signature));
  return r;
}

std::string body_with(const std::string& more, const std::string& company = R"("id":"c-1")") {
  return R"({"id":"a-1","activity":"quote","at":"2026-11-20T08:00:00Z","company":{)" + company + "}" +
         (more.empty() ? "" : "," + more) + "}";
}

hub::result<std::vector<hub::message::event>> read(const std::string& body) {
  return activity::normalize(context(), body, received);
}

hub::message::activity told(const std::string& body) {
  const auto events = read(body);
  EXPECT_TRUE(events.has_value()) << hub::to_text(events.error());
  return std::get<hub::message::activity>(events.value().front().data);
}

TEST(activity_signature, of_the_contract_is_believed_and_no_changed_bit_of_body_or_signature) {
  hub::crypto_start();
  const auto body = sample("quote.json");
  EXPECT_TRUE(activity::is_authentic(signed_request(body, quote_signature), secret));
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    auto tampered = body;
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(activity::is_authentic(signed_request(tampered, quote_signature), secret)) << "bit " << bit;
  }
  const std::string mac = hub::from_hex(quote_signature).value();
  for (std::size_t bit = 0; bit < mac.size() * 8; ++bit) {
    auto tampered = mac;
    tampered[bit / 8] = static_cast<char>(tampered[bit / 8] ^ (1 << bit % 8));
    ASSERT_FALSE(activity::is_authentic(signed_request(body, hub::to_hex(tampered)), secret)) << "bit " << bit;
  }
}

TEST(activity_signature, does_not_hold_cut_missing_doubled_or_without_a_secret) {
  hub::crypto_start();
  const auto body = sample("quote.json");
  for (std::size_t n = 0; n < 64; ++n)
    ASSERT_FALSE(activity::is_authentic(signed_request(body, std::string_view(quote_signature).substr(0, n)), secret)) << n;
  hub::http::request none;
  none.body = body;
  EXPECT_FALSE(activity::is_authentic(none, secret));
  auto twice = signed_request(body, quote_signature);
  twice.head.list.emplace_back("x-leadyard-signature", quote_signature);
  EXPECT_FALSE(activity::is_authentic(twice, secret));
  EXPECT_FALSE(activity::is_authentic(signed_request(body, quote_signature), hub::secret()));
}

TEST(activity_money, is_what_was_written_rounded_half_up_to_two_decimals) {
  const std::pair<const char*, const char*> rows[] = {
      {"0", "0.00"},          {"-0", "0.00"},         {"0.004", "0.00"},     {"0.005", "0.01"},   {"2400", "2400.00"},
      {"1250.5", "1250.50"},  {"10.005", "10.01"},    {"1.005", "1.01"},     {"0.995", "1.00"},   {"99.994999", "99.99"},
      {"1.2505e3", "1250.50"}, {"125050E-2", "1250.50"}, {"5e-3", "0.01"},   {"4e-3", "0.00"},
      {"5e-999999999999999999", "0.00"},
      {"999999999999.99", "999999999999.99"},
      {"999999999999.994", "999999999999.99"}, {"0e99999", "0.00"}};
  for (const auto& [written, kept] : rows) EXPECT_EQ(activity::money_of(written), kept) << written;
  for (const auto* written : {"-5", "-0.001", "999999999999.995", "1000000000000", "1e12", "1e400", "", "x", "."})
    EXPECT_EQ(activity::money_of(written), std::nullopt) << written;
}

TEST(activity_money, survives_the_body_exactly) {
  EXPECT_EQ(told(body_with(R"("total_cost":999999999999.99)")).total_cost, "999999999999.99");
  EXPECT_EQ(told(body_with(R"("data":{"total_cost":7},"total_cost":1.005,"data2":{"total_cost":8})")).total_cost, "1.01");
  EXPECT_EQ(told(body_with(R"("total\u005fcost":12)")).total_cost, "12.00");
  EXPECT_EQ(told(body_with(R"("total_cost":12)")).currency, "USD");
  EXPECT_EQ(told(body_with(R"("total_cost":12,"currency":"UAH")")).currency, "UAH");
  EXPECT_EQ(told(body_with(R"("currency":"UAH")")).currency, "");
}

TEST(activity_body, that_breaks_the_contract_is_refused_with_a_pointer) {
  const std::pair<std::string, const char*> rows[] = {
      {"", ""}, {"[]", ""}, {"{", ""},
      {R"({"activity":"quote"})", "/id"},
      {R"({"id":7})", "/id"},
      {R"({"id":")" + std::string(129, 'x') + "\"}", "/id"},
      {R"({"id":"a b"})", "/id"},
      {R"({"id":"a\u0000"})", "/id"},
      {R"({"id":"a"})", "/activity"},
      {R"({"id":"a","activity":"Quote"})", "/activity"},
      {R"({"id":"a","activity":")" + std::string(65, 'x') + "\"}", "/activity"},
      {R"({"id":"a","activity":"quote"})", "/at"},
      {R"({"id":"a","activity":"quote","at":"2026-11-20T08:00:00"})", "/at"},
      {R"({"id":"a","activity":"quote","at":"2026-11-20 08:00:00Z"})", "/at"},
      {R"({"id":"a","activity":"quote","at":"1999-11-20T08:00:00Z"})", "/at"},
      {R"({"id":"a","activity":"quote","at":1794988925})", "/at"},
      {R"({"id":"a","activity":"quote","at":"2026-11-20T08:00:00Z"})", "/company"},
      {R"({"id":"a","activity":"quote","at":"2026-11-20T08:00:00Z","company":"c"})", "/company"},
      {body_with("", ""), "/company/id"},
      {body_with("", R"("id":"+12025550143")"), "/company/id"},
      {body_with("", R"("id":"c","name":7)"), "/company/name"},
      {body_with("", R"("id":"c","email":[])"), "/company/email"},
      {body_with(R"("total_cost":"12")"), "/total_cost"},
      {body_with(R"("total_cost":-0.01)"), "/total_cost"},
      {body_with(R"("total_cost":1e12)"), "/total_cost"},
      {body_with(R"("total_cost":1,"currency":"usd")"), "/currency"},
      {body_with(R"("data":[])"), "/data"},
      {body_with(R"("data":{"a":")" + std::string(33 << 10, 'x') + "\"}"), "/data"},
  };
  for (const auto& [body, pointer] : rows) {
    const auto events = read(body);
    ASSERT_FALSE(events.has_value()) << body;
    EXPECT_EQ(events.error().where, pointer) << body;
    EXPECT_FALSE(events.error().what.empty());
    EXPECT_THAT(hub::to_text(events.error()), Not(HasSubstr("2025550143")));
  }
}

TEST(activity_body, keeps_what_is_optional_empty_and_cleans_what_is_written) {
  const auto few = told(body_with(R"("total_cost":null,"currency":null,"data":{},"new":1)"));
  EXPECT_EQ(few.total_cost + few.currency + few.details + few.email + few.url + few.company_name, "");
  const auto odd = told(body_with(R"("data":{"a\u0000":"b\u0000","n":14.5,"big":-121000,"no":null,"yes":true,"list":[1,{}]})",
                                  R"("id":"c","name":"A\u0000B","email":"no address","url":"javascript:alert")"));
  EXPECT_EQ(odd.company_name, "A\xEF\xBF\xBD\x42");
  EXPECT_EQ(odd.email + odd.url, "");
  EXPECT_EQ(odd.details,
            "{\"a\xEF\xBF\xBD\":\"b\xEF\xBF\xBD\",\"n\":14.5,\"big\":-121000,\"no\":null,\"yes\":true,\"list\":[1,{}]}");
}

TEST(activity_privacy, knows_the_many_names_of_a_phone_and_nothing_else) {
  for (const auto* name :
       {"phone", "Phone", "PHONE", "phone_number", "phoneNumber", "phone2", "tel", "Tel.", "TEL", "tel_no", "telNo", "contactTel",
        "contact-tel", "telephone", "telefon", "telefono", "mobile", "mobile_no", "Mobile Phone", "mobileNumber", "cell",
        "cellPhone", "fax", "fax_number", "viber", "viberNumber", "whatsapp", "WhatsApp", "whats_app", "telegram", "msisdn",
        "sms",
        "gsm", "handy", "p.h.o.n.e", "телефон", "Телефон", "ТЕЛЕФОН", "тел", "мобільний", "мобильный", "факс", "вайбер"})
    EXPECT_TRUE(activity::names_a_phone(name)) << name;
  for (const auto* name : {"hotel", "route", "cancelled", "excellent", "mobile_home", "mobileCrane", "cell_tower", "load",
                           "miles",
                           "height_ft", "stellar", "intel", "date", "total_cost", ""})
    EXPECT_FALSE(activity::names_a_phone(name)) << name;
}

TEST(activity_privacy, drops_phones_at_every_depth) {
  std::string data = R"("keep":1)";
  for (const auto* name : {"phone", "contactTel", "WhatsApp_No", "viber", "mobile", "fax"}) {
    std::string inner = "\"" + std::string(name) + "\":\"555-0143\"";
    for (int depth = 0; depth < 12; ++depth) {
      data += ",\"" + std::string(name) + std::to_string(depth) + "\":5550143,\"d" + std::string(1, name[0]) +
              std::to_string(depth) + "\":{" + inner + "}";
      inner = depth % 2 ? "\"in\":{" + inner + "}" : "\"in\":[{" + inner + "}]";
    }
  }
  const auto kept = told(body_with("\"data\":{" + data + "}")).details;
  EXPECT_THAT(kept, HasSubstr("\"keep\":1"));
  EXPECT_THAT(kept, Not(HasSubstr("0143")));
}

TEST(activity_privacy, masks_numbers_in_texts_names_keys_and_numbers_of_details) {
  const auto kept = told(body_with(
      R"("data":{"note":"call +1 (202) 555-0143","n":12025550143,"f":1.2025550143e10,"m":-12025550143,"+12025550143":"Ann",)"
      R"("list":["202-555-0143",["tel:5550143"]],"pairs":[{"type":"mobile","value":"5550143"}],)"
      R"("one":{"label":"Fax","v":"5550143"}})",
      R"("id":"c","name":"Haul +12025550143","contact_name":"Dana 2025550143","phone":"+12025550143")"));
  for (const auto& text : {kept.details, kept.company_name, kept.sender.name})
    EXPECT_THAT(text, Not(HasSubstr("0143"))) << text;
  EXPECT_EQ(kept.company_name, "Haul [number]");
  EXPECT_THAT(kept.details, HasSubstr("call [number]"));
}

}  // namespace
