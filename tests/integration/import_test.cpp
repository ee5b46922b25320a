// hubctl import: sheets become customers, leads and vehicles once, however often they are imported, and no phone number
// stays anywhere.

#include "hub/base/crypto.hpp"
#include "hub/ctl/files.hpp"
#include "tests/support/events.hpp"
#include "tests/support/process.hpp"
#include "tests/support/running_hub.hpp"
#include "tests/support/servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* key = "fingerprint key of the test";

class importing : public testing::Test {
 protected:
  hub::ctl::finished import(const std::string& kind, const std::string& sheet, std::vector<std::string> more = {}) {
    hub::ctl::write_file(file_, sheet, 0600);
    test_support::process::options how;
    how.arguments = {"import", kind, file_};
    how.arguments.insert(how.arguments.end(), more.begin(), more.end());
    how.environment = {{"LEADYARD_HOME", home_.path()}, {"HUB__DATABASE__URL", url_}, {"HUB__PRIVACY__FINGERPRINT_KEY", key}};
    how.directory = LEADYARD_SOURCE_DIR;
    return test_support::run("hubctl", how);
  }
  std::string ask(const std::string& sql) { return test_support::ask_database(url_, sql); }
  /// Every table of the hub as text.
  std::string dump() { return ask("select schema_to_xml('hub', true, false, '')::text"); }
  std::string number_of(const std::string& kind, const std::string& output) {
    const auto at = output.find("\"" + kind + "\":");
    return at == std::string::npos ? ""
                                   : output.substr(at + kind.size() + 3, output.find_first_of(",}", at) - at - kind.size() - 3);
  }
  /// "rows new changed unchanged refused"
  std::string counts(const hub::ctl::finished& of) {
    return number_of("rows", of.output) + " " + number_of("new", of.output) + " " + number_of("changed", of.output) + " " +
           number_of("unchanged", of.output) + " " + number_of("refused", of.output);
  }

  test_support::temp_dir home_;
  std::string file_ = home_.path() + "/sheet.csv";
  std::string url_ = test_support::fresh_database();
};

const std::string customers =
    "ID;Ім’я;Прізвище;Компанія;E-mail;Телефон;Створено;Колір очей\r\n"
    "1;Олена;Приклад;;olena@customer.example;+38 (000) 000-00-01;20.11.2025;x\r\n"
    "2;Тарас;Зразок;\"ТОВ \"\"Зразок; і син\"\"\";;+1 202 555 0143, 00380000000001;2025-11-20 12:08;\r\n"
    "380000000007;Без номера;;;;;;\r\n";

TEST_F(importing, a_dry_run_says_what_would_happen_and_writes_nothing) {
  const auto before = dump();
  const auto told = import("customers", customers, {"--dry-run"});
  EXPECT_EQ(told.exit_code, 0) << told.output;
  EXPECT_THAT(told.output, HasSubstr("dry run: nothing was written"));
  EXPECT_THAT(told.output, HasSubstr("columns that are ignored: Колір очей"));
  EXPECT_EQ(counts(import("customers", customers, {"--dry-run", "--json"})), "3 3 0 0 0");
  EXPECT_EQ(dump(), before);
}

TEST_F(importing, a_repetition_changes_nothing_and_a_changed_cell_changes_its_customer) {
  const auto first = import("customers", customers, {"--json"});
  EXPECT_EQ(first.exit_code, 0) << first.output;
  EXPECT_EQ(counts(first), "3 3 0 0 0");
  EXPECT_EQ(number_of("possible_same", first.output), "1");
  EXPECT_EQ(ask("select count(*), count(distinct customer_id) from identity where space = 'import' and account = 'import'"),
            "3 3");
  EXPECT_EQ(
      ask("select company_name, named_at = 'epoch', created_at = '2025-11-20 12:08Z' from customer where first_name = 'Тарас'"),
      "ТОВ \"Зразок; і син\" t t");
  EXPECT_EQ(ask("select c.first_name from identity i join customer c on c.id = i.customer_id where i.external_id = '" +
                hub::fingerprint(hub::secret(key), "+380000000001") + "'"),
            "Олена");
  EXPECT_EQ(ask("select evidence from possible_same where judged_at is null"),
            "the same phone number, said by an import from import");
  EXPECT_EQ(ask("select count(*) from customer where merged_into is not null"), "0");

  const auto before = dump();
  EXPECT_EQ(counts(import("customers", customers, {"--json"})), "3 0 0 3 0");
  EXPECT_EQ(dump(), before);

  auto edited = customers;
  edited.replace(edited.find("Тарас"), std::string("Тарас").size(), "Тарасик");
  EXPECT_EQ(counts(import("customers", edited, {"--json"})), "3 0 1 2 0");
  EXPECT_EQ(ask("select first_name, version from customer where first_name like 'Тарас%'"), "Тарасик 2");
  // Another source's ids are others.
  EXPECT_EQ(counts(import("customers", customers, {"--json", "--source", "oldcrm"})), "3 3 0 0 0");
}

