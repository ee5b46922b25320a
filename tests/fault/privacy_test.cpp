// No phone number from a structured field anywhere: a thousand numbers in a dozen spellings through every field of every
// channel that could hold one, then the database's rows and files, its log, the broker's files, the spool, the media store and
// all logs are searched for them, plain, without the signs between the digits, and inside of whatever base64 there is.

#include "hub/base/clock.hpp"
#include "hub/base/crypto.hpp"
#include "hub/ctl/messenger_players.hpp"
#include "hub/ctl/playing.hpp"
#include "hub/ctl/private_mail.hpp"
#include "hub/http/text.hpp"
#include "tests/fault/campaign.hpp"
#include "tests/support/erp_dialogue.hpp"
#include "tests/support/planted.hpp"
#include "tests/support/running_hub.hpp"
#include "tests/support/servers.hpp"

#include <gtest/gtest.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using namespace test_support;
using boost::json::array;
using boost::json::object;

struct body {
  std::string path, header, proof, text;
};

class no_number : public testing::Test {
 protected:
  static constexpr const char* secret = "secret of the test";
  static constexpr const char* token = "a-token-of-the-test";
  static constexpr const char* public_url = "https://hub.avto.example";

  static body whatsapp(planted_numbers& n, int i) {
    const auto number = n.digits();
    const auto message = [&](const std::string& type, object more) {
      more["from"] = number;
      more["id"] = "wamid." + hub::to_base64url("\x1d\x18\x0c" + number + "\x15\x02" + std::to_string(i) + type);
      more["timestamp"] = "1794996005";
      more["type"] = type;
      more["context"] = object{{"from", n.digits()}, {"id", "wamid." + hub::to_base64url("\x0c" + n.digits())}};
      more["referral"] = object{{"source_type", "ad"}, {"headline", n.spelled()}, {"body", n.spelled()}};
      return more;
    };
    const object card{{"name", object{{"formatted_name", n.spelled()}}},
                      {"phones", array{object{{"phone", n.spelled()}, {"wa_id", n.digits()}}}},
                      {"vcard", "BEGIN:VCARD\nTEL:" + n.spelled() + "\nEND:VCARD"}};
    const array messages{
        message("text", {{"text", object{{"body", "Добрий день"}}}}), message("contacts", {{"contacts", array{card, card}}}),
        message("location",
                {{"location", object{{"latitude", 50.4}, {"longitude", 30.5}, {"name", n.spelled()}, {"address", n.spelled()}}}}),
        message("system",
                {{"system", object{{"type", "user_changed_number"}, {"wa_id", n.digits()}, {"body", "from " + n.spelled()}}}}),
        message("text", {{"text", 5}, {"timestamp", n.digits()}})};
    const object status{
        {"id", "wamid." + hub::to_base64url("\x0c" + n.digits())},
        {"status", "failed"},
        {"timestamp", "1794997320"},
        {"recipient_id", n.digits()},
        {"errors", array{object{{"code", 131026}, {"title", n.spelled()}, {"error_data", object{{"details", n.spelled()}}}}}}};
    const object value{{"metadata", object{{"display_phone_number", n.digits()}, {"phone_number_id", "108888000000001"}}},
                       {"contacts", array{object{{"wa_id", number}, {"profile", object{{"name", n.spelled()}}}}}},
                       {"messages", messages},
                       {"statuses", array{status}}};
    const auto text = boost::json::serialize(
        object{{"object", "whatsapp_business_account"},
               {"entry", array{object{{"changes", array{object{{"field", "messages"}, {"value", value}}}}}}}});
    return {"/webhooks/whatsapp/main", "X-Hub-Signature-256", "sha256=" + hub::ctl::sign(secret, text), text};
  }
  static body telegram(planted_numbers& n, int i) {
    const auto id = 7'000'000'000 + i;
    object message{{"message_id", i + 1},
                   {"date", 1795003201},
                   {"from", object{{"id", id}, {"first_name", n.spelled()}}},
                   {"chat", object{{"id", id}, {"type", "private"}, {"first_name", n.spelled()}, {"last_name", n.spelled()}}}};
    const object place{{"latitude", 1.5}, {"longitude", 2.5}};
    if (i % 3 == 0)
      message["contact"] =
          object{{"phone_number", n.spelled()}, {"first_name", n.spelled()}, {"user_id", id}, {"vcard", n.spelled()}};
    else if (i % 3 == 1)
      message["venue"] = object{{"location", place}, {"title", n.spelled()}, {"address", n.spelled()}};
    else
      message["text"] = "/start " + n.digits();
    return {"/webhooks/telegram/main", "X-Telegram-Bot-Api-Secret-Token", "shown",
            boost::json::serialize(object{{"update_id", 1 + i}, {"message", message}})};
  }
  static body viber(planted_numbers& n, int i) {
    hub::ctl::viber_event told;
    told.token = 6'214'870'000'000'000'000 + static_cast<std::uint64_t>(i);
    told.who = hub::ctl::invent_person(1, static_cast<std::size_t>(i));
    told.who.name = n.spelled();
    told.time = hub::real_clock().now();
    told.content.type = "contact";
    told.content.contact_name = n.spelled();
    told.content.contact_number = n.spelled();
    const auto text = hub::ctl::viber_body(told);
    return {"/webhooks/viber/main", "X-Viber-Content-Signature", hub::ctl::sign(secret, text), text};
  }
  static body activity(planted_numbers& n, int i) {
    const auto text = boost::json::serialize(object{
        {"id", "a" + std::to_string(i)},
        {"activity", "quote"},
        {"at", "2026-11-20T08:20:00Z"},
        {"company",
         object{{"id", "c" + std::to_string(i)}, {"name", n.spelled()}, {"contact_name", n.spelled()}, {"phone", n.spelled()}}},
        {"data", object{{"phone", n.spelled()},
                        {"details", object{{"mobile", n.spelled()}, {"телефон", n.spelled()}, {"note", n.spelled()}}}}}});
    return {"/webhooks/activity/main", "X-Leadyard-Signature", hub::ctl::sign(secret, text), text};
  }

