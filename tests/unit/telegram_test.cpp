// The Telegram connector beyond its recorded cases: who is believed, what answers of getUpdates mean, files, numbers.

#include "connectors/telegram/telegram.hpp"
#include "config/node.hpp"
#include "connectors/telegram/normalize.hpp"
#include "connectors/telegram/polling.hpp"
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
using connectors::telegram::missing_before;
using connectors::telegram::read_updates;
using hub::message::chat_message;
using testing::HasSubstr;

const hub::instant received_at(1'795'100'000'000ms);

std::string api_sample(const std::string& name) {
  return hub::ctl::read_file(LEADYARD_SOURCE_DIR "/tests/contract/telegram/api/" + name);
}

class telegram : public testing::Test {
 protected:
  void SetUp() override {
    hub::crypto_start();
    made_ = make(LEADYARD_SOURCE_DIR "/tests/contract/telegram/account.yaml");
    ASSERT_TRUE(made_) << hub::to_text(found_);
  }
  std::unique_ptr<connectors::connector> make(const std::string& file) {
    found_.clear();
    return connectors::telegram::kind().make(context(), config::parse_yaml_file(file).root, found_);
  }
  static connectors::account_context context() {
    connectors::account_context c;
    c.channel = "telegram";
    c.account = "main";
    c.seal_key = hub::secret("seal");
    c.fingerprint_key = hub::secret("fingerprint");
    c.public_url = "https://hub.avto.example";
    c.clock = &hub::real_clock();
    return c;
  }
  static object user() { return {{"id", 7000000001}, {"first_name", "Андрій"}, {"language_code", "uk"}}; }
  static object message(object more) {
    object made{
        {"message_id", 5}, {"date", 1795003201}, {"from", user()}, {"chat", object{{"id", 7000000001}, {"type", "private"}}}};
    for (auto& [name, value] : more) made[name] = value;
    return {{"update_id", 1}, {"message", made}};
  }
  static std::vector<hub::message::event> read(const object& update) {
    const auto events = connectors::telegram::normalize(context(), boost::json::serialize(update), received_at);
    EXPECT_TRUE(events.has_value()) << hub::to_text(events.error());
    return events ? *events : std::vector<hub::message::event>{};
  }

  hub::problems found_;
  std::unique_ptr<connectors::connector> made_;
};

TEST_F(telegram, believes_only_who_shows_the_secret_token_once) {
  hub::http::request given;
  given.method = "POST";
  given.body = R"({"update_id":1})";
  EXPECT_EQ(made_->receive(given, received_at).verdict, connectors::verdict::forged);
  given.head.set("X-Telegram-Bot-Api-Secret-Token", "a-secret_toke");
  EXPECT_EQ(made_->receive(given, received_at).verdict, connectors::verdict::forged);
  given.head.set("X-Telegram-Bot-Api-Secret-Token", "a-secret_token");
  const auto got = made_->receive(given, received_at);
  EXPECT_EQ(got.verdict, connectors::verdict::accepted);
  EXPECT_EQ(got.answer, "") << "a body would be carried out as a call";
  EXPECT_FALSE(connectors::telegram::is_authentic(given, hub::secret()));
}

TEST_F(telegram, reads_every_update_of_an_answer_in_the_order_of_their_numbers) {
  const auto got = read_updates(200, api_sample("getupdates_response_batch.json"));
  EXPECT_FALSE(got.failed);
  ASSERT_GE(got.updates.size(), 2u);
  for (std::size_t i = 1; i < got.updates.size(); ++i) EXPECT_LT(got.updates[i - 1].id, got.updates[i].id);
  for (const auto& one : got.updates) EXPECT_TRUE(connectors::telegram::normalize(context(), one.body, received_at).has_value());
  const auto empty = read_updates(200, api_sample("getupdates_response_empty.json"));
  EXPECT_FALSE(empty.failed);
  EXPECT_TRUE(empty.updates.empty());
}

TEST_F(telegram, says_what_an_answer_means_and_how_patient_to_be) {
  const auto means = [](int status, const std::string& body) { return read_updates(status, body); };
  EXPECT_THAT(means(409, api_sample("error_409_webhook_active.json")).trouble, HasSubstr("register"));
  EXPECT_THAT(means(409, api_sample("error_409_other_getupdates.json")).trouble, HasSubstr("somebody else"));
  EXPECT_THAT(means(401, api_sample("error_401.json")).trouble, HasSubstr("bot_token"));
  EXPECT_GE(means(404, api_sample("error_404_bad_token.json")).at_least, 60s);
  const auto busy = means(429, api_sample("error_429_retry_after.json"));
  EXPECT_TRUE(busy.failed);
  EXPECT_GT(busy.at_least, 0s);
  EXPECT_LE(means(429, R"({"ok":false,"error_code":429,"parameters":{"retry_after":99999999}})").at_least, 1h);
  for (const std::string body : {"", "<html>", "[]", "{}", R"({"ok":true})", R"({"ok":false})"})
    EXPECT_TRUE(means(502, body).failed) << body;
}