TEST_F(importing, no_phone_number_stays_in_the_database_or_is_printed) {
  const std::string bad = customers + "4;Олена +380000000001;;;;;;\n5;Ok;;;;12025550143000000;;\n6;Ok;;;+12025550143;;;\n";
  const auto refused = import("customers", bad);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(ask("select count(*) from customer"), "0");
  EXPECT_EQ(import("customers", customers).exit_code, 0);
  const std::string leads = "id,customer,notes\n380000000007,1,call +1 202 555 0143 today\n";
  const auto taken = import("leads", leads);
  EXPECT_EQ(taken.exit_code, 0) << taken.output;
  EXPECT_EQ(ask("select notes from lead"), "call [number] today");
  for (const auto& where : {dump(), refused.output, taken.output})
    for (const char* digits : {"380000000001", "380000000007", "2025550143", "202 555 0143", "000-00-01"})
      EXPECT_THAT(where, Not(HasSubstr(digits)));
}

TEST_F(importing, tells_every_problem_of_a_file_with_line_and_column_and_writes_nothing) {
  const auto told = import("customers",
                           "id,name,email,phone,url,created_at\n"
                           "1,A,no address,,,\n"
                           ",B,,,,\n"
                           "1,C,,12,,\n"
                           "2,D,,\n"
                           "3,E,,,ftp://x.example,31.02.2025\n"
                           "4,\"F\"G,,,,\n");
  EXPECT_EQ(told.exit_code, 1);
  for (const std::string line : {":2:5: email: expected an e-mail address (found: no address)",
                                 ":3:1: external_id: must not be empty", ":4:1: external_id: the same as in line 2 (found: 1)",
                                 ":4:6: phone: expected a phone number like +380..., 00380... or 0...\n",
                                 ":5:1: expected 6 columns, as in the header; found 4",
                                 ":6:7: url: expected an address that begins with https:// or http:// (found: ftp://x.example)",
                                 ":6:23: created_at: expected a time like", ":7:6: something stands between"})
    EXPECT_THAT(told.output, HasSubstr(file_ + line));
  EXPECT_THAT(told.output, HasSubstr("nothing was written"));
  EXPECT_EQ(ask("select count(*) from customer"), "0");

  const auto header = import("customers", "who,name,name\nx,y,z\n");
  EXPECT_THAT(header.output, HasSubstr("a second column for name"));
  EXPECT_THAT(header.output, HasSubstr("there is no column for external_id"));
  EXPECT_EQ(import("customers", "who,name\nx,y\n", {"--map", "Who=external_id"}).exit_code, 0);
  EXPECT_EQ(import("customers", "who,name\nx,y\n", {"--map", "who=number"}).exit_code, 2);
  EXPECT_EQ(ask("select external_id from identity"), "x");
}

TEST_F(importing, vehicles_are_known_by_vin_and_the_back_office_keeps_its_own) {
  const std::string sheet =
      "VIN,Марка,Модель,Рік,Ціна,Валюта,Пробіг,Статус\n"
      "wvwzzz1jz3w386752,VW,Golf,2003,\"4 500,50\",usd,210 000,available\n"
      "WVWZZZ1JZ3W386753,VW,Passat,,,,,\n";
  EXPECT_EQ(counts(import("vehicles", sheet, {"--json"})), "2 2 0 0 0");
  EXPECT_EQ(ask("select vin, year, price, currency, mileage, status from vehicle order by id limit 1"),
            "WVWZZZ1JZ3W386752 2003 4500.50 USD 210000 available");
  EXPECT_EQ(counts(import("vehicles", sheet, {"--json"})), "2 0 0 2 0");
  ask("update vehicle set status = 'reserved', colour = 'red' where model = 'Golf'");
  EXPECT_EQ(counts(import("vehicles", sheet, {"--json"})), "2 0 0 2 0");
  ask("update vehicle set price = 9 where model = 'Golf'");
  EXPECT_EQ(counts(import("vehicles", sheet, {"--json"})), "2 0 1 1 0");
  ask("update vehicle set erp_sync_id = 'e1' where model = 'Golf'");
  const auto refused = import("vehicles", sheet);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, HasSubstr(":2:1: vin: vehicle 1 belongs to the back office"));
  EXPECT_EQ(import("vehicles", "vin,make,model\nOOO,VW,Golf\n").exit_code, 1);
}