  /// From a gateway of text messages, and a server's word about one that could not be delivered.
  static std::vector<std::string> mails(planted_numbers& n, int i) {
    const auto id = [&] { return "<" + n.digits() + "." + std::to_string(i) + "@sms.example.net>"; };
    const auto head = "Return-Path: <" + n.digits() + "@sms.example.net>\r\nFrom: \"" + n.spelled() + "\" <" + n.digits() +
                      "@sms.example.net>\r\nSender: " + n.digits() + "@sms.example.net\r\nTo: \"" + n.spelled() +
                      "\" <sales@avto.example>\r\nMessage-ID: " + id() + "\r\nIn-Reply-To: " + id() +
                      "\r\nDate: Fri, 20 Nov 2026 10:20:00 +0200\r\n";
    return {head + "Subject: Octavia\r\nReferences: " + id() + " " + id() + "\r\n\r\nGood morning\r\n",
            head +
                "Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nIt failed\r\n--x\r\n"
                "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; " +
                n.digits() + "@sms.example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 " + n.spelled() +
                "\r\n--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: " + id() + "\r\n--x--\r\n"};
  }
  static body ringostat(planted_numbers& n, int i) {
    const auto caller = n.digits();
    const auto text = boost::json::serialize(object{{"event", "incoming_after_call"},
                                                    {"uniqueid", "1." + std::to_string(i)},
                                                    {"calldate", "2026-11-20 10:00:00"},
                                                    {"call_type", i % 2 == 0 ? "in" : "out"},
                                                    {"userfield", caller},
                                                    {"caller", n.spelled()},
                                                    {"dst", n.spelled()},
                                                    {"disposition", "PROPER"},
                                                    {"duration", "9"},
                                                    {"billsec", 5},
                                                    {"employee_number", n.digits()},
                                                    {"connected_with", n.spelled()},
                                                    {"employee_fio", n.spelled()},
                                                    {"recording", "https://records.example/" + caller + ".mp3"}});
    return {"/webhooks/ringostat/main/" + std::string(token), "X-Nothing", "signed", text};
  }
  static body binotel(planted_numbers& n, int i) {
    const auto caller = n.digits();
    std::string text = "requestType=apiCallCompleted";
    const auto add = [&](const std::string& name, const std::string& value) {
      text += "&callDetails" + name + "=" + hub::http::percent_encode(value);
    };
    add("[companyID]", "90001");
    add("[generalCallID]", std::to_string(9'000'000'000 + i));
    add("[callType]", i % 2 == 0 ? "0" : "1");
    add("[externalNumber]", "0" + caller.substr(3));
    add("[internalNumber]", n.spelled());
    add("[startTime]", "1795003200");
    add("[waitsec]", "4");
    add("[billsec]", "5");
    add("[disposition]", "ANSWER");
    add("[recordingStatus]", "uploaded");
    add("[employeeData][name]", n.spelled());
    add("[pbxNumberData][number]", n.spelled());
    add("[historyData][0][internalNumber]", n.spelled());
    add("[historyData][0][billsec]", "5");
    add("[customerDataFromOutside][externalNumber]", n.spelled());
    add("[linkToCallRecordInMyBusiness]", "https://my.binotel.example/?customerNumber=" + caller);
    return {"/webhooks/binotel/main/" + std::string(token), "X-Nothing", "signed", text};
  }
  static body twilio(planted_numbers& n, int i) {
    const auto caller = "+" + n.digits();
    const std::map<std::string, std::string> fields{{"AccountSid", "AC1"},
                                                    {"CallSid", "CA" + std::to_string(i)},
                                                    {"CallStatus", "completed"},
                                                    {"CallDuration", "5"},
                                                    {"Direction", i % 2 == 0 ? "inbound" : "outbound-api"},
                                                    {"From", i % 2 == 0 ? caller : n.spelled()},
                                                    {"To", i % 2 == 0 ? n.spelled() : caller},
                                                    {"Caller", caller},
                                                    {"CallerName", n.spelled()},
                                                    {"ForwardedFrom", n.spelled()},
                                                    {"RecordingUrl", "https://api.twilio.com/" + caller.substr(1)}};
    std::string text, joined = std::string(public_url) + "/webhooks/twilio/main";
    for (const auto& [name, value] : fields) {
      text += (text.empty() ? "" : "&") + name + "=" + hub::http::percent_encode(value);
      joined += name + value;
    }
    return {"/webhooks/twilio/main", "X-Twilio-Signature", hub::to_base64(hub::hmac_sha1(secret, joined)), text};
  }
  static std::vector<body> round(planted_numbers& n, int i) {
    return {whatsapp(n, i), telegram(n, i), viber(n, i), activity(n, i), ringostat(n, i), binotel(n, i), twilio(n, i)};
  }

  static constexpr int erp_customers = 40;
  /// What an ERP tells of its customers, and of an order of one of them: erp_customers + 2 events.
  static std::map<std::string, std::string> erp_files(planted_numbers& n, int which) {
    const auto customer = [&](int i) {
      const auto contact = [&](const std::string& type, const std::string& value) {
        return "<Контакт><Тип>" + type + "</Тип><Значение>" + value + "</Значение><Комментарий>" + n.spelled() +
               "</Комментарий></Контакт>";
      };
      const auto id = std::to_string(which) + "-" + std::to_string(i);
      return "<Контрагент><Ид>" + id + "</Ид><Наименование>Зразкова " + n.spelled() + "</Наименование><ПолноеНаименование>" +
             n.spelled() + "</ПолноеНаименование><Имя>Ганна</Имя><АдресРегистрации><Представление>" + n.spelled() +
             "</Представление></АдресРегистрации><Комментарий>" + n.spelled() + "</Комментарий><Контакты>" +
             contact("Телефон мобильный", n.spelled()) + contact("Телефон рабочий", n.digits()) + contact("Факс", n.spelled()) +
             contact("Почта", "p" + id + "@client.example") + "</Контакты></Контрагент>";
    };
    std::string people;
    for (int i = 0; i < erp_customers; ++i) people += customer(i);
    const auto document = [](const std::string& content) {
      return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><КоммерческаяИнформация ВерсияСхемы=\"2.05\" "
             "ДатаФормирования=\"2026-11-10T10:00:00\">" +
             content + "</КоммерческаяИнформация>";
    };
    return {{"contragents0_1.xml", document("<Контрагенты>" + people + "</Контрагенты>")},
            {"orders0_1.xml",
             document("<Документ><Ид>order-" + std::to_string(which) +
                      "</Ид><Номер>АП-1</Номер><Дата>2026-11-10</Дата>"
                      "<ХозОперация>Заказ товара</ХозОперация><Валюта>UAH</Валюта><Сумма>1.00</Сумма><Комментарий>" +
                      n.spelled() + "</Комментарий><Контрагенты>" + customer(erp_customers) +
                      "</Контрагенты><ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Телефон</Наименование><Значение>" +
                      n.spelled() + "</Значение></ЗначениеРеквизита></ЗначенияРеквизитов></Документ>")}};
  }

  /// Searches every file below; how many bytes that were.
  static std::uint64_t search(const fs::path& below, const planted_numbers& planted) {
    std::uint64_t bytes = 0;
    for (const auto& file : fs::recursive_directory_iterator(below, fs::directory_options::skip_permission_denied)) {
      if (!file.is_regular_file()) continue;
      std::ifstream in(file.path(), std::ios::binary);
      const std::string content{std::istreambuf_iterator<char>(in), {}};
      bytes += content.size();
      expect_clean(content, planted, file.path().string());
    }
    return bytes;
  }
  static void expect_clean(const std::string& content, const planted_numbers& planted, const std::string& where) {
    if (const auto found = planted.found_in(content)) ADD_FAILURE() << where << " holds a planted number: ..." << *found;
  }
};

TEST_F(no_number, of_a_structured_field_is_kept_anywhere) {
  const auto seed = campaign_seed(5);
  planted_numbers planted(seed);
  own_postgres database;
  own_rabbitmq broker;
  // Apart from the hub: a mailbox holds what people wrote as they wrote it.
  const temp_dir mail_home;
  hub::ctl::private_mail mail_server({.home = mail_home.path(), .for_tests = true});
  mail_server.add_user("sales", secret);
  mail_server.start();
  hub_options options;
  options.database_url = database.url();
  options.broker_url = broker.url();
  options.settings = {{"HUB__LOG__LEVEL", "debug"},
                      {"HUB__CONNECTORS__VIBER__MAIN__AUTH_TOKEN", secret},
                      {"HUB__CONNECTORS__ACTIVITY__MAIN__SECRET", secret},
                      {"HUB__CONNECTORS__WHATSAPP__MAIN__PHONE_NUMBER_ID", "108888000000001"},
                      {"HUB__CONNECTORS__WHATSAPP__MAIN__APP_SECRET", secret},
                      {"HUB__CONNECTORS__WHATSAPP__MAIN__VERIFY_TOKEN", "x"},
                      {"HUB__CONNECTORS__WHATSAPP__MAIN__ACCESS_TOKEN", "x"},
                      {"HUB__CONNECTORS__TELEGRAM__MAIN__BOT_TOKEN", "1:x"},
                      {"HUB__CONNECTORS__TELEGRAM__MAIN__SECRET_TOKEN", "shown"},
                      {"HUB__CONNECTORS__EMAIL__MAIN__IMAP_HOST", "127.0.0.1"},
                      {"HUB__CONNECTORS__EMAIL__MAIN__IMAP_PORT", std::to_string(mail_server.port())},
                      {"HUB__CONNECTORS__EMAIL__MAIN__IMAP_SECURITY", "none"},
                      {"HUB__CONNECTORS__EMAIL__MAIN__IMAP_USER", "sales"},
                      {"HUB__CONNECTORS__EMAIL__MAIN__IMAP_PASSWORD", secret},
                      {"HUB__INTAKE__PUBLIC_URL", public_url},
                      {"HUB__CONNECTORS__BAS__MAIN__USER", "erp_demo"},
                      {"HUB__CONNECTORS__BAS__MAIN__PASSWORD", "sample-password"},
                      {"HUB__CONNECTORS__RINGOSTAT__MAIN__TOKEN", token},
                      {"HUB__CONNECTORS__BINOTEL__MAIN__TOKEN", token},
                      {"HUB__CONNECTORS__BINOTEL__MAIN__COMPANY_ID", "90001"},
                      {"HUB__CONNECTORS__TWILIO__MAIN__ACCOUNT_SID", "AC1"},
                      {"HUB__CONNECTORS__TWILIO__MAIN__POLL_EVERY", "0s"},
                      {"HUB__CONNECTORS__TWILIO__MAIN__AUTH_TOKEN", secret}};
  running_hub hub(options);
  auto platform = hub.webhook();
  const int rounds = campaign(40, 400);
  std::uint64_t sent = 0;
  const auto send_mails = [&](int i) {
    for (const auto& mail : mails(planted, i)) {
      sent += mail.size();
      mail_server.deliver("sales", mail);
    }
  };
  const auto send = [&](const body& one) {
    sent += one.text.size();
    const auto got = platform.ask("POST", one.path, {{one.header, one.proof}, {"Content-Type", "application/json"}}, one.text);
    EXPECT_EQ(got.status, 200) << one.path << " " << got.body;
  };
  const auto exchange = [&](int which) {
    const auto files = erp_files(planted, which);
    for (const auto& [name, bytes] : files) sent += bytes.size();
    EXPECT_TRUE(wait_until([&] { return erp_dialogue(hub.webhook()).exchange(files); }, 20s));
  };
  exchange(1);
  for (int i = 0; i < rounds; ++i) {
    send_mails(i);
    for (const auto& one : round(planted, i)) {
      send(one);
      // Refused ones are kept, sealed.
      auto forged = one;
      forged.proof = "0";
      if (const auto at = forged.path.find(token); at != std::string::npos) forged.path.replace(at, std::string::npos, "another");
      if (i % 8 == 0) platform.ask("POST", forged.path, {{forged.header, forged.proof}}, forged.text);
    }
  }
  // Some wait on disk while the broker is away.
  broker.stop();
  exchange(2);
  for (int i = rounds; i < rounds + 5; ++i) {
    send_mails(i);
    for (const auto& one : round(planted, i)) send(one);
  }
  ASSERT_TRUE(wait_until([&] { return hub.spooled().value_or(0) > 0; }, 20s));
  const auto spool_bytes = search(hub.home(), planted);
  broker.start();
  // Of a WhatsApp batch three messages, a changed number, a status and what cannot be read; of the others one event each; of
  // the mails a message and a status; of an exchange each customer and the order.
  const auto keys = std::to_string((rounds + 5) * (6 + 1 + 1 + 1 + 1 + 1 + 1 + 2) + 2 * (erp_customers + 2));
  ASSERT_TRUE(hub.wait_for("select count(*) from event_key", keys, 60s))
      << hub.ask("select kind, count(*) from event_key group by 1");
  EXPECT_TRUE(hub.wait_for("select count(*) from quarantine", std::to_string(rounds + 5), 60s));
  ASSERT_GE(planted.all.size(), 1000u);

  std::uint64_t rows = 0;
  for (std::istringstream tables(
           hub.ask("select table_name from information_schema.tables where table_schema = 'hub' and table_type = 'BASE TABLE'"));
       tables;) {
    std::string name;
    if (!(tables >> name)) break;
    const auto text = hub.ask("select t::text from " + name + " t");
    rows += text.size();
    expect_clean(text, planted, "table " + name);
  }
  ask_database(database.superuser_url(), "checkpoint");
  ASSERT_TRUE(hub.stop());
  mail_server.stop();
  const auto files =
      search(database.server().directory(), planted) + search(broker.server().directory(), planted) + search(hub.home(), planted);
  EXPECT_GT(rows, sent / 4) << "something was kept";
  std::cout << "seed " << seed << ", " << planted.all.size() << " numbers in " << sent << " bytes of bodies; searched " << rows
            << " bytes of rows, " << spool_bytes << " of a full spool, " << files << " of files: none found\n";
}

TEST_F(no_number, is_found_where_it_is) {
  planted_numbers planted(1);
  const auto n = planted.digits();
  for (const auto& text :
       {"x" + n + "y", "+380 00 " + n.substr(5, 3) + "-" + n.substr(8), "a." + hub::to_base64url("\x1d\x18\x0c" + n + "more"),
        "ab" + hub::to_base64url("1" + n + "after"), "abc" + hub::to_base64url("12" + n + "after")}) {
    EXPECT_TRUE(planted.found_in(text)) << text;
  }
  EXPECT_FALSE(planted_numbers(2).found_in("380001234567"));
}

}  // namespace
