// Every connector of the registry against its recorded cases: tests/contract/<channel>/<case>.json, .eml, .form, .ami or .xml is
// what the platform sent, <case>.expected.json what the connector makes of it. UPDATE_CONTRACT=1 records anew; what it
// wrote is read by eye before it is kept.

#include "config/node.hpp"
#include "connectors/connector.hpp"
#include "connectors/telephony/form.hpp"
#include "hub/base/crypto.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"
#include "tests/support/recorded_cases.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

namespace {

using namespace test_support;
using connectors::reception_of;

const auto received_at = hub::parse_rfc3339("2026-11-18T12:00:00Z").value();

/// Those that sign nothing know the address.
void show_token(hub::http::request& request, const config::node& account) {
  request.params = {{"account", "main"}, {"token", account.find("token")->text}};
}

/// How a platform proves that a body is its own. One line per channel that is called.
using signer = std::function<void(hub::http::request&, const config::node& account)>;
const std::map<std::string, signer, std::less<>> signers{
    {"activity",
     [](hub::http::request& request, const config::node& account) {
       request.head.set("X-Leadyard-Signature", hub::to_hex(hub::hmac_sha256(account.find("secret")->text, request.body)));
     }},
    {"binotel", [](hub::http::request& request, const config::node& account) { show_token(request, account); }},
    {"ringostat", [](hub::http::request& request, const config::node& account) { show_token(request, account); }},
    {"twilio",
     [](hub::http::request& request, const config::node& account) {
       // The sorted fields, each once in these cases, behind the address.
       std::map<std::string, std::string> sorted;
       for (auto& [name, value] : connectors::telephony::parse_form(request.body).value()) sorted[name] = value;
       std::string text = "https://hub.avto.example/webhooks/twilio/main";
       for (const auto& [name, value] : sorted) text += name + value;
       request.head.set("X-Twilio-Signature", hub::to_base64(hub::hmac_sha1(account.find("auth_token")->text, text)));
     }},
    {"viber",
     [](hub::http::request& request, const config::node& account) {
       request.head.set("X-Viber-Content-Signature",
                        hub::to_hex(hub::hmac_sha256(account.find("auth_token")->text, request.body)));
     }},
    {"telegram",
     [](hub::http::request& request, const config::node& account) {
       request.head.set("X-Telegram-Bot-Api-Secret-Token", account.find("secret_token")->text);
     }},
    {"whatsapp",
     [](hub::http::request& request, const config::node& account) {
       request.head.set("X-Hub-Signature-256",
                        "sha256=" + hub::to_hex(hub::hmac_sha256(account.find("app_secret")->text, request.body)));
     }},
};

/// Channels whose events carry no files.
const std::set<std::string, std::less<>> without_media{"activity", "odata"};

/// Whether its platform calls with events; one that leads a dialogue has tests of its own.
bool is_called(connectors::connector& of) {
  const auto hooks = of.webhooks();
  return std::any_of(hooks.begin(), hooks.end(), [](const auto& hook) { return !hook.dialogue; });
}

std::string_view word(connectors::verdict v) {
  switch (v) {
    case connectors::verdict::accepted: return "accepted";
    case connectors::verdict::forged: return "forged";
    case connectors::verdict::unreadable: return "unreadable";
    case connectors::verdict::refused: return "refused";
  }
  return "";
}

/// Sealing is different each time, so what is inside stands for it.
void open_seals(hub::message::event& e, const hub::secret& key) {
  const auto open = [&](std::string& sealed) {
    if (!sealed.empty()) sealed = "sealed: " + hub::unseal(key, sealed).value();
  };
  std::visit(
      [&](auto& data) {
        if constexpr (requires { data.sender; }) open(data.sender.reply_address);
        if constexpr (requires { data.sealed_id; }) open(data.sealed_id);
        if constexpr (requires { data.sealed; }) open(data.sealed);
      },
      e.data);
}

/// What an event says is to be fetched.
std::vector<hub::message::attachment*> files_of(hub::message::event& e) {
  std::vector<hub::message::attachment*> files;
  if (auto* m = std::get_if<hub::message::chat_message>(&e.data))
    for (auto& a : m->attachments) files.push_back(&a);
  if (auto* call = std::get_if<hub::message::call_record>(&e.data); call && call->recording) files.push_back(&*call->recording);
  if (auto* car = std::get_if<hub::message::vehicle>(&e.data))
    for (auto& a : car->photos) files.push_back(&a);
  return files;
}

std::string record(connectors::connector& made, connectors::reception got) {
  std::string text = "{\n\"verdict\": \"" + std::string(word(got.verdict)) + "\",\n\"answer\": ";
  hub::message::append_json_string(text, got.answer);
  text += ",\n\"reason\": ";
  hub::message::append_json_string(text, got.reason);
  if (got.verdict == connectors::verdict::refused) {
    text += ",\n\"field\": ";
    hub::message::append_json_string(text, got.field);
  }
  text += ",\n\"events\": [";
  bool first = true;
  for (auto& e : got.events) {
    for (auto* a : files_of(e)) {
      const auto opened = made.open_media(a->reference);
      a->reference = "sealed: " + (opened ? opened->url + opened->body : hub::to_text(opened.error()));
    }
    open_seals(e, made.context().seal_key);
    text += first ? "\n" : ",\n";
    first = false;
    text += hub::message::encode(e);
  }
  return text + (first ? "]\n}\n" : "\n]\n}\n");
}

/// Calls `look` with every recorded case of every kind, and names it when something is wrong.
template <class F>
void for_each_case(F look) {
  for (const auto& kind : connectors::registry()) {
    const auto account = account_of(kind);
    for (const auto& name : recorded_cases(kind.channel)) {
      SCOPED_TRACE(std::string(kind.channel) + "/" + name);
      look(kind, account, name);
    }
  }
}

TEST(connectors, every_kind_has_recorded_cases_and_a_way_to_sign_them) {
  for (const auto& kind : connectors::registry()) {
    ASSERT_TRUE(std::filesystem::is_directory(cases_of(kind.channel))) << kind.channel << " has no folder under tests/contract";
    EXPECT_FALSE(recorded_cases(kind.channel).empty()) << kind.channel;
    EXPECT_EQ(signers.contains(kind.channel), is_called(*account_of(kind).connector)) << kind.channel;
    EXPECT_FALSE(kind.describe_settings().empty()) << kind.channel;
  }
}

TEST(connectors, every_folder_of_cases_belongs_to_a_kind) {
  for (const auto& entry : std::filesystem::directory_iterator(cases_of(""))) {
    if (!entry.is_directory()) continue;
    const auto name = entry.path().filename().string();
    EXPECT_TRUE(std::any_of(connectors::registry().begin(), connectors::registry().end(),
                            [&](const auto& kind) { return kind.channel == name; }))
        << name << " is read by no connector";
  }
}

TEST(connectors, make_of_every_recorded_case_what_is_written_beside_it) {
  for_each_case([](const connectors::connector_kind& kind, const recorded_account& account, const std::string& name) {
    hub::http::request request;
    request.method = "POST";
    request.body = bytes_of(cases_of(kind.channel) / name);
    const auto signer = signers.find(kind.channel);
    if (signer != signers.end()) signer->second(request, account.settings);
    // Who is not called fetches, and asks the parser alone.
    const auto got = record(*account.connector, signer != signers.end()
                                                    ? account.connector->receive(request, received_at)
                                                    : reception_of(account.connector->normalize(request.body, received_at)));
    const auto expected = expected_of(kind.channel, name);
    if (std::getenv("UPDATE_CONTRACT")) std::ofstream(expected, std::ios::binary) << got;
    EXPECT_EQ(got, bytes_of(expected));
  });
}

TEST(connectors, leave_no_recorded_result_without_its_case) {
  for (const auto& kind : connectors::registry()) {
    std::set<std::filesystem::path> wanted;
    for (const auto& name : recorded_cases(kind.channel)) wanted.insert(expected_of(kind.channel, name));
    EXPECT_EQ(wanted.size(), recorded_cases(kind.channel).size()) << "two cases, one result";
    for (const auto& entry : std::filesystem::directory_iterator(cases_of(kind.channel)))
      if (entry.path().string().ends_with(".expected.json")) {
        EXPECT_TRUE(wanted.contains(entry.path())) << entry.path();
      }
  }
}

TEST(connectors, make_events_that_survive_the_broker) {
  for_each_case([](const connectors::connector_kind& kind, const recorded_account& account, const std::string& name) {
    const auto events = account.connector->normalize(bytes_of(cases_of(kind.channel) / name), received_at);
    // What breaks a contract of ours is named so.
    ASSERT_EQ(events.has_value(), !name.starts_with("refused_"));
    if (!events) return;
    for (const auto& e : *events) {
      const auto back = hub::message::decode(hub::message::encode(e));
      ASSERT_EQ(back.size(), 1u);
      ASSERT_TRUE(back[0].value.has_value()) << hub::to_text(back[0].value.error());
      EXPECT_EQ(*back[0].value, e);
      EXPECT_TRUE(e.key.starts_with(std::string(kind.channel) + ":main:")) << e.key;
      // What keeps the order of calls, and of everything of an ERP, begins with a word of its own.
      const bool call = std::holds_alternative<hub::message::call_record>(e.data);
      const auto account = (call ? "call:" : "") + std::string(kind.channel) + ":main";
      EXPECT_TRUE(e.conversation.starts_with(account + ":") || e.conversation == "erp:" + account) << e.conversation;
      EXPECT_EQ(e.received_at, received_at);
    }
  });
}

TEST(connectors, open_only_what_was_sealed_for_their_own_account) {
  for (const auto& kind : connectors::registry()) {
    const auto account = account_of(kind), other = account_of(kind, "other");
    std::size_t tried = 0;
    for (const auto& name : recorded_cases(kind.channel)) {
      auto events = account.connector->normalize(bytes_of(cases_of(kind.channel) / name), received_at);
      if (!events) continue;
      for (auto& e : *events)
        for (const auto* a : files_of(e)) {
          const auto opened = account.connector->open_media(a->reference);
          EXPECT_TRUE(opened.has_value() || opened.error().where == "size") << name;
          EXPECT_FALSE(other.connector->open_media(a->reference).has_value()) << name;
          EXPECT_FALSE(account.connector->open_media(a->reference + "A").has_value()) << name;
          ++tried;
        }
    }
    EXPECT_EQ(tried > 0, !without_media.contains(kind.channel)) << kind.channel;
    EXPECT_FALSE(account.connector->open_media("").has_value());
    EXPECT_FALSE(account.connector->open_media("https://media.viber.example/x").has_value());
  }
}

}  // namespace