const std::string leads =
    "id,customer id,stage,owner,value,tags,created,closed,reason\n"
    "a,1,contacted,M1@example.test,1200,one|two words,2026-01-02,,\n"
    "b,1,lost,m2@example.test,,,2025-01-02,2025-02-03,too dear\n"
    "c,2,new,,,,,,\n";

TEST_F(importing, leads_come_once_with_owner_history_and_queue) {
  test_support::put_in_force(url_, {});
  ASSERT_EQ(import("customers", customers).exit_code, 0);
  const auto taken = import("leads", leads, {"--json"});
  EXPECT_EQ(taken.exit_code, 0) << taken.output;
  EXPECT_EQ(counts(taken), "3 3 0 0 0");
  EXPECT_EQ(
      ask("select stage, manager_id, attachable, closed_at at time zone 'UTC', close_reason, queue_reason from lead order by id"),
      "contacted 1 t   \nlost 2 f 2025-02-03 00:00:00 too dear \nnew  t   imported");
  EXPECT_EQ(ask("select array_to_string(tags, '+'), estimated_value, source_channel from lead order by id limit 1"),
            "one+two words 1200.00 import");
  EXPECT_EQ(ask("select id, open_leads from staff order by id"), "1 1\n2 0\n3 0");
  EXPECT_EQ(ask("select lead_id, to_stage from stage_history order by lead_id"), "1 contacted\n2 lost");
  EXPECT_EQ(ask("select lead_id, to_id, reason from ownership_history order by lead_id"),
            "1 1 imported from import\n2 2 imported from import");
  EXPECT_EQ(ask("select payload ->> 'team' from timer where kind = 'hand_out'"), "sales");

  ask("update lead set notes = 'by hand'");
  const auto before = dump();
  EXPECT_EQ(counts(import("leads", leads, {"--json"})), "3 0 0 3 0");
  EXPECT_EQ(dump(), before);
}

TEST_F(importing, leads_of_strangers_of_unknown_people_and_second_open_ones_are_refused) {
  test_support::put_in_force(url_, {});
  ASSERT_EQ(import("customers", customers).exit_code, 0);
  const std::string wrong =
      "id,customer id,stage,owner\na,9,new,\nb,1,new,nobody@example.test\nc,1,new,\nd,1,contacted,\ne,1,sold,\nf,1,gone,\n";
  const auto told = import("leads", wrong);
  EXPECT_EQ(told.exit_code, 1);
  EXPECT_THAT(told.output, HasSubstr(":2:3: customer_external_id: no such customer was imported from import"));
  EXPECT_THAT(told.output, HasSubstr(":3:9: owner_email: is not staff (found: nobody@example.test)"));
  EXPECT_THAT(told.output, HasSubstr(":5:3: customer_external_id: the lead of line 4 is open in the pipeline sales"));
  EXPECT_THAT(told.output, HasSubstr(":7:5: stage: expected one of new, contacted"));
  EXPECT_EQ(ask("select count(*) from lead"), "0");

  // Whoever is one person with somebody has that one's leads too.
  ASSERT_EQ(import("leads", "id,customer id\nc,1\n").exit_code, 0);
  ask("select merge_customers(1, 2, 'test', null)");
  const auto second = import("leads", "id,customer id\nd,2\n");
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.output, HasSubstr(":2:3: customer_external_id: lead 1 of this customer is open in the pipeline sales"));
}

TEST_F(importing, twenty_thousand_customers_and_their_leads_take_well_under_a_minute) {
  std::string sheet = "id,first_name,last_name,email,phone\n";
  for (int i = 0; i < 20'000; ++i) {
    const auto n = std::to_string(i);
    sheet += n + ",Name,Of " + n + ",c" + n + "@customer.example,+3800000" + std::string(5 - n.size(), '0') + n + "\n";
  }
  test_support::put_in_force(url_, {});
  const auto began = std::chrono::steady_clock::now();
  const auto told = import("customers", sheet, {"--json"});
  EXPECT_EQ(counts(told), "20000 20000 0 0 0") << told.output;
  EXPECT_EQ(counts(import("customers", sheet, {"--json"})), "20000 0 0 20000 0");

  std::string deals = "id,customer id,owner\n";
  for (int i = 0; i < 20'000; ++i) deals += std::to_string(i) + "," + std::to_string(i) + (i % 2 ? ",m1@example.test\n" : ",\n");
  EXPECT_EQ(counts(import("leads", deals, {"--json"})), "20000 20000 0 0 0");
  EXPECT_EQ(ask("select open_leads from staff where id = 1"), "10000");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  EXPECT_LT(took.count(), 40);
}

}  // namespace
