// The approved templates of a WhatsApp account, as a Graph API lists them page by page.

#include "connectors/whatsapp/templates.hpp"
#include "hub/message/templates.hpp"
#include "tests/integration/send_fixture.hpp"

namespace {

using namespace connector_tests;
using hub::message::fill_template;
using hub::message::gaps_of;

constexpr const char* first_page = R"({"data":[
 {"name":"visit","status":"APPROVED","category":"UTILITY","language":"uk","id":"1","components":[
   {"type":"HEADER","format":"TEXT","text":"Автоцентр"},
   {"type":"BODY","text":"Вітаємо, {{1}}! Чекаємо на вас {{2}}.","example":{"body_text":[["Олена","завтра"]]}},
   {"type":"FOOTER","text":"До зустрічі"},
   {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Так"},
     {"type":"URL","text":"Сайт","url":"https://avto.example/"}]}]},
 {"name":"visit","status":"REJECTED","category":"UTILITY","language":"en_US","id":"2","components":[{"type":"BODY","text":"x"}]},
 {"name":"with_picture","status":"APPROVED","category":"MARKETING","language":"uk","id":"3","components":[
   {"type":"HEADER","format":"IMAGE"},{"type":"BODY","text":"Новинки"}]},
 {"name":"by_name","status":"APPROVED","category":"UTILITY","language":"uk","parameter_format":"NAMED","components":[
   {"type":"BODY","text":"Вітаємо, {{first_name}}"}]},
 {"name":"by_address","status":"APPROVED","category":"UTILITY","language":"uk","components":[{"type":"BODY","text":"Замовлення"},
   {"type":"BUTTONS","buttons":[{"type":"URL","text":"Сайт","url":"https://avto.example/{{1}}"}]}]}],
 "paging":{"cursors":{"before":"QQ","after":"Qg=="},"next":"https://graph.facebook.com/next"}})";
constexpr const char* last_page = R"({"data":[{"name":"hello","status":"APPROVED","category":"UTILITY","language":"en_US",
 "components":[{"type":"BODY","text":"Hello"}]}],"paging":{"cursors":{"before":"Qg==","after":"Qw=="}}})";

class graph : public http_platform {
 public:
  graph() {
    add("GET", "/v26.0/{waba}/message_templates", [this](const request& r) {
      if (broken) return response::json(400, R"({"error":{"message":"(#200) You do not have the permission","code":200}})");
      return response::json(200, r.query.contains("after") ? last_page : first_page);
    });
    start();
  }
  ~graph() override { stop(); }
  std::atomic<bool> broken{false};
};

class whatsapp_templates : public send_fixture {
 protected:
  hub::message::templates_told listed(const std::string& waba) {
    const auto by = make("whatsapp",
                         "app_secret: s\nverify_token: v\naccess_token: token of the test\nphone_number_id: '108'\n"
                         "waba_id: '" +
                             waba + "'\napi_base: " + platform.base() + "\n");
    boost::asio::io_context loop;
    hub::http::client http(loop);
    auto listing = boost::asio::co_spawn(loop, by->list_templates(http), boost::asio::use_future);
    while (listing.wait_for(0s) != std::future_status::ready && loop.run_one() > 0) continue;
    return listing.get();
  }
  graph platform;
};

TEST_F(whatsapp_templates, are_read_to_the_last_page_and_only_those_that_can_be_sent) {
  const auto told = listed("777");
  EXPECT_EQ(told.why, "");
  EXPECT_EQ(told.left_out, 3u);
  ASSERT_EQ(told.templates.size(), 2u);
  const auto& one = told.templates[0];
  EXPECT_EQ(one.name + "/" + one.language + "/" + one.category, "visit/uk/UTILITY");
  EXPECT_EQ(one.header + "|" + one.text + "|" + one.footer, "Автоцентр|Вітаємо, {{1}}! Чекаємо на вас {{2}}.|До зустрічі");
  EXPECT_EQ(one.gaps, 2u);
  EXPECT_EQ(told.templates[1].name, "hello");
  ASSERT_EQ(platform.times_asked(), 2u);
  const auto asked = platform.asked();
  EXPECT_EQ(asked[0].params.at("waba"), "777");
  EXPECT_EQ(*asked[0].head.find("Authorization"), "Bearer token of the test");
  EXPECT_EQ(asked[1].query.at("after"), "Qg==");
}

TEST_F(whatsapp_templates, that_cannot_be_listed_say_why) {
  EXPECT_THAT(listed("").why, HasSubstr("waba_id"));
  EXPECT_EQ(platform.times_asked(), 0u);
  platform.broken = true;
  const auto told = listed("777");
  EXPECT_THAT(told.why, HasSubstr("permission"));
  EXPECT_THAT(told.templates, IsEmpty());
}

TEST(template_pages, that_nobody_can_read_are_a_problem_and_no_empty_list) {
  for (const char* body : {"", "<html>", "[]", R"({"data":{}})", R"({"data":[)"}) {
    hub::http::incoming answer;
    answer.status = 200;
    answer.body = body;
    EXPECT_FALSE(connectors::whatsapp::read_template_page(answer)) << body;
  }
}

TEST(template_texts, know_how_many_values_they_take) {
  EXPECT_EQ(gaps_of("nothing"), 0u);
  EXPECT_EQ(gaps_of("{{2}} and {{1}} and {{ 1 }}"), 2u);
  EXPECT_EQ(gaps_of("{{1}} and {{3}}"), std::nullopt) << "the second is missing";
  EXPECT_EQ(gaps_of("{{name}}"), std::nullopt);
  EXPECT_EQ(gaps_of("{{0}}"), std::nullopt);
  EXPECT_EQ(gaps_of("{{1"), 0u) << "is no gap";
  EXPECT_EQ(fill_template("{{2}}, {{1}}: {{2}}{{3}}", {"{{2}}", "b"}), "b, {{2}}: b{{3}}");
}

}  // namespace
