// What an ERP tells of orders, in ingest: the order's lead moves, and the vehicle with it.

#include "tests/integration/erp_fixture.hpp"

namespace {

using namespace test_support;
using enum hub::message::vehicle_state;

class orders_of_an_erp : public erp_fixture {
 protected:
  void SetUp() override {
    erp_fixture::SetUp();
    process({goods(1, 0), offer(1, 0), goods(2, 0), offer(2, 0)});
  }
  std::string history(const std::string& of) {
    return ask("select from_stage, to_stage, coalesce(by_staff, 0), reason from stage_history where lead_id = " + of +
               " order by id");
  }
};

TEST_F(orders_of_an_erp, a_payment_reserves_and_a_shipment_sells) {
  const auto id = lead(1, 1, "in_negotiation");
  process({buyer(1, 1), bought(1, 1, 1, 1)});
  EXPECT_EQ(stage_of(id), "in_negotiation");
  EXPECT_EQ(ask("select lead_id, number, sum, paid, date from erp_order"), id + " АП-1 635000.00 f 2026-11-10");
  process({bought(1, 1, 1, 2, {.paid = true})});
  EXPECT_EQ(stage_of(id) + status_of(1), "prepaymentreserved");
  process({goods(1, 3, sold)});
  EXPECT_EQ(status_of(1), "reserved");
  process({bought(1, 1, 1, 3, {.paid = true, .shipped = true})});
  EXPECT_EQ(stage_of(id) + status_of(1), "soldsold");
  EXPECT_EQ(history(id), "in_negotiation prepayment 0 ERP: order АП-1 is paid\nprepayment sold 0 ERP: order АП-1 is shipped");
  EXPECT_EQ(open_conflicts(), "");
  EXPECT_EQ(ask("select order_id, conversion_value, currency, conversion_type, staff_id from conversion"),
            "o-1 635000.00 UAH order_placed 1");
  EXPECT_EQ(ask("select open_leads from staff where id = 1"), "0");
  EXPECT_EQ(ask("select details ->> 'actor' from audit where subject = 'lead:" + id + "' limit 1"), "erp");
}

TEST_F(orders_of_an_erp, nothing_but_a_cancellation_takes_a_sale_back) {
  const auto id = lead(1, 1, "in_negotiation");
  process({buyer(1, 1), bought(1, 1, 1, 2, {.paid = true, .shipped = true})});
  EXPECT_EQ(stage_of(id), "sold");
  process({bought(1, 1, 1, 3, {.paid = true})});
  EXPECT_EQ(stage_of(id), "sold");
  process({bought(1, 1, 1, 4, {.cancelled = true})});
  EXPECT_EQ(stage_of(id) + status_of(1), "lostavailable");
  EXPECT_EQ(ask("select close_reason from lead where id = " + id), "order cancelled");
  EXPECT_EQ(ask("select count(*) from lead_vehicle where chosen"), "0");
  EXPECT_EQ(ask("select count(*) from conversion"), "0");
  process({bought(1, 1, 1, 5, {.paid = true})});
  EXPECT_EQ(stage_of(id) + status_of(1), "prepaymentreserved") << "what the order had closed it opens again";
}

TEST_F(orders_of_an_erp, what_is_told_late_or_twice_moves_nothing) {
  const auto id = lead(1, 1, "in_negotiation");
  process({bought(1, 1, 1, 9, {.paid = true, .shipped = true})});
  EXPECT_EQ(stage_of(id), "in_negotiation") << "nobody knows whose order it is";
  process({buyer(1, 1)});
  EXPECT_EQ(stage_of(id), "sold") << "now it is known";
  process({bought(1, 1, 1, 3, {.cancelled = true}), bought(1, 1, 1, 9, {.paid = true, .shipped = true})});
  EXPECT_EQ(stage_of(id), "sold");
  EXPECT_EQ(ask("select count(*) from conversion"), "1");
  EXPECT_EQ(ask("select count(*) from stage_history where lead_id = " + id), "1");
}

TEST_F(orders_of_an_erp, what_cannot_be_is_for_a_person) {
  const auto mine = lead(1, 1, "in_negotiation"), other = lead(2, 1, "contacted");
  process({buyer(2, 1), bought(1, 2, 1, 2, {.paid = true})});
  EXPECT_EQ(stage_of(other), "contacted");
  EXPECT_EQ(open_conflicts(), "o-1 stage contacted prepayment");
  EXPECT_NE(ask("select why from erp_conflict").find("lead " + mine), std::string::npos);
  // The other one steps back.
  run("update lead_vehicle set chosen = false where lead_id = " + mine);
  run("update erp_conflict set state = 'took_theirs', judged_at = now(), applied = false");
  EXPECT_TRUE(judged());
  EXPECT_EQ(stage_of(other) + status_of(1), "prepaymentreserved");
  EXPECT_EQ(open_conflicts(), "");
}

TEST_F(orders_of_an_erp, what_is_judged_and_still_cannot_be_is_open_again) {
  lead(1, 1, "in_negotiation");
  lead(2, 1, "contacted");
  process({buyer(2, 1), bought(1, 2, 1, 2, {.paid = true})});
  run("update erp_conflict set state = 'took_theirs', judged_at = now(), applied = false");
  EXPECT_TRUE(judged());
  EXPECT_EQ(open_conflicts(), "o-1 stage contacted prepayment");
  EXPECT_FALSE(judged());
}

TEST_F(orders_of_an_erp, our_own_order_that_comes_back_changes_nothing) {
  const auto id = lead(1, 1, "prepayment");
  const auto key = "lead-" + id;
  run("insert into erp_ledger (account, direction, object_type, object_id, version, content_hash, content) values"
      " ('bas:main', 'sent', 'order', '" +
      key + "', 'v1', 'h', '{\"hub_id\":\"" + key +
      "\",\"version\":\"v1\",\"placed_at\":\"2026-11-10T01:00:00Z\",\"customer_id\":\"hub-1\",\"customer_name\":\"Hanna\","
      "\"vehicles\":[{\"id\":\"v-1\",\"name\":\"Skoda\",\"price\":\"635000.00\"}],\"total\":\"635000.00\",\"currency\":\"UAH\","
      "\"cancelled\":true}')");
  process({bought(1, 1, 1, 2, {.cancelled = true, .hub_id = key})});
  EXPECT_EQ(stage_of(id), "prepayment") << "the lead was opened again since; that it was cancelled is our own word";
  EXPECT_EQ(ask("select lead_id, order_key, cancelled from erp_order"), id + " " + key + " t");
  process({bought(1, 1, 1, 3, {.paid = true, .shipped = true, .hub_id = key})});
  EXPECT_EQ(stage_of(id), "sold");

  hub::message::order_handed handed;
  handed.hub_id = key;
  handed.version = "v1";
  handed.erp_id = "e-9";
  process({told_by_erp("handed", 4, handed)});
  EXPECT_EQ(ask("select acknowledged_at is not null, other_id from erp_ledger where direction = 'sent'"), "t e-9");
}

TEST_F(orders_of_an_erp, an_order_of_nobody_is_kept) {
  process({bought(1, 1, 1, 2, {.paid = true}), bought(2, 1, 1, 2, {.paid = true, .hub_id = "lead-999"})});
  EXPECT_EQ(ask("select order_key, coalesce(lead_id, 0), paid from erp_order order by 1"), "lead-999 0 t\no-1 0 t");
  EXPECT_EQ(status_of(1), "available");
}

}  // namespace
