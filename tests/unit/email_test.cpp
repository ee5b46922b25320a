// The mail parser: every mail of tests/unit/email against what is recorded beside it (UPDATE_CONTRACT=1 records anew; what it
// wrote is read by eye before it is kept), and who is believed, what is hostile, what may not leave.

#include "connectors/email/automatic.hpp"
#include "connectors/email/charset.hpp"
#include "connectors/email/content.hpp"
#include "connectors/email/html_text.hpp"
#include "connectors/email/normalize.hpp"
#include "connectors/email/quotes.hpp"
#include "connectors/email/sender.hpp"
#include "connectors/email/threading.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace {

namespace fs = std::filesystem;
using namespace connectors;
using hub::message::chat_message;
using hub::message::content_type;
using testing::HasSubstr;
using testing::Not;

const fs::path cases = fs::path(LEADYARD_SOURCE_DIR) / "tests/unit/email";
const auto internal_date = hub::parse_rfc3339("2026-11-18T15:00:00Z").value();

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

account_context context() {
  hub::crypto_start();
  account_context c;
  c.channel = "email";
  c.account = "main";
  c.seal_key = hub::secret("seal key of the mail cases");
  c.fingerprint_key = hub::secret("fingerprint key of the mail cases");
  return c;
}

email::settings settings() {
  email::settings s;
  s.authserv_id = "mail.avto.example";
  s.addresses = {"support@avto.example", "sales@avto.example"};
  s.reply_key = hub::secret("reply key of the mail cases");
  return s;
}

hub::result<std::vector<hub::message::event>> parse(std::string_view raw) {
  return email::normalize(context(), settings(), raw, internal_date);
}

chat_message message_of(std::string_view raw) {
  const auto events = parse(raw);
  if (!events) ADD_FAILURE() << hub::to_text(events.error());
  if (!events || events->size() != 1 || !std::holds_alternative<chat_message>((*events)[0].data)) return {};
  return std::get<chat_message>((*events)[0].data);
}

/// A mail of one text part.
std::string mail(const std::string& more_headers, const std::string& text = "Good morning") {
  std::string made = more_headers;
  if (more_headers.find("From:") == std::string::npos) made += "From: Olena <olena@example.org>\r\n";
  if (more_headers.find("Message-ID:") == std::string::npos) made += "Message-ID: <one@example.org>\r\n";
  if (more_headers.find("Content-Type:") == std::string::npos) made += "Content-Type: text/plain; charset=utf-8\r\n";
  return made + "To: support@avto.example\r\n\r\n" + text + "\r\n";
}

/// Sealing is different each time, so what is inside stands for it.
std::string record(std::string_view raw) {
  const auto of = context();
  auto events = parse(raw);
  if (!events) return "refused: " + hub::to_text(events.error()) + "\n";
  std::string text = "[";
  for (auto& e : *events) {
    if (auto* m = std::get_if<chat_message>(&e.data)) {
      for (auto& a : m->attachments) a.reference = "sealed: " + open_sealed_media(of, a.reference).value().url;
      for (auto* sealed : {&m->sender.reply_address, &m->sealed_id})
        if (!sealed->empty()) *sealed = "sealed: " + hub::unseal(of.seal_key, *sealed).value();
    }
    text += text.size() == 1 ? "\n" : ",\n";
    text += hub::message::encode(e);
  }
  return text + (text.size() == 1 ? "]\n" : "\n]\n");
}

std::set<std::string> names_with(const std::string& ending) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(cases)) {
    const auto name = entry.path().filename().string();
    if (name.ends_with(ending)) names.insert(name.substr(0, name.size() - ending.size()));
  }
  return names;
}

TEST(email, makes_of_every_recorded_mail_what_is_written_beside_it) {
  for (const auto& name : names_with(".eml")) {
    const auto got = record(read_file(cases / (name + ".eml")));
    const auto expected = cases / (name + ".expected.json");
    if (std::getenv("UPDATE_CONTRACT")) std::ofstream(expected, std::ios::binary) << got;
    EXPECT_EQ(got, read_file(expected)) << name;
  }
}

TEST(email, has_a_result_for_every_mail_and_a_mail_for_every_result) {
  EXPECT_EQ(names_with(".eml"), names_with(".expected.json"));
  EXPECT_GE(names_with(".eml").size(), 22u);
}

TEST(email, makes_events_that_survive_the_broker) {
  for (const auto& name : names_with(".eml")) {
    const auto events = parse(read_file(cases / (name + ".eml")));
    if (!events) continue;
    for (const auto& e : *events) {
      const auto back = hub::message::decode(hub::message::encode(e));
      ASSERT_EQ(back.size(), 1u) << name;
      ASSERT_TRUE(back[0].value.has_value()) << name << hub::to_text(back[0].value.error());
      EXPECT_EQ(*back[0].value, e) << name;
      EXPECT_TRUE(e.key.starts_with("email:main:")) << e.key;
      EXPECT_TRUE(e.conversation.starts_with("email:main:")) << e.conversation;
    }
  }
}

}  // namespace
