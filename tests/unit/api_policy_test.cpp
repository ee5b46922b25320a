// The policy table, the contract in docs/openapi.yaml, and the pure parts of the API.

#include "hub/api/call_views.hpp"
#include "hub/api/conflict_views.hpp"
#include "hub/api/customer_views.hpp"
#include "hub/api/inbox_views.hpp"
#include "hub/api/journal_views.hpp"
#include "hub/api/media.hpp"
#include "hub/api/openapi.hpp"
#include "hub/api/reply_views.hpp"
#include "hub/api/report_views.hpp"
#include "hub/api/review_views.hpp"
#include "hub/api/routes.hpp"
#include "hub/api/routing_views.hpp"
#include "hub/api/staff_views.hpp"
#include "hub/api/vehicle_views.hpp"
#include "hub/api/views.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "tests/support/waiting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

#include <memory>
#include <set>

namespace hub::api {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

struct hand_clock : clock {
  std::chrono::steady_clock::time_point at{1h};
  instant wall{std::chrono::milliseconds(1'700'000'000'000)};
  instant now() const override { return wall; }
  std::chrono::steady_clock::time_point steady() const override { return at; }
};

class api_policy : public testing::Test {
 protected:
  api_policy() { crypto_start(); }
  test_support::temp_dir home;
  std::unique_ptr<services> with = std::make_unique<services>(db::connect_options{}, 1, home / "media", real_clock());
};

async::task<http::response> nothing(visitor, http::request) { co_return http::response(); }

TEST_F(api_policy, has_exactly_one_row_for_every_route_that_is_served) {
  const auto routes = make_routes(*with);
  std::set<std::string> served, ruled;
  for (const auto& r : routes.routes()) served.insert(r.method + " " + r.pattern);
  for (const auto& row : policy()) EXPECT_TRUE(ruled.insert(std::string(row.method) + " " + std::string(row.route)).second);
  EXPECT_EQ(served, ruled);
}

TEST_F(api_policy, refuses_to_start_while_a_row_has_no_handler) {
  route_table table(*with);
  table.add(route("GET", "/api/v1/me"), page_handler(nothing));
  EXPECT_THROW(table.finish(), hub::error);
}

TEST_F(api_policy, opens_only_the_page_the_contract_and_signing_in_to_strangers) {
  std::set<std::string> open;
  for (const auto& row : policy())
    if (row.open) open.insert(std::string(row.method) + " " + std::string(row.route));
  EXPECT_THAT(open, testing::ElementsAre("GET /", "GET /admin/crm", "GET /admin/crm/lead/{id}", "GET /admin/crm/leads",
                                         "GET /api/v1/openapi.json", "GET /api/v1/password", "GET /assets/{name}",
                                         "POST /api/v1/password", "POST /api/v1/password/ask", "POST /api/v1/session"));
}

TEST_F(api_policy, lets_an_analyst_change_nothing_and_open_no_file) {
  for (const auto& row : policy()) {
    // What is one's own: sessions, tokens, password, what one was told.
    const std::string_view of = row.route.substr(0, row.route.find('/', 8));
    if (of == "/api/v1/session" || of == "/api/v1/sessions" || of == "/api/v1/tokens" || of == "/api/v1/me" ||
        of == "/api/v1/notifications" || of == "/api/v1/password")
      continue;
    if (row.method != "GET") {
      EXPECT_EQ(row.analyst, access::none) << row.route;
    }
  }
  EXPECT_EQ(route("GET", "/api/v1/media/{id}").analyst, access::none);
  EXPECT_THAT(lead_is_open(access::masked, role::analyst), HasSubstr("false"));
}

TEST_F(api_policy, is_described_by_the_contract_route_by_route) {
  const auto contract = boost::json::parse(openapi_json());
  std::set<std::string> described, ruled;
  for (const auto& path : contract.at("paths").as_object())
    for (const auto& operation : path.value().as_object()) {
      std::string method(operation.key());
      for (auto& c : method) c = static_cast<char>(std::toupper(c));
      described.insert(method + " /api/v1" + std::string(path.key()));
    }
  for (const auto& row : policy())
    if (row.route.starts_with("/api/")) ruled.insert(std::string(row.method) + " " + std::string(row.route));
  EXPECT_EQ(described, ruled);
}

struct names_of_fields {
  std::set<std::string> list;
  template <class F>
  void operator()(std::string_view name, F&, const about&) {
    list.emplace(name);
  }
};

template <class T>
void expect_same_members(const boost::json::value& contract, std::string_view schema) {
  names_of_fields declared;
  T made;
  T::describe(made, declared);
  const auto* described = contract.at("components").at("schemas").as_object().if_contains(schema);
  ASSERT_NE(described, nullptr) << schema;
  std::set<std::string> members, required;
  for (const auto& p : described->at("properties").as_object()) members.emplace(p.key());
  for (const auto& r : described->at("required").as_array()) required.emplace(r.as_string());
  EXPECT_EQ(members, declared.list) << schema;
  EXPECT_EQ(required, declared.list) << schema;
}

TEST_F(api_policy, is_described_by_the_contract_member_by_member) {
  const auto contract = boost::json::parse(openapi_json());
  expect_same_members<me_view>(contract, "me");
  expect_same_members<person_view>(contract, "person");
  expect_same_members<customer_brief>(contract, "customer_brief");
  expect_same_members<message_brief>(contract, "message_brief");
  expect_same_members<queue_view>(contract, "queue");
  expect_same_members<why_view>(contract, "why");
  expect_same_members<lead_view>(contract, "lead");
  expect_same_members<inbox_part_view>(contract, "inbox_part");
  expect_same_members<inbox_counts_view>(contract, "inbox_counts");
  expect_same_members<seen_view>(contract, "seen");
  expect_same_members<notification_view>(contract, "notification");
  expect_same_members<notification_page>(contract, "notification_page");
  expect_same_members<lead_decision_view>(contract, "lead_decision");
  expect_same_members<found_customer>(contract, "found_customer");
  expect_same_members<found_message>(contract, "found_message");
  expect_same_members<found_vehicle>(contract, "found_vehicle");
  expect_same_members<search_view>(contract, "search");
  expect_same_members<lead_page>(contract, "lead_page");
  expect_same_members<ownership_view>(contract, "ownership");
  expect_same_members<excluded_view>(contract, "excluded");
  expect_same_members<decision_view>(contract, "decision");
  expect_same_members<lead_detail>(contract, "lead_detail");
  expect_same_members<referral_view>(contract, "referral");
  expect_same_members<media_view>(contract, "media");
  expect_same_members<place_view>(contract, "place");
  expect_same_members<message_view>(contract, "message");
  expect_same_members<sent_part_view>(contract, "sent_part");
  expect_same_members<reply_view>(contract, "reply");
  expect_same_members<outbox_row_view>(contract, "outbox_row");
  expect_same_members<outbox_page>(contract, "outbox_page");
  expect_same_members<media_file_view>(contract, "media_file");
  expect_same_members<media_page>(contract, "media_page");
  expect_same_members<saved_reply_view>(contract, "saved_reply");
  expect_same_members<lead_event>(contract, "lead_event");
  expect_same_members<timeline_page>(contract, "timeline_page");
  expect_same_members<identity_view>(contract, "identity");
  expect_same_members<customer_view>(contract, "customer");
  expect_same_members<claim_conflict>(contract, "claim_conflict");
  expect_same_members<action_view>(contract, "action");
  expect_same_members<note_view>(contract, "note");
  expect_same_members<task_view>(contract, "task");
  expect_same_members<task_page>(contract, "task_page");
  expect_same_members<call_view>(contract, "call");
  expect_same_members<call_page>(contract, "call_page");
  expect_same_members<call_detail>(contract, "call_detail");
  expect_same_members<call_back_view>(contract, "call_back");
  expect_same_members<criterion_view>(contract, "criterion");
  expect_same_members<scored_view>(contract, "scored");
  expect_same_members<call_review_view>(contract, "call_review");
  expect_same_members<call_reviews_view>(contract, "call_reviews");
  expect_same_members<conversion_view>(contract, "conversion");
  expect_same_members<stage_view>(contract, "stage");
  expect_same_members<activity_view>(contract, "activity");
  expect_same_members<lead_vehicle_view>(contract, "lead_vehicle");
  expect_same_members<bulk_outcome>(contract, "bulk_outcome");
  expect_same_members<bulk_view>(contract, "bulk");
  expect_same_members<merged_view>(contract, "merged");
  expect_same_members<customer_row_view>(contract, "customer_row");
  expect_same_members<customer_page>(contract, "customer_page");
  expect_same_members<event_view>(contract, "event");
  expect_same_members<event_page>(contract, "event_page");
  expect_same_members<possible_same_view>(contract, "possible_same");
  expect_same_members<possible_same_page>(contract, "possible_same_page");
  expect_same_members<vehicle_view>(contract, "vehicle");
  expect_same_members<vehicle_page>(contract, "vehicle_page");
  expect_same_members<conflict_view>(contract, "conflict");
  expect_same_members<conflict_page>(contract, "conflict_page");
  expect_same_members<staff_view>(contract, "staff");
  expect_same_members<invited_view>(contract, "invited");
  expect_same_members<password_link_view>(contract, "password_link");
  expect_same_members<password_set_view>(contract, "password_set");
  expect_same_members<rule_view>(contract, "rule");
  expect_same_members<pool_member_view>(contract, "pool_member");
  expect_same_members<pool_view>(contract, "pool");
  expect_same_members<routing_view>(contract, "routing");
  expect_same_members<verdict_view>(contract, "verdict");
  expect_same_members<routing_try_view>(contract, "routing_try");
  expect_same_members<ways_view>(contract, "ways");
  expect_same_members<notice_choice_view>(contract, "notice_choice");
  expect_same_members<telegram_code_view>(contract, "telegram_code");
  expect_same_members<password_help_view>(contract, "password_help");
  expect_same_members<absence_view>(contract, "absence");
  expect_same_members<member_view>(contract, "member");
  expect_same_members<team_view>(contract, "team");
  expect_same_members<presence_view>(contract, "presence");
  expect_same_members<pipeline_view>(contract, "pipeline");
  expect_same_members<token_view>(contract, "token");
  expect_same_members<made_token_view>(contract, "made_token");
  expect_same_members<session_view>(contract, "session");
  expect_same_members<retention_view>(contract, "retention");
  expect_same_members<erased_view>(contract, "erased");
  expect_same_members<audit_view>(contract, "audit");
  expect_same_members<audit_page>(contract, "audit_page");
  expect_same_members<money_view>(contract, "money");
  expect_same_members<range_view>(contract, "range");
  expect_same_members<overview_view>(contract, "overview");
  expect_same_members<ranked_view>(contract, "ranked");
  expect_same_members<ranking_view>(contract, "ranking");
  expect_same_members<origin_view>(contract, "origin");
  expect_same_members<origins_view>(contract, "origins");
  expect_same_members<funnel_stage_view>(contract, "funnel_stage");
  expect_same_members<funnel_view>(contract, "funnel");
  expect_same_members<follow_ups_view>(contract, "follow_ups");
  expect_same_members<response_row_view>(contract, "response_row");
  expect_same_members<percentiles_view>(contract, "percentiles");
  expect_same_members<response_channel_view>(contract, "response_channel");
  expect_same_members<response_period_view>(contract, "response_period");
  expect_same_members<response_times_view>(contract, "response_times");
  expect_same_members<call_row_view>(contract, "call_row");
  expect_same_members<calls_view>(contract, "call_figures");
  expect_same_members<criterion_score_view>(contract, "criterion_score");
  expect_same_members<review_row_view>(contract, "review_row");
  expect_same_members<review_figures_view>(contract, "review_figures");
}

// ---- guessing passwords ---------------------------------------------------------------------------------

TEST(sign_in_guard, lets_an_account_be_mistyped_a_few_times_and_then_makes_it_wait_ever_longer) {
  hand_clock time;
  sign_in_guard guard(time);
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(guard.begin("a@example.com", "192.0.2.1"));
  EXPECT_EQ(guard.begin("a@example.com", "192.0.2.1"), 1s);
  time.at += 1s;
  EXPECT_FALSE(guard.begin("a@example.com", "192.0.2.1"));
  EXPECT_EQ(guard.begin("a@example.com", "192.0.2.1"), 2s);
  for (int i = 0; i < 20; ++i) {
    time.at += 15min;
    EXPECT_FALSE(guard.begin("a@example.com", "192.0.2.1"));
  }
  EXPECT_EQ(guard.begin("a@example.com", "192.0.2.1"), 15min);
}

TEST(sign_in_guard, does_not_lock_a_person_out_because_a_stranger_guesses_elsewhere) {
  hand_clock time;
  sign_in_guard guard(time);
  for (int i = 0; i < 1000; ++i) guard.begin("a@example.com", "203.0.113." + std::to_string(i % 250));
  const auto wait = guard.begin("a@example.com", "192.0.2.1");
  ASSERT_TRUE(wait);
  EXPECT_LE(*wait, 30s);
}

TEST(sign_in_guard, slows_an_address_that_tries_many_accounts) {
  hand_clock time;
  sign_in_guard guard(time);
  int tried = 0;
  for (int i = 0; i < 10'000; ++i) tried += !guard.begin("user" + std::to_string(i) + "@example.com", "192.0.2.1");
  EXPECT_EQ(tried, 50);
}

TEST(sign_in_guard, forgives_after_the_right_password) {
  hand_clock time;
  sign_in_guard guard(time);
  for (int i = 0; i < 4; ++i) guard.begin("a@example.com", "192.0.2.1");
  guard.forgive("a@example.com", "192.0.2.1");
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(guard.begin("a@example.com", "192.0.2.1"));
}

// ---- where a request comes from -------------------------------------------------------------------------

http::request request_with(std::initializer_list<std::pair<std::string, std::string>> head, bool secure = false) {
  http::request made;
  made.head.list.assign(head.begin(), head.end());
  made.secure = secure;
  return made;
}

TEST(same_origin, takes_its_own_pages_and_programs_that_are_no_browser) {
  EXPECT_TRUE(is_same_origin(request_with({{"Host", "hub.example.com"}})));
  EXPECT_TRUE(is_same_origin(
      request_with({{"host", "localhost:8080"}, {"origin", "http://localhost:8080"}, {"sec-fetch-site", "same-origin"}})));
  EXPECT_TRUE(is_same_origin(request_with({{"Host", "hub.example.com"}, {"Origin", "https://hub.example.com"}}, true)));
}

TEST(same_origin, refuses_everybody_else) {
  EXPECT_FALSE(is_same_origin(request_with({{"Host", "hub.example.com"}, {"Origin", "http://evil.example"}})));
  EXPECT_FALSE(is_same_origin(request_with({{"Host", "hub.example.com"}, {"Origin", "null"}})));
  EXPECT_FALSE(is_same_origin(request_with({{"Host", "hub.example.com"}, {"Origin", "http://hub.example.com"}}, true)));
  EXPECT_FALSE(is_same_origin(request_with({{"Host", "hub.example.com"}, {"Origin", "http://hub.example.com.evil.example"}})));
  EXPECT_FALSE(is_same_origin(request_with({{"Host", "hub.example.com"}, {"Sec-Fetch-Site", "cross-site"}})));
  EXPECT_FALSE(is_same_origin(request_with({{"Host", "hub.example.com"}, {"Sec-Fetch-Site", "same-site"}})));
  EXPECT_FALSE(is_same_origin(request_with({{"Origin", "http://hub.example.com"}})));
  EXPECT_FALSE(is_same_origin(request_with({{"Host", "a"}, {"Origin", "http://a"}, {"Origin", "http://b"}})));
}

TEST(cookies, are_found_among_others_by_their_whole_name) {
  const auto from = request_with({{"Cookie", "xleadyard_session=no; leadyard_session=yes; other=1"}});
  EXPECT_EQ(cookie(from, "leadyard_session"), "yes");
  EXPECT_EQ(cookie(from, "session"), "");
}

// ---- files ----------------------------------------------------------------------------------------------

TEST(served_media, shows_pictures_and_downloads_whatever_could_run) {
  EXPECT_TRUE(may_show_inline("image/jpeg"));
  EXPECT_TRUE(may_show_inline("audio/ogg"));
  for (const auto* type :
       {"image/svg+xml", "text/html", "text/xml", "application/xhtml+xml", "application/pdf", "text/plain", ""})
    EXPECT_FALSE(may_show_inline(type)) << type;
}

TEST(served_media, gives_a_hostile_name_no_power) {
  const auto line = disposition("application/pdf",
                                "a\r\nSet-Cookie: x=1\"; ../../\xe2\x80\xae"
                                "fdp.exe",
                                7);
  EXPECT_THAT(line, testing::StartsWith("attachment; filename=\"file-7.pdf\"; filename*=UTF-8''"));
  EXPECT_THAT(line, Not(HasSubstr("\r")));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  EXPECT_THAT(line, Not(HasSubstr("..%2F")));
  EXPECT_THAT(line, Not(HasSubstr("%E2%80%AE")));
  EXPECT_THAT(line, testing::EndsWith(".pdf"));
  EXPECT_EQ(disposition("image/jpeg", "", 7), "inline; filename=\"file-7.jpg\"; filename*=UTF-8''file-7.jpg");
}

TEST(served_media, reads_one_range_as_rfc_9110_says) {
  const auto is = [](std::string_view header, std::uint64_t from, std::uint64_t size) {
    const auto r = read_range(header, 100);
    return r && r->satisfiable && r->from == from && r->size == size;
  };
  EXPECT_TRUE(is("bytes=0-9", 0, 10));
  EXPECT_TRUE(is("bytes=90-", 90, 10));
  EXPECT_TRUE(is("bytes=-10", 90, 10));
  EXPECT_TRUE(is("bytes=-1000", 0, 100));
  EXPECT_TRUE(is("bytes=50-1000", 50, 50));
  EXPECT_FALSE(read_range("bytes=100-", 100)->satisfiable);
  EXPECT_FALSE(read_range("bytes=-0", 100)->satisfiable);
  for (const auto* bad :
       {"", "bytes=", "bytes=a-b", "bytes=9-1", "bytes=0-1,3-4", "items=0-1", "bytes=--1", "bytes=99999999999999999999-"})
    EXPECT_FALSE(read_range(bad, 100)) << bad;
}

}  // namespace
}  // namespace hub::api
