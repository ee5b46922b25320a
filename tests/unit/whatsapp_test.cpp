// The WhatsApp connector below its recorded cases: verification, signatures, batches with bad elements, privacy, media.

#include "connectors/whatsapp/whatsapp.hpp"
#include "config/node.hpp"
#include "connectors/whatsapp/media.hpp"
#include "connectors/whatsapp/normalize.hpp"
#include "connectors/whatsapp/people.hpp"

#include "hub/base/crypto.hpp"
#include "hub/message/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

namespace {

using namespace connectors;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

const hub::secret app_secret("0123456789abcdef0123456789abcdef");
constexpr std::string_view ours = "108888000000001";
constexpr hub::instant received{std::chrono::milliseconds(1'795'000'000'000)};
constexpr hub::instant sent{std::chrono::seconds(1'794'996'240)};

std::string sample(const std::string& name) {
  std::ifstream in(std::filesystem::path(LEADYARD_SOURCE_DIR) / "tests/contract/whatsapp" / name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

account_context context() {
  account_context c;
  c.channel = "whatsapp";
  c.account = "main";
  c.seal_key = hub::secret("a seal key");
  c.fingerprint_key = hub::secret("a fingerprint key");
  c.public_url = "https://hub.avto.example";
  return c;
}

whatsapp::settings account_settings() {
  whatsapp::settings s;
  s.app_secret = app_secret;
  s.verify_token = hub::secret("verify-fixture");
  s.access_token = hub::secret("access-fixture");
  s.phone_number_id = std::string(ours);
  return s;
}

std::string change(const std::string& value, const std::string& field = "messages", std::string_view number = ours) {
  return R"({"field":")" + field + R"(","value":{"metadata":{"phone_number_id":")" + std::string(number) + R"("},)" + value +
         "}}";
}
std::string body_of(const std::string& changes) {
  return R"({"object":"whatsapp_business_account","entry":[{"id":"1","changes":[)" + changes + "]}]}";
}
std::string text_message(const std::string& id, const std::string& rest = R"("text":{"body":"hi"})") {
  return R"({"from":"380000000001","id":")" + id + R"(","timestamp":"1794996005","type":"text",)" + rest + "}";
}

std::vector<hub::message::event> read(const std::string& body) {
  auto events = whatsapp::normalize(context(), ours, body, received);
  if (!events) throw std::runtime_error(hub::to_text(events.error()));
  return *events;
}
std::vector<hub::message::event> messages(const std::string& list) {
  return read(body_of(change(R"("messages":[)" + list + "]")));
}

hub::http::request signed_request(std::string body, const std::string& signature) {
  hub::http::request r;
  r.method = "POST";
  r.body = std::move(body);
  r.head.list.emplace_back("X-Hub-Signature-256", signature);
  return r;
}

TEST(whatsapp_signature, of_the_fact_sheet_is_believed) {
  EXPECT_TRUE(whatsapp::is_authentic(
      signed_request(sample("text.json"), "sha256=511bed3a87ec8ea0cafcea2744fe332ee112b7d092dae191870cd8d300e8efc3"),
      app_secret));
  EXPECT_TRUE(whatsapp::is_authentic(signed_request(sample("text_escaped_unicode.json"),
                                                    "sha256=6dff9a77cbaa8e50f4e6767e8720027d3932674c12ed8be045040f8761172739"),
                                     app_secret));
}

TEST(whatsapp_signature, does_not_hold_changed_bare_doubled_or_missing) {
  const std::string hex = "511bed3a87ec8ea0cafcea2744fe332ee112b7d092dae191870cd8d300e8efc3";
  const auto body = sample("text.json");
  EXPECT_FALSE(whatsapp::is_authentic(signed_request(body, hex), app_secret));
  EXPECT_FALSE(whatsapp::is_authentic(signed_request(body, "sha1=" + hex), app_secret));
  EXPECT_FALSE(whatsapp::is_authentic(signed_request(body + " ", "sha256=" + hex), app_secret));
  EXPECT_FALSE(whatsapp::is_authentic(signed_request(body, "sha256=" + hex), hub::secret("another")));
  auto twice = signed_request(body, "sha256=" + hex);
  twice.head.list.push_back(twice.head.list.front());
  EXPECT_FALSE(whatsapp::is_authentic(twice, app_secret));
  EXPECT_FALSE(whatsapp::is_authentic(hub::http::request{}, app_secret));
}

TEST(whatsapp_verification, returns_the_challenge_only_for_our_token) {
  hub::http::request r;
  r.method = "GET";
  r.query = {{"hub.mode", "subscribe"}, {"hub.verify_token", "verify-fixture"}, {"hub.challenge", "1158201444"}};
  const hub::secret token("verify-fixture");
  const auto good = whatsapp::answer_verification(r, token);
  EXPECT_EQ(good.verdict, verdict::accepted);
  EXPECT_EQ(good.answer, "1158201444");
  EXPECT_EQ(good.answer_type, "text/plain");
  EXPECT_EQ(whatsapp::answer_verification(r, hub::secret()).status, 403);
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"hub.mode", "unsubscribe"}, {"hub.verify_token", "other"}, {"hub.challenge", std::string(600, '1')}}) {
    auto bad = r;
    bad.query[name] = value;
    EXPECT_EQ(whatsapp::answer_verification(bad, token).verdict, verdict::forged) << name;
    bad.query.erase(name);
    EXPECT_EQ(whatsapp::answer_verification(bad, token).status, 403) << name;
  }
}

TEST(whatsapp_batch, becomes_one_event_per_element_in_order_whatever_is_bad_in_it) {
  std::mt19937 random(20261118);
  for (int round = 0; round < 150; ++round) {
    const int entries = 1 + static_cast<int>(random() % 4), changes = 1 + static_cast<int>(random() % 4),
              elements = 1 + static_cast<int>(random() % 5);
    std::vector<std::string> wanted;
    std::string all;
    int next = 0;
    for (int k = 0; k < entries; ++k) {
      std::string list;
      for (int m = 0; m < changes; ++m) {
        const bool statuses = random() % 2 == 0;
        std::string values;
        for (int n = 0; n < elements; ++n) {
          const auto id = "wamid.E" + std::to_string(next++);
          const bool bad = random() % 4 == 0;
          std::string element;
          if (bad) {
            const std::string shapes[] = {"\"" + id + "\"", "[\"" + id + "\"]", R"({"id":")" + id + R"(","timestamp":[]})",
                                          R"({"from":{},"id":")" + id + R"("})"};
            element = shapes[random() % 4];
            if (statuses && element[0] == '{') element = R"({"status":"read","id":")" + id + R"("})";
          } else if (statuses) {
            element = R"({"id":")" + id + R"(","status":"read","timestamp":"1794997260","recipient_id":"380000000001"})";
          } else {
            element = text_message(id);
          }
          const auto hash = whatsapp::hashed(id);
          wanted.push_back(bad        ? "unparsed"
                           : statuses ? "whatsapp:main:status:" + hash + ":read"
                                      : "whatsapp:main:message:" + hash);
          values += (n ? "," : "") + element;
        }
        list += (m ? "," : "") + change(std::string(statuses ? R"("statuses":[)" : R"("messages":[)") + values + "]");
      }
      all += (k ? "," : "") + (R"({"id":"1","changes":[)" + list + "]}");
    }
    const auto events = read(R"({"object":"whatsapp_business_account","entry":[)" + all + "]}");
    ASSERT_EQ(events.size(), static_cast<std::size_t>(entries * changes * elements));
    std::set<std::string> keys;
    for (std::size_t i = 0; i < events.size(); ++i) {
      keys.insert(events[i].key);
      if (wanted[i] == "unparsed")
        EXPECT_TRUE(events[i].key.starts_with("whatsapp:main:unparsed:")) << events[i].key;
      else
        EXPECT_EQ(events[i].key, wanted[i]);
    }
    EXPECT_EQ(keys.size(), events.size());
  }
}

TEST(whatsapp_batch, seals_a_bad_element_alone_so_that_it_can_be_read_again) {
  const auto events =
      messages(text_message("wamid.1") + "," + text_message("wamid.2", R"("text":7)") + "," + text_message("wamid.3"));
  ASSERT_EQ(events.size(), 3u);
  const auto& refused = std::get<hub::message::unparsed>(events[1].data);
  EXPECT_THAT(refused.reason, HasSubstr("messages.text"));
  const auto kept = hub::unseal(context().seal_key, refused.sealed).value();
  EXPECT_THAT(kept, HasSubstr("wamid.2"));
  EXPECT_THAT(kept, Not(HasSubstr("wamid.1")));
  const auto again = read(kept);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].key, events[1].key);
  // What a mended parser makes of it is what the batch would have given.
  auto mended = kept;
  mended.replace(mended.find(R"("text":7)"), 8, R"("text":{"body":"hi"})");
  EXPECT_EQ(read(mended).at(0).key, "whatsapp:main:message:" + whatsapp::hashed("wamid.2"));
}

