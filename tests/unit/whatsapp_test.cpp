// The WhatsApp connector beyond its recorded cases: verification, signatures, whole batches, numbers, media.

#include "connectors/whatsapp/whatsapp.hpp"
#include "config/node.hpp"
#include "connectors/body.hpp"
#include "connectors/connector.hpp"
#include "connectors/whatsapp/normalize.hpp"
#include "connectors/whatsapp/people.hpp"
#include "hub/base/crypto.hpp"
#include "hub/ctl/files.hpp"
#include "hub/message/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <random>
#include <set>

namespace {

using namespace std::chrono_literals;
using boost::json::array;
using boost::json::object;
using hub::message::chat_message;
using hub::message::event;

constexpr const char* number_id = "108888000000001";
const hub::instant received_at(1'795'000'000'000ms);

struct fixed_clock : hub::clock {
  hub::instant at{};
  hub::instant now() const override { return at; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
};

class whatsapp : public testing::Test {
 protected:
  void SetUp() override {
    hub::crypto_start();
    const auto parsed = config::parse_yaml_file(LEADYARD_SOURCE_DIR "/tests/contract/whatsapp/account.yaml");
    hub::problems found;
    made_ = connectors::whatsapp::kind().make(context(), parsed.root, found);
    ASSERT_TRUE(made_) << hub::to_text(found);
  }
  connectors::account_context context() {
    connectors::account_context c;
    c.channel = "whatsapp";
    c.account = "main";
    c.seal_key = hub::secret("seal");
    c.fingerprint_key = hub::secret("fingerprint");
    c.public_url = "https://hub.avto.example";
    c.clock = &clock_;
    return c;
  }
  std::vector<event> read(const object& body) {
    auto events = connectors::whatsapp::normalize(context(), number_id, boost::json::serialize(body), received_at);
    EXPECT_TRUE(events.has_value());
    return events ? *events : std::vector<event>{};
  }
  static object envelope(array changes) {
    return {{"object", "whatsapp_business_account"}, {"entry", array{object{{"id", "1"}, {"changes", std::move(changes)}}}}};
  }
  static object change(object value) {
    value["metadata"] = object{{"phone_number_id", number_id}, {"display_phone_number", "380000000100"}};
    return {{"field", "messages"}, {"value", std::move(value)}};
  }
  static object text(const std::string& id, const std::string& body) {
    return {
        {"from", "380000000001"}, {"id", id}, {"timestamp", "1794996005"}, {"type", "text"}, {"text", object{{"body", body}}}};
  }

  fixed_clock clock_;
  std::unique_ptr<connectors::connector> made_;
};

TEST_F(whatsapp, answers_metas_question_with_its_challenge_only_for_our_token) {
  hub::http::request ask;
  ask.method = "GET";
  ask.query = {{"hub.mode", "subscribe"}, {"hub.verify_token", "a verify token"}, {"hub.challenge", "1158201444"}};
  const auto good = made_->receive(ask, received_at);
  EXPECT_EQ(good.verdict, connectors::verdict::accepted);
  EXPECT_EQ(good.answer, "1158201444");
  EXPECT_EQ(good.answer_type, "text/plain");
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {"hub.mode", "unsubscribe"}, {"hub.verify_token", "another"}, {"hub.challenge", ""}, {"hub.challenge ", ""}}) {
    auto bad = ask;
    bad.query[name] = value;
    if (name == "hub.challenge ") bad.query["hub.challenge"] = std::string(5000, 'x');
    EXPECT_EQ(made_->receive(bad, received_at).verdict, connectors::verdict::forged) << name;
  }
}

TEST_F(whatsapp, believes_only_what_the_app_secret_signed) {
  const hub::secret secret("0123456789abcdef0123456789abcdef");
  hub::http::request given;
  given.method = "POST";
  for (const auto& [file, signature] : std::map<std::string, std::string>{
           {"text.json", "511bed3a87ec8ea0cafcea2744fe332ee112b7d092dae191870cd8d300e8efc3"},
           {"text_escaped_unicode.json", "6dff9a77cbaa8e50f4e6767e8720027d3932674c12ed8be045040f8761172739"}}) {
    given.body = hub::ctl::read_file(LEADYARD_SOURCE_DIR "/tests/contract/whatsapp/" + file);
    given.head = {};
    EXPECT_FALSE(connectors::whatsapp::is_authentic(given, secret));
    given.head.set("X-Hub-Signature-256", "sha256=" + signature);
    EXPECT_TRUE(connectors::whatsapp::is_authentic(given, secret)) << file;
    EXPECT_FALSE(connectors::whatsapp::is_authentic(given, hub::secret("another")));
    EXPECT_FALSE(connectors::whatsapp::is_authentic(given, hub::secret()));
    given.head.set("X-Hub-Signature-256", signature);
    EXPECT_FALSE(connectors::whatsapp::is_authentic(given, secret)) << "without its prefix";
    given.head.set("X-Hub-Signature-256", "sha256=" + signature);
    given.body += " ";
    EXPECT_FALSE(connectors::whatsapp::is_authentic(given, secret)) << "raw bytes";
  }
}