TEST_F(telegram, sets_apart_what_an_answer_lists_without_a_number) {
  const auto got = read_updates(200, R"({"ok":true,"result":[{"message":{}},{"update_id":7},5]})");
  EXPECT_FALSE(got.failed);
  ASSERT_EQ(got.updates.size(), 1u);
  EXPECT_EQ(got.updates[0].id, 7u);
  EXPECT_THAT(got.unnumbered, testing::ElementsAre(R"({"message":{}})", "5"));
}

TEST_F(telegram, counts_updates_that_never_came_and_no_new_beginning) {
  EXPECT_EQ(missing_before(0, 880000101), 0u) << "the first ever";
  EXPECT_EQ(missing_before(5, 5), 0u);
  EXPECT_EQ(missing_before(5, 8), 3u);
  EXPECT_EQ(missing_before(880000101, 12), 0u) << "a lower number after a week of silence";
  EXPECT_EQ(missing_before(12, 880000101), 0u) << "a higher one";
}

TEST_F(telegram, fetches_a_file_where_getfile_says_and_nowhere_else) {
  const auto events = read(message({{"document", object{{"file_id", "BQAC"}, {"file_size", 20 << 20}}}}));
  const auto reference = std::get<chat_message>(events.at(0).data).attachments.at(0).reference;
  const auto source = made_->open_media(reference).value();
  EXPECT_EQ(source.url, "https://api.telegram.org/bot8100000001:FIXTURE-bot_token/getFile?file_id=BQAC");
  EXPECT_EQ(source.next(api_sample("response_getfile.json")).value().url.find("https://api.telegram.org/file/bot8100000001:"),
            0u);
  for (const std::string path : {"/var/lib/x.jpg", "../x", "a/../../b", "photos/x?y", "", "a b"})
    EXPECT_FALSE(source.next(R"({"ok":true,"result":{"file_path":")" + path + "\"}}").has_value()) << path;
  EXPECT_FALSE(source.next(api_sample("response_getfile_local_server.json")).has_value());
  EXPECT_FALSE(source.next("<html>").has_value());
  const auto large = read(message({{"document", object{{"file_id", "BQAC"}, {"file_size", (20 << 20) + 1}}}}));
  const auto refused = made_->open_media(std::get<chat_message>(large.at(0).data).attachments.at(0).reference);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().where, "size");
}

TEST_F(telegram, lets_no_number_of_a_structured_field_through) {
  std::mt19937 random(3);
  for (int n = 0; n < 200; ++n) {
    const auto digits = "38000" + std::to_string(1'000'000 + random() % 8'999'999);
    const std::vector<std::string> forms{digits, "+" + digits, "+380 00 " + digits.substr(5),
                                         "(" + digits.substr(0, 3) + ") " + digits.substr(3)};
    const auto& form = forms[random() % forms.size()];
    auto named = user();
    named["first_name"] = "Я " + form;
    const std::vector<object> updates{
        message(
            {{"from", named}, {"chat", object{{"id", 7000000001}, {"type", "private"}, {"first_name", form}}}, {"text", "так"}}),
        message({{"contact", object{{"phone_number", digits}, {"first_name", form}, {"user_id", 7000000001}, {"vcard", form}}}}),
        message({{"contact", object{{"phone_number", digits}, {"first_name", "Сусід"}, {"last_name", form}, {"user_id", 8}}}}),
        message(
            {{"venue", object{{"location", object{{"latitude", 1.5}, {"longitude", 2.5}}}, {"title", form}, {"address", form}}}}),
        message({{"text", "/start " + form}}),
        message({{"chat", object{{"id", -100299}, {"type", "group"}, {"title", form}}}, {"from", named}, {"text", "так"}})};
    for (const auto& update : updates)
      for (const auto& e : read(update))
        EXPECT_EQ(hub::message::encode(e).find(digits.substr(5)), std::string::npos) << form << "\n" << hub::message::encode(e);
  }
}

