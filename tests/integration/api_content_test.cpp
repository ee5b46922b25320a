// What strangers sent, and the page that shows it: nothing of it runs.

#include "tests/integration/api_fixture.hpp"

#include <regex>
#include <set>

namespace hub::api {
namespace {

TEST_F(api, hands_out_a_file_in_ranges_and_never_as_something_that_runs) {
  const auto path = "/api/v1/media/" + std::to_string(media_[leads_["anns"]]);
  const auto whole = hub_->get(path, sessions_["ann"]);
  ASSERT_EQ(whole.status, 200);
  EXPECT_EQ(header(whole, "Content-Type"), "image/jpeg");
  EXPECT_EQ(header(whole, "X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(header(whole, "Content-Security-Policy"), HasSubstr("sandbox"));
  EXPECT_EQ(header(whole, "Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_THAT(header(whole, "Content-Disposition"), testing::StartsWith("inline"));

  auto part = hub_->to("GET", path, sessions_["ann"]);
  part.head.set("Range", "bytes=4-9");
  const auto range = hub_->ask(part);
  EXPECT_EQ(range.status, 206);
  EXPECT_EQ(range.body, whole.body.substr(4, 6));
  EXPECT_EQ(header(range, "Content-Range"), "bytes 4-9/" + std::to_string(whole.body.size()));

  auto beyond = hub_->to("GET", path, sessions_["ann"]);
  beyond.head.set("Range", "bytes=100000-");
  EXPECT_EQ(hub_->ask(beyond).status, 416);
  auto again = hub_->to("GET", path, sessions_["ann"]);
  again.head.set("If-None-Match", header(whole, "ETag"));
  EXPECT_EQ(hub_->ask(again).status, 304);

  hub_->run("update hub.media set file_type = 'text/html', original_name = e'<script>\\r\\nx.html' where id = $1",
            media_[leads_["anns"]]);
  const auto hostile = hub_->get(path, sessions_["ann"]);
  EXPECT_EQ(header(hostile, "Content-Type"), "application/octet-stream");
  EXPECT_THAT(header(hostile, "Content-Disposition"), testing::StartsWith("attachment"));
  EXPECT_THAT(header(hostile, "Content-Disposition"), Not(HasSubstr("<")));
  hub_->run("update hub.media set file_type = 'image/jpeg', original_name = 'car.jpg' where id = $1", media_[leads_["anns"]]);
}

TEST_F(api, hands_out_hostile_words_as_json_text_and_as_nothing_else) {
  const std::vector<std::string> hostile{"<script>alert(1)</script>",     "\"><img src=x onerror=alert(1)>",
                                         "'; drop table hub.lead; --",    "{\"owner\": null}",
                                         "\xe2\x80\xaetxt.exe",           "line\nbreak\ttab\\",
                                         "</title><svg/onload=alert(1)>", "${7*7} {{7*7}} %s%n"};
  for (const auto& text : hostile) {
    const auto lead = make_lead(text, "sales", "ann");
    hub_->run("update hub.message set content = $1 where lead_id = $2", text, lead);
    hub_->run(
        "insert into hub.media_fetch (event_key, part, message_id, channel, account, type, reference, file_name, state)"
        " select 'k' || $1::bigint, '1', m.id, 'viber', 'main', 'file', 'r', $2, 'pending' from hub.message m where m.lead_id = "
        "$1::bigint",
        lead, text);
    const auto path = "/api/v1/leads/" + std::to_string(lead);
    const auto one = hub_->get(path, sessions_["ann"]);
    const auto timeline = hub_->get(path + "/timeline", sessions_["ann"]);
    ASSERT_EQ(one.status, 200) << one.body;
    ASSERT_EQ(timeline.status, 200) << timeline.body;
    for (const auto* answer : {&one, &timeline}) {
      EXPECT_EQ(header(*answer, "Content-Type"), "application/json");
      EXPECT_EQ(header(*answer, "X-Content-Type-Options"), "nosniff");
      EXPECT_EQ(header(*answer, "Cache-Control"), "no-store");
    }
    EXPECT_EQ(json(one).at("lead").at("customer").at("name").as_string(), text);
    const auto parsed = json(timeline);
    EXPECT_EQ(parsed.at("messages").at(0).at("text").as_string(), text);
    std::set<std::string> names;
    for (const auto& m : parsed.at("messages").at(0).at("media").as_array()) names.emplace(m.at("name").as_string());
    EXPECT_TRUE(names.count(text));
    hub_->run("update hub.lead set stage = 'lost', attachable = false, closed_at = now() where id = $1", lead);
  }
}

TEST_F(api, serves_a_page_that_allows_no_script_but_its_own) {
  const auto page = hub_->get("/");
  ASSERT_EQ(page.status, 200);
  const auto rule = header(page, "Content-Security-Policy");
  EXPECT_THAT(rule, HasSubstr("default-src 'none'"));
  EXPECT_THAT(rule, HasSubstr("require-trusted-types-for 'script'"));
  EXPECT_THAT(rule, Not(HasSubstr("unsafe")));
  EXPECT_THAT(page.body, Not(HasSubstr("style=")));
  EXPECT_THAT(page.body, Not(HasSubstr("onclick")));
  std::smatch script;
  ASSERT_TRUE(std::regex_search(page.body, script, std::regex(R"(/assets/console-[A-Z0-9]+\.js)"))) << page.body;
  const auto plain = hub_->get(script.str());
  EXPECT_EQ(plain.status, 200);
  EXPECT_EQ(header(plain, "Content-Encoding"), "");
  EXPECT_EQ(header(plain, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(header(plain, "Vary"), "Accept-Encoding");
  for (const auto* other : {"/assets/index.html", "/assets/openapi.yaml", "/assets/nothing.js"})
    EXPECT_EQ(hub_->get(other).status, 404) << other;
  EXPECT_EQ(json(hub_->get("/api/v1/openapi.json")).at("openapi").as_string(), "3.1.0");
}

TEST_F(api, shows_a_message_as_it_was_changed_and_what_it_said_first) {
  const auto lead = leads_["anns"];
  hub_->run(
      "insert into hub.message (lead_id, customer_id, channel, direction, type, content, sent_at, account, platform_id, details)"
      " values ($1, $2, 'telegram', 'incoming', 'text', 'Golf 6?', now(), 'main', '7:1',"
      " '{\"author\":\"Тарас\",\"group\":\"album\",\"subject\":\"s\",\"quoted\":\"q\",\"automatic\":true}')",
      lead, customers_[lead]);
  const auto change = [&](const std::string& kind, const std::string& by, const std::string& content) {
    hub_->run(
        "insert into hub.message_change (platform_id, channel, account, kind, by_whom, at, content)"
        " values ('7:1', 'telegram', 'main', $1::text::hub.message_change_kind, $2, '2026-12-01T10:00:00Z', $3)",
        kind, by, content);
  };
  change("edited", "", "Golf 7?");
  change("deleted", "", "");
  change("reaction", "a", "👍");
  change("reaction", "b", "🚗");
  change("reaction", "c", "");
  const auto page = json(hub_->get(lead_path("anns") + "/timeline", sessions_["ann"]));
  const auto& last = page.at("messages").as_array().back().as_object();
  EXPECT_EQ(last.at("text"), "Golf 7?");
  EXPECT_EQ(last.at("original"), "Golf 6?");
  EXPECT_EQ(last.at("edited_at"), "2026-12-01T10:00:00.000Z");
  EXPECT_EQ(last.at("deleted_at"), "2026-12-01T10:00:00.000Z");
  EXPECT_EQ(last.at("reactions").as_array().size(), 2u);
  EXPECT_EQ(last.at("writer"), "Тарас");
  EXPECT_EQ(last.at("automatic"), true);
  const auto masked = json(hub_->get(lead_path("anns") + "/timeline", sessions_["ian"]));
  for (const auto* member : {"text", "original", "subject", "quoted", "writer"})
    EXPECT_EQ(masked.at("messages").as_array().back().at(member), "") << member;
  EXPECT_TRUE(masked.at("messages").as_array().back().at("reactions").as_array().empty());
}

TEST_F(api, shows_the_ad_that_brought_a_customer_to_those_who_may_read) {
  hub_->run(
      "insert into hub.lead_referral (lead_id, at, source, referral_id, url, headline, body)"
      " values ($1, '2026-12-01T10:00:00Z', 'ad', '120', 'https://fb.example/1', 'Осінь', 'текст')",
      leads_["anns"]);
  EXPECT_EQ(json(hub_->get(lead_path("anns"), sessions_["ann"])).at("referral").at("headline"), "Осінь");
  EXPECT_TRUE(json(hub_->get(lead_path("anns"), sessions_["ian"])).at("referral").is_null());
}

}  // namespace
}  // namespace hub::api
