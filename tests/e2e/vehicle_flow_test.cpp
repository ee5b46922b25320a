// The vehicle flow of a car dealer (docs/domain.md, "Vehicles of an ERP"): the ERP sends its stock and its orders by the exchange
// with a site, people reserve through leads, and what both sides see differently is shown and judged.

#include "tests/e2e/office.hpp"
#include "tests/support/erp_dialogue.hpp"

namespace {

using namespace std::chrono_literals;
using e2e::json::object;

constexpr char profile[] = "autodealer";

class vehicle_flow : public e2e::in_office<profile> {
 protected:
  static void sends(const std::map<std::string, std::string>& files, const std::string& type = "catalog") {
    ASSERT_TRUE(
        test_support::wait_until([&] { return test_support::erp_dialogue(hub().platform()).exchange(files, type); }, 20s));
  }
  static void stock() {
    ++minute_;
    sends({{"import0_1.xml", erp_.goods(minute_)}, {"offers0_1.xml", erp_.offers(minute_)}});
  }
  static void sales() {
    ++minute_;
    sends({{"orders-1.xml", erp_.sales(minute_)}}, "sale");
  }
  /// As the list shows it: "id price status", "" when it is not there.
  static e2e::answer car(const std::string& id) {
    return hub().ask("owner", "GET", "/api/v1/vehicles?q=" + test_support::erp_vin(id));
  }
  static bool becomes(const std::string& id, const std::string& status) {
    return e2e::office::eventually([&] { return car(id)["/vehicles/0/status"] == status; });
  }
  static bool lead_becomes(const std::string& lead, const std::string& stage) {
    return e2e::office::eventually([&] { return hub().ask("owner", "GET", "/api/v1/leads/" + lead)["/lead/stage"] == stage; });
  }

  inline static test_support::erp_files_of erp_;
  inline static int minute_ = 0;
};

TEST_F(vehicle_flow, from_the_erps_stock_over_a_lead_to_the_sale_that_the_erp_books) {
  // A car without a price is not shown; its price comes later.
  erp_.cars["car-0001"] = {"В наличии", 0};
  erp_.cars["car-0002"] = {"В наличии", 500000};
  stock();
  ASSERT_TRUE(becomes("car-0002", "available"));
  EXPECT_EQ(car("car-0001")["/vehicles/0/id"], "");
  erp_.cars["car-0001"].price = 635000;
  stock();
  ASSERT_TRUE(becomes("car-0001", "available"));
  EXPECT_EQ(car("car-0001")["/vehicles/0/of_erp"], "true");

  // Somebody rings, and wants it.
  const std::string number = "380000000301";
  ASSERT_EQ(hub().ringostat("incoming_after_call", "vehicle.1", number,
                            {{"calldate", e2e::moment(10min).replace(10, 1, " ").substr(0, 19)},
                             {"disposition", "PROPER"},
                             {"duration", "65"},
                             {"waittime", "5"},
                             {"billsec", "60"},
                             {"employee_number", "101"}}),
            200);
  std::string lead;
  ASSERT_TRUE(e2e::office::eventually(
      [&] { return (lead = hub().ask("owner", "GET", "/api/v1/leads?status=all")["/leads/0/id"]) != ""; }));
  const auto vehicle = car("car-0001")["/vehicles/0/id"];
  ASSERT_EQ(hub().ask("owner", "PUT", "/api/v1/leads/" + lead + "/vehicles/" + vehicle, object{{"chosen", true}}).status, 200);
  ASSERT_EQ(hub().step("owner", lead, "stage", object{{"stage", "in_negotiation"}}).status, 200);

  // The ERP books the order, the payment, the shipment.
  erp_.orders.push_back({"11111111-2222-3333-4444-555555555555", "АП-1", "c-1", "car-0001", "+" + number});
  sales();
  erp_.orders[0].paid = true;
  sales();
  ASSERT_TRUE(lead_becomes(lead, "prepayment"));
  EXPECT_TRUE(becomes("car-0001", "reserved"));

  // The ERP says that it is gone while the lead holds it: shown, and the reservation stays.
  erp_.cars["car-0001"].status = "Архив";
  stock();
  e2e::answer conflicts;
  ASSERT_TRUE(e2e::office::eventually(
      [&] { return (conflicts = hub().ask("owner", "GET", "/api/v1/conflicts"))["/conflicts/0/theirs"] == "archived"; }));
  EXPECT_EQ(conflicts["/conflicts/0/lead_id"], lead);
  EXPECT_EQ(car("car-0001")["/vehicles/0/status"], "reserved");
  const auto id = conflicts["/conflicts/0/id"];
  EXPECT_EQ(hub().ask("owner", "POST", "/api/v1/conflicts/" + id + "/resolve", object{{"take", "theirs"}}).status, 409);
  EXPECT_EQ(hub().ask("owner", "POST", "/api/v1/conflicts/" + id + "/resolve", object{{"take", "ours"}})["/state"], "kept_ours");

  erp_.orders[0].shipped = true;
  sales();
  ASSERT_TRUE(lead_becomes(lead, "sold"));
  EXPECT_TRUE(becomes("car-0001", "sold"));
  const auto detail = hub().ask("owner", "GET", "/api/v1/leads/" + lead);
  EXPECT_EQ(detail["/conversions/0/conversion_type"], "order_placed");
  EXPECT_EQ(detail["/lead/customer/name"], "Ганна Зразкова") << "as the ERP's contract has it";

  // What people judge is applied by a worker.
  erp_.cars["car-0002"].status = "Резерв";
  stock();
  ASSERT_TRUE(becomes("car-0002", "reserved"));
  ASSERT_TRUE(e2e::office::eventually(
      [&] { return (conflicts = hub().ask("owner", "GET", "/api/v1/conflicts"))["/conflicts/0/erp_id"] == "car-0002"; }));
  ASSERT_EQ(hub()
                .ask("owner", "POST", "/api/v1/conflicts/" + conflicts["/conflicts/0/id"] + "/resolve", object{{"take", "ours"}})
                .status,
            200);
  EXPECT_TRUE(becomes("car-0002", "available"));
}

}  // namespace