TEST_F(telegram, only_ones_own_number_says_who_somebody_is) {
  const auto mine = read(message({{"contact", object{{"phone_number", "+380 00 000 00 11"}, {"user_id", 7000000001}}}}));
  const auto& known = hub::message::identities_of(mine.at(0));
  ASSERT_EQ(known.size(), 2u);
  EXPECT_EQ(known[1].id, hub::fingerprint(hub::secret("fingerprint"), "+380000000011"));
  const object card{{"phone_number", "+380000000011"}, {"user_id", 7000000001}};
  const auto in_group =
      read(message({{"chat", object{{"id", -100299}, {"type", "group"}, {"title", "Гараж"}}}, {"contact", card}}));
  EXPECT_EQ(hub::message::identities_of(in_group.at(0)).size(), 1u) << "a member's card says nothing of the group";
  for (const std::int64_t customer : {11, 12}) {
    const auto colleague = read({{"update_id", 1},
                                 {"business_message", object{{"message_id", 5},
                                                             {"date", 1795003201},
                                                             {"from", user()},
                                                             {"business_connection_id", "c"},
                                                             {"chat", object{{"id", customer}, {"type", "private"}}},
                                                             {"contact", card}}}});
    EXPECT_EQ(hub::message::identities_of(colleague.at(0)).size(), 1u) << "a colleague's card says nothing of the customer";
    EXPECT_EQ(std::get<chat_message>(colleague.at(0).data).sender.language, "") << "nor does their language";
  }
  const auto anothers = read(message({{"contact", object{{"phone_number", "+380000000011"}, {"user_id", 8}}}}));
  EXPECT_EQ(hub::message::identities_of(anothers.at(0)).size(), 1u);
}

TEST_F(telegram, a_business_accounts_chat_is_another_than_the_bots_with_the_same_numbers) {
  const auto of = [](const char* connection) {
    object said{{"message_id", 5},
                {"date", 1795003201},
                {"from", user()},
                {"chat", object{{"id", 7000000001}, {"type", "private"}}},
                {"text", "x"}};
    if (*connection) said["business_connection_id"] = connection;
    said["reply_to_message"] = object{{"message_id", 4}, {"chat", object{{"id", 7000000001}, {"type", "private"}}}};
    return read({{"update_id", 1}, {*connection ? "business_message" : "message", said}}).at(0);
  };
  const auto bot = of(""), first = of("one"), second = of("two");
  EXPECT_EQ(std::set<std::string>({bot.key, first.key, second.key}).size(), 3u);
  const auto id_of = [](const hub::message::event& e) { return std::get<chat_message>(e.data).platform_id; };
  EXPECT_EQ(std::set<std::string>({id_of(bot), id_of(first), id_of(second)}).size(), 3u);
  EXPECT_EQ(bot.conversation, first.conversation) << "the same person";
  const auto deleted = read({{"update_id", 1},
                             {"deleted_business_messages", object{{"business_connection_id", "one"},
                                                                  {"chat", object{{"id", 7000000001}, {"type", "private"}}},
                                                                  {"message_ids", array{5}}}}});
  EXPECT_EQ(std::get<hub::message::message_deleted>(deleted.at(0).data).platform_id, id_of(first));
  EXPECT_NE(std::get<chat_message>(first.data).reply_to, std::get<chat_message>(bot.data).reply_to);
}

TEST_F(telegram, different_reactions_have_keys_of_their_own) {
  const auto react = [](std::int64_t by, const char* emoji) {
    return read({{"update_id", 1},
                 {"message_reaction", object{{"chat", object{{"id", -100299}, {"type", "group"}, {"title", "Гараж"}}},
                                             {"message_id", 7},
                                             {"date", 1795003201},
                                             {"user", object{{"id", by}}},
                                             {"new_reaction", array{object{{"type", "emoji"}, {"emoji", emoji}}}}}}})
        .at(0);
  };
  EXPECT_EQ(react(1, "🔥").key, react(1, "🔥").key);
  EXPECT_NE(react(1, "🔥").key, react(2, "🔥").key);
  EXPECT_NE(react(1, "🔥").key, react(1, "👍").key);
  EXPECT_THAT(react(1, "🔥").key, HasSubstr("-100299:7"));
}

TEST_F(telegram, refuses_settings_that_cannot_work) {
  const auto file = testing::TempDir() + "telegram.yaml";
  const auto problem_of = [&](const std::string& text) {
    hub::ctl::write_file(file, text, 0600);
    EXPECT_FALSE(make(file)) << text;
    return hub::to_text(found_);
  };
  EXPECT_THAT(problem_of("bot_token: \"1:a\"\n"), HasSubstr("secret_token"));
  EXPECT_THAT(problem_of("bot_token: \"1:a/../b\"\nsecret_token: x\n"), HasSubstr("bot_token"));
  EXPECT_THAT(problem_of("bot_token: \"1:a\"\nmode: polling\npoll_for: 60s\n"), HasSubstr("poll_for"));
  hub::ctl::write_file(file, "bot_token: \"1:a\"\nmode: polling\n", 0600);
  EXPECT_TRUE(make(file)) << hub::to_text(found_);
}

}  // namespace
