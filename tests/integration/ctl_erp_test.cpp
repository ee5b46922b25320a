// hubctl erp diff beside a running hub: what a file, and the account's last exchange, would change in a real database.

#include "hub/base/text.hpp"
#include "hub/message/json.hpp"
#include "tests/integration/connector_fixture.hpp"
#include "tests/integration/ctl_fixture.hpp"
#include "tests/support/erp_files.hpp"

#include <boost/json/serialize.hpp>

#include <fstream>

namespace {

using namespace ctl_tests;
using connector_tests::HasSubstr;
using test_support::erp_file;

class ctl_erp : public connector_tests::connector_fixture {
 protected:
  static test_support::hub_options with_bas() {
    auto options = options_for("http://127.0.0.1:9", "token of the test");
    options.settings["HUB__CONNECTORS__BAS__MAIN__USER"] = "erp_demo";
    options.settings["HUB__CONNECTORS__BAS__MAIN__PASSWORD"] = "sample-password";
    return options;
  }
  std::string step(const test_support::running_hub& hub, const std::string& mode, const std::string& filename = "",
                   const std::string& body = "") {
    hub::http::outgoing r;
    r.method = mode == "file" ? "POST" : "GET";
    r.url = hub.environment().at("HUB__INTAKE__PUBLIC_URL") + "/exchange/bas/main?type=catalog&mode=" + mode;
    if (!filename.empty()) r.url += "&filename=" + filename;
    r.body = body;
    r.head.set("Authorization", "Basic " + hub::to_base64("erp_demo:sample-password"));
    return ask(std::move(r)).body;
  }
  static std::string path_of(const std::string& name) { return LEADYARD_SOURCE_DIR "/tests/unit/erp/" + name; }
  static boost::json::object diff(const test_support::running_hub& hub, const std::string& what, int code = 0) {
    const auto said = hubctl(hub, {"erp", "diff", what, "--json"});
    EXPECT_EQ(said.code, code) << said.text;
    const auto parsed = hub::message::parse_json(said.text);
    return parsed ? parsed->as_object() : boost::json::object{};
  }
  static std::map<std::string, int> kinds(const boost::json::object& told) {
    std::map<std::string, int> counts;
    for (const auto& one : told.at("changes").as_array()) ++counts[std::string(one.at("change").as_string())];
    return counts;
  }
};

TEST_F(ctl_erp, compares_a_file_and_the_last_exchange_with_the_vehicles_and_changes_nothing) {
  test_support::running_hub hub(with_bas());
  hub.ask(
      "insert into vehicle (make, model, year, vin, price, currency, status, erp_sync_id) values"
      " ('Skoda', 'Octavia', 2014, 'TMBZZZ9BZE0009000', 1, 'UAH', 'available', '2da6aaa1-ef57-5cc6-85bd-61da2c09c39b'),"
      " ('Lada', 'Gone', 2001, 'TMBZZZ9BZE0009999', 1, 'UAH', 'available', 'no-longer-there')");
  const auto full = diff(hub, path_of("cml_import_full_utf8.xml"));
  EXPECT_TRUE(full.at("tells_what_exists").as_bool());
  auto found = kinds(full);
  EXPECT_EQ(found["gone"], 1);
  EXPECT_GT(found["added"], 40);
  const auto delta = diff(hub, path_of("drop_vehicles_delta_utf8.csv"));
  EXPECT_FALSE(delta.at("tells_what_exists").as_bool());
  bool has_price = false;
  for (const auto& one : delta.at("changes").as_array())
    for (const auto& field : one.at("fields").as_array())
      has_price = has_price || (field.at("field") == "price" && field.at("before") == "1.00" && field.at("after") == "618500.00");
  EXPECT_TRUE(has_price) << boost::json::serialize(delta);
  const auto refused = hubctl(hub, {"erp", "diff", path_of("cml_import_truncated.xml")});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.text, HasSubstr("XML is cut"));
  EXPECT_EQ(hub.ask("select count(*) from vehicle"), "2");

  const auto nothing = hubctl(hub, {"erp", "diff", "main"});
  EXPECT_EQ(nothing.code, 0) << nothing.text;
  EXPECT_THAT(nothing.text, HasSubstr("0 added, 0 changed, 0 gone"));
  ASSERT_THAT(step(hub, "checkauth"), testing::StartsWith("success\n"));
  for (const std::string name : {"import0_1.xml", "offers0_1.xml"}) {
    ASSERT_EQ(
        step(hub, "file", name, erp_file(name.starts_with("import") ? "cml_import_full_utf8.xml" : "cml_offers_full_utf8.xml")),
        "success\n");
    ASSERT_TRUE(connector_tests::wait_until([&] { return step(hub, "import", name).starts_with("success\n"); },
                                            std::chrono::seconds(20)));
  }
  const auto last = diff(hub, "bas/main");
  EXPECT_TRUE(last.at("tells_what_exists").as_bool());
  bool priced = false;
  for (const auto& one : last.at("changes").as_array())
    for (const auto& field : one.at("fields").as_array()) priced = priced || field.at("field") == "price";
  EXPECT_TRUE(priced) << "offers were not read with their price types";
}

TEST_F(ctl_erp, says_what_it_cannot_do) {
  test_support::running_hub hub(with_bas());
  EXPECT_EQ(hubctl(hub, {"erp", "diff"}).code, 2);
  EXPECT_EQ(hubctl(hub, {"erp", "diff", "main", "--account", "main"}).code, 2);
  const auto stranger = hubctl(hub, {"erp", "diff", "bas/nobody"});
  EXPECT_EQ(stranger.code, 1);
  EXPECT_THAT(stranger.text, HasSubstr("no connector has an account bas/nobody"));
  const auto chat = hubctl(hub, {"erp", "diff", "viber/main"});
  EXPECT_EQ(chat.code, 1);
  EXPECT_THAT(chat.text, HasSubstr("viber exchanges no files"));
  hub.connector().kill();
  hub.connector().wait(std::chrono::seconds(5));
  EXPECT_EQ(hubctl(hub, {"erp", "diff", "main"}).code, 3);
}

}  // namespace