TEST_F(whatsapp, reads_every_element_of_a_batch_and_sets_bad_ones_apart) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const auto entries = 1 + random() % 4, changes = 1 + random() % 4, elements = 1 + random() % 5;
    std::size_t bad = 0, token = 0;
    array list;
    std::vector<std::string> wanted;
    for (std::size_t e = 0; e < entries; ++e) {
      array of_entry;
      for (std::size_t c = 0; c < changes; ++c) {
        array messages, statuses;
        for (std::size_t m = 0; m < elements; ++m) {
          const auto id = "wamid." + std::to_string(round) + "." + std::to_string(++token);
          if (random() % 5 == 0) {
            ++bad;
            messages.push_back(object{{"id", id}, {"type", "text"}, {"n", token}});
          } else {
            messages.push_back(text(id, "so " + id));
            wanted.push_back("so " + id);
          }
          statuses.push_back(
              object{{"id", id}, {"status", "read"}, {"timestamp", "1794996005"}, {"recipient_id", "380000000001"}});
        }
        of_entry.push_back(change({{"messages", messages}, {"statuses", statuses}}));
      }
      list.push_back(object{{"id", e}, {"changes", of_entry}});
    }
    const auto events = read({{"object", "whatsapp_business_account"}, {"entry", list}});
    ASSERT_EQ(events.size(), 2 * entries * changes * elements);
    std::set<std::string> keys;
    std::vector<std::string> said;
    std::size_t apart = 0;
    for (const auto& e : events) {
      EXPECT_TRUE(keys.insert(e.key).second) << e.key;
      if (const auto* m = std::get_if<chat_message>(&e.data)) said.push_back(m->text);
      apart += std::holds_alternative<hub::message::unparsed>(e.data);
    }
    EXPECT_EQ(said, wanted) << "in the order of the batch";
    EXPECT_EQ(apart, bad);
  }
}

TEST_F(whatsapp, an_element_that_was_set_apart_is_read_alone_once_it_can_be) {
  auto broken = text("wamid.1", "чекало");
  broken["timestamp"] = "soon";
  const auto events = read(envelope({change({{"messages", array{text("wamid.0", "a"), broken, text("wamid.2", "b")}}})}));
  ASSERT_EQ(events.size(), 3u);
  const auto sealed = std::get<hub::message::unparsed>(events[1].data).sealed;
  auto body = hub::unseal(hub::secret("seal"), sealed).value();
  const auto again = connectors::whatsapp::normalize(context(), number_id, body, received_at);
  ASSERT_EQ(again->size(), 1u);
  EXPECT_EQ(again->front().key, events[1].key) << "as long as it cannot be read, it is the same entry of quarantine";
  body.replace(body.find("soon"), 4, "1794996005");
  const auto mended = connectors::whatsapp::normalize(context(), number_id, body, received_at);
  ASSERT_EQ(mended->size(), 1u);
  EXPECT_EQ(std::get<chat_message>(mended->front().data).text, "чекало");
}