TEST(whatsapp_batch, says_of_a_replayed_element_that_it_is_refused_again) {
  const auto account =
      config::parse_yaml_file((std::filesystem::path(LEADYARD_SOURCE_DIR) / "tests/contract/whatsapp/account.yaml").string());
  hub::problems found;
  const auto made = whatsapp::kind().make(context(), account.root, found);
  ASSERT_TRUE(made) << hub::to_text(found);
  const auto body = body_of(change(R"("messages":[)" + text_message("wamid.2", R"("text":7)") + "]"));
  const auto again = made->normalize(body, received);
  ASSERT_FALSE(again.has_value());
  EXPECT_THAT(again.error().what, HasSubstr("messages.text"));
  const auto taken =
      made->receive(signed_request(body, "sha256=" + hub::to_hex(hub::hmac_sha256(app_secret.reveal(), body))), received);
  EXPECT_EQ(taken.verdict, verdict::accepted);
  EXPECT_EQ(taken.events.size(), 1u);
}

TEST(whatsapp_batch, refuses_only_the_change_of_another_number) {
  const auto events = read(body_of(change(R"("messages":[)" + text_message("wamid.1") + "]", "messages", "5") + "," +
                                   change(R"("messages":[)" + text_message("wamid.2") + "]")));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<hub::message::unparsed>(events[0].data));
  EXPECT_TRUE(std::holds_alternative<hub::message::chat_message>(events[1].data));
}