TEST_F(whatsapp, lets_no_number_of_a_structured_field_through) {
  std::mt19937 random(11);
  for (int n = 0; n < 200; ++n) {
    const auto digits = "3800" + std::to_string(10'000'000 + random() % 89'999'999);
    const std::vector<std::string> forms{digits, "+" + digits, "+380 00 " + digits.substr(5), "00" + digits,
                                         "(" + digits.substr(0, 3) + ") " + digits.substr(3)};
    const auto& form = forms[random() % forms.size()];
    std::string raw = std::string("HRgM") + digits;
    const auto wamid = "wamid." + hub::to_base64url(raw);
    auto said = text(wamid, "текст");
    said["from"] = digits;
    said["context"] = object{{"from", digits}, {"id", wamid + "x"}};
    said["referral"] = object{{"source_type", form}, {"headline", form}, {"body", form}};
    object card{{"name", object{{"formatted_name", form}}},
                {"phones", array{object{{"phone", form}, {"wa_id", digits}}}},
                {"vcard", form}};
    object status{{"id", wamid},
                  {"status", "failed"},
                  {"timestamp", "1794996005"},
                  {"recipient_id", digits},
                  {"errors", array{object{{"code", 1}, {"title", "to " + form}, {"error_data", object{{"details", form}}}}}}};
    object system = said, contacts = said, place = said, file = said, wrong = said;
    system["type"] = "system";
    system["system"] = object{{"type", "user_changed_number"}, {"body", "from " + form}, {"wa_id", digits}};
    contacts["type"] = "contacts";
    contacts["contacts"] = array{card, card};
    place["type"] = "location";
    place["location"] = object{{"latitude", 50.1}, {"longitude", 30.1}, {"name", form}, {"address", form}};
    file["type"] = "sticker";
    file["sticker"] = object{{"id", "1900"}, {"sha256", "x"}};
    wrong["timestamp"] = digits;
    const object profile{{"wa_id", digits}, {"profile", object{{"name", "Ім'я " + form}}}};
    const auto events = read(envelope({change({{"contacts", array{profile}},
                                               {"messages", array{said, system, contacts, place, file, wrong}},
                                               {"statuses", array{status}}})}));
    ASSERT_EQ(events.size(), 7u);
    for (const auto& e : events) {
      const auto encoded = hub::message::encode(e);
      EXPECT_THAT(encoded, testing::Not(testing::HasSubstr(digits.substr(3)))) << form;
      EXPECT_THAT(encoded, testing::Not(testing::HasSubstr(digits.substr(5)))) << form;
      EXPECT_THAT(encoded, testing::Not(testing::HasSubstr(hub::to_base64url(raw).substr(4, 12))));
    }
  }
}

TEST_F(whatsapp, the_number_and_the_user_id_of_one_person_stand_together) {
  auto said = text("wamid.1", "x");
  said["from_user_id"] = "UA.77";
  const auto events = read(envelope({change({{"messages", array{said}}})}));
  const auto& who = hub::message::identities_of(events.at(0));
  ASSERT_EQ(who.size(), 2u);
  EXPECT_EQ(who[0], (hub::message::identity{"whatsapp", "main", "UA.77"}));
  EXPECT_EQ(who[1], (hub::message::identity{"fingerprint", "", hub::fingerprint(hub::secret("fingerprint"), "+380000000001")}));
  EXPECT_EQ(hub::unseal(hub::secret("seal"), std::get<chat_message>(events[0].data).sender.reply_address).value(),
            "+380000000001");
}

TEST_F(whatsapp, fetches_media_by_its_link_while_it_lives_and_by_its_id_afterwards) {
  auto photo = text("wamid.1", "");
  photo["type"] = "image";
  photo["image"] = object{{"id", "1900"}, {"url", "https://lookaside.meta.example/x?mid=1900"}};
  const auto events = read(envelope({change({{"messages", array{photo}}})}));
  const auto reference = std::get<chat_message>(events.at(0).data).attachments.at(0).reference;
  const auto sent = events[0].time;

  clock_.at = sent + 4min;
  auto source = made_->open_media(reference).value();
  EXPECT_EQ(source.url, "https://lookaside.meta.example/x?mid=1900");
  EXPECT_FALSE(source.next);
  EXPECT_EQ(*source.head.find("Authorization"), "Bearer an access token");

  clock_.at = sent + 5min;
  source = made_->open_media(reference).value();
  EXPECT_EQ(source.url, "https://graph.facebook.com/v26.0/1900?phone_number_id=108888000000001");
  EXPECT_EQ(source.expires_at, sent + 24h * 7);
  const auto there = source.next(R"({"url":"https://lookaside.meta.example/y","mime_type":"image/jpeg"})");
  ASSERT_TRUE(there.has_value());
  EXPECT_EQ(there->url, "https://lookaside.meta.example/y");
  EXPECT_EQ(*there->head.find("Authorization"), "Bearer an access token");
  EXPECT_FALSE(source.next(R"({"url":"https://elsewhere.example/y"})").has_value()) << "the token goes to no other host";
  EXPECT_FALSE(source.next(R"({"error":{"code":190}})").has_value());
  EXPECT_FALSE(source.next("<html>").has_value());
}

TEST_F(whatsapp, opens_no_link_to_another_host) {
  auto photo = text("wamid.1", "");
  photo["type"] = "image";
  photo["image"] = object{{"id", "1900"}, {"url", "https://elsewhere.example/x"}};
  const auto events = read(envelope({change({{"messages", array{photo}}})}));
  clock_.at = events.at(0).time;
  EXPECT_FALSE(made_->open_media(std::get<chat_message>(events[0].data).attachments.at(0).reference).has_value());
}

}  // namespace