TEST(whatsapp_batch, refuses_bodies_that_are_none_and_those_without_end) {
  for (const std::string body : {"", "[]", "{}", R"({"object":"page","entry":[]})", R"({"object":"whatsapp_business_account"})",
                                 "{\"object\":\"\xED\xA0\x80\"}"})
    EXPECT_FALSE(whatsapp::normalize(context(), ours, body, received).has_value()) << body;
  std::string many = "1";
  for (int i = 0; i < 6000; ++i) many += ",1";
  EXPECT_FALSE(whatsapp::normalize(context(), ours, body_of(change(R"("messages":[)" + many + "]")), received).has_value());
  EXPECT_EQ(messages("7,{},null,[]").size(), 4u);
  EXPECT_EQ(
      messages(text_message("wamid.big", R"("text":{"body":)" + std::string("[\"") + std::string(900'000, 'a') + "\"]}")).size(),
      1u);
}

TEST(whatsapp_person, is_known_by_all_that_the_payload_says_the_scoped_id_first) {
  const auto both = read(sample("text_parent_bsuid.json")).at(0);
  const auto& who = std::get<hub::message::chat_message>(both.data).sender.identities;
  ASSERT_EQ(who.size(), 3u);
  EXPECT_EQ(who[0].id, "UA.9900112233445566778");
  EXPECT_EQ(who[1].space, "fingerprint");
  EXPECT_EQ(who[1].id, hub::fingerprint(context().fingerprint_key, "+380000000001"));
  EXPECT_EQ(who[2].id, "UA.ENT.7700112233445566");
  EXPECT_EQ(both.conversation, "whatsapp:main:UA.9900112233445566778");
  const auto bare = messages(text_message("wamid.1")).at(0);
  EXPECT_EQ(bare.conversation, "whatsapp:main:" + who[1].id);
  EXPECT_EQ(hub::unseal(context().seal_key, std::get<hub::message::chat_message>(bare.data).sender.reply_address).value(),
            "+380000000001");
  const auto hidden = read(sample("text_bsuid_only.json")).at(0);
  EXPECT_EQ(std::get<hub::message::chat_message>(hidden.data).sender.reply_address, "");
}

/// Every run of base64 in `text`, decoded at each of the four offsets a longer run may start at.
std::string decoded_runs(const std::string& text) {
  std::string all, run;
  const auto take = [&] {
    for (std::size_t skip = 0; skip < 4 && run.size() > skip + 8; ++skip) {
      auto part = run.substr(skip);
      part.resize(part.size() / 4 * 4);
      if (const auto plain = hub::from_base64url(part)) all += *plain + "\n";
    }
    run.clear();
  };
  for (const char c : text + "\"") {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_')
      run += c;
    else if (c == '+' || c == '/')
      run += c == '+' ? '-' : '_';
    else
      take();
  }
  return all;
}

TEST(whatsapp_privacy, lets_no_number_of_a_structured_field_out_plain_or_in_base64) {
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    const auto d = "380" + std::to_string(100'000'000 + random() % 899'999'999);
    const auto wamid = "wamid." + hub::to_base64url("\x1d\x18\x0c" + d + "\x15\x02");
    const std::string forms[] = {d,
                                 "+" + d,
                                 "00" + d,
                                 "+" + d.substr(0, 3) + " " + d.substr(3, 2) + " " + d.substr(5),
                                 "+" + d.substr(0, 3) + "-" + d.substr(3, 2) + "-" + d.substr(5),
                                 d.substr(0, 3) + "." + d.substr(3),
                                 "+380 (" + d.substr(3, 2) + ") " + d.substr(5),
                                 d.substr(0, 6) + " " + d.substr(6),
                                 d.substr(0, 6) + "/" + d.substr(6),
                                 wamid,
                                 d + "@c.example",
                                 "tel:+" + d};
    for (const auto& n : forms) {
      const auto j = "\"" + n + "\"";
      const auto head = R"("from":)" + j + R"(,"from_user_id":)" + j + R"(,"from_parent_user_id":)" + j + R"(,"group_id":)" + j +
                        R"(,"context":{"from":)" + j + R"(,"id":)" + j + R"(},"timestamp":"1794996005","id":")" + wamid +
                        R"(","referral":{"source_url":"https://x.example/)" + n + R"(","source_id":)" + j + R"(,"source_type":)" +
                        j + R"(,"headline":)" + j + R"(,"body":)" + j + R"(,"ctwa_clid":)" + j + "}";
      std::string list;
      for (const auto& tail : {
               R"("type":"text","text":{"body":"hi"})" + std::string(),
               R"("type":"document","document":{"id":"1","filename":)" + j + R"(,"mime_type":)" + j + R"(,"url":)" + j + "}",
               R"("type":"location","location":{"latitude":1,"longitude":2,"name":)" + j + R"(,"address":)" + j + R"(,"url":)" +
                   j + "}",
               R"("type":"contacts","contacts":[{"name":{"formatted_name":)" + j + R"(},"phones":[{"phone":)" + j +
                   R"(,"wa_id":)" + j + R"(}],"vcard":)" + j + R"(},{"name":{"first_name":)" + j + R"(,"last_name":)" + j + "}}]",
               R"("type":"interactive","interactive":{"button_reply":{"id":)" + j + R"(,"title":)" + j + "}}",
               R"("type":"interactive","interactive":{"nfm_reply":{"name":)" + j + R"(,"body":)" + j + "}}",
               R"("type":"button","button":{"payload":)" + j + R"(,"text":)" + j + "}",
               R"("type":"order","order":{"catalog_id":)" + j + R"(,"product_items":[{"product_retailer_id":)" + j +
                   R"(,"quantity":)" + j + R"(,"item_price":)" + d + R"(,"currency":)" + j + "}]}",
               R"("type":"reaction","reaction":{"message_id":")" + wamid + R"(","emoji":)" + j + "}",
               R"("type":"system","system":{"type":"user_changed_number","body":)" + j + R"(,"wa_id":)" + j + "}",
               R"("type":"system","system":{"type":"other","body":)" + j + "}",
               R"("type":)" + j,
               R"("type":"text","text":)" + j,
           })
        list += (list.empty() ? "{" : ",{") + head + "," + tail + "}";
      const auto contacts = R"("contacts":[{"wa_id":)" + j + R"(,"user_id":)" + j + R"(,"profile":{"name":)" + j + "}}],";
      const auto events =
          read(body_of(change(contacts + R"("messages":[)" + list + R"(],"statuses":[{"id":")" + wamid +
                              R"(","status":"failed","timestamp":1794996005,"recipient_id":)" + j + R"(,"errors":[{"code":)" + d +
                              R"(,"title":)" + j + R"(,"error_data":{"details":)" + j + "}}]}]") +
                       "," +
                       change(R"("user_id_update":[{"wa_id":)" + j + R"(,"timestamp":1794996005,"user_id":{"previous":)" + j +
                                  R"(,"current":"UA.1"}}])",
                              "user_id_update")));
      ASSERT_EQ(events.size(), 15u) << n;
      for (const auto& e : events) {
        const auto encoded = hub::message::encode(e);
        std::string digits;
        for (const char c : encoded)
          if (c >= '0' && c <= '9') digits += c;
        ASSERT_THAT(encoded, Not(HasSubstr(n))) << n;
        ASSERT_THAT(digits, Not(HasSubstr(d))) << n << "\n" << encoded;
        ASSERT_THAT(decoded_runs(encoded), Not(HasSubstr(d))) << n << "\n" << encoded;
      }
    }
  }
}

TEST(whatsapp_media, uses_the_callbacks_address_for_five_minutes_and_then_the_id) {
  auto with = account_settings();
  const auto reference = whatsapp::seal_place(context(), {"1900", "https://lookaside.fbsbx.com/a?mid=1", sent});
  const auto early = whatsapp::source_of(context(), with, reference, sent + 1min).value();
  EXPECT_EQ(early.url, "https://lookaside.fbsbx.com/a?mid=1");
  EXPECT_EQ(*early.head.find("Authorization"), "Bearer access-fixture");
  EXPECT_TRUE(early.fleeting);
  EXPECT_FALSE(early.next);
  const auto late = whatsapp::source_of(context(), with, reference, sent + 6min).value();
  EXPECT_EQ(late.url, "https://graph.facebook.com/v26.0/1900?phone_number_id=108888000000001");
  EXPECT_EQ(late.expires_at, sent + 168h);
  ASSERT_TRUE(late.next);
  EXPECT_FALSE(late.next(sample("api/response_media_url.json")).has_value()) << "a host that is not allowed";
  EXPECT_FALSE(late.next("<html>").has_value());
  with.media_hosts = {"lookaside.meta.example"};
  const auto found =
      whatsapp::source_of(context(), with, reference, sent + 6min).value().next(sample("api/response_media_url.json"));
  EXPECT_THAT(found.value().url, HasSubstr("mid=1900000000000011"));
  EXPECT_EQ(whatsapp::source_of(context(), with, reference, sent + 1min).value().url, late.url) << "never a foreign host";
  auto other = context();
  other.account = "other";
  EXPECT_FALSE(whatsapp::source_of(other, with, reference, sent).has_value());
}

TEST(whatsapp_registration, tells_the_operator_where_to_put_what_and_shows_no_secret) {
  std::string all;
  for (const auto& line : whatsapp::registration_lines(context(), account_settings())) all += line + "\n";
  for (const auto* part : {"https://hub.avto.example/webhooks/whatsapp/main", "HUB__CONNECTORS__WHATSAPP__MAIN__VERIFY_TOKEN",
                           "messages, smb_message_echoes, user_id_update", "/subscribed_apps"})
    EXPECT_THAT(all, HasSubstr(part));
  EXPECT_THAT(all, Not(HasSubstr("fixture")));
}

}  // namespace
