// Orders to an ERP: a real database, and an HTTP server in the connector's place that says what it is told to say.

#include "hub/http/server.hpp"
#include "hub/message/json.hpp"
#include "hub/message/order_back.hpp"
#include "tests/integration/erp_fixture.hpp"
#include "workers/office/pool.hpp"

#include <boost/asio/io_context.hpp>

#include <mutex>
#include <thread>

namespace {

using namespace test_support;
using hub::message::order_asked;
using hub::message::order_state;
using hub::message::order_told;

/// POST /internal/order: keeps what comes.
class connector_that_keeps_orders {
 public:
  connector_that_keeps_orders() {
    hub::http::router routes;
    routes.add({.method = "POST", .pattern = "/internal/order", .handle = [this](hub::http::request asked) {
                  return keep(std::move(asked));
                }});
    server_ = std::make_unique<hub::http::server>(loop_, "connector", std::move(routes), hub::http::listen_options{});
    server_->start();
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~connector_that_keeps_orders() {
    loop_.stop();
    thread_.join();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  void say(int status, order_state state) {
    const std::lock_guard lock(mutex_);
    status_ = status;
    told_ = {state, state == order_state::kept ? "" : "for a reason"};
  }
  std::vector<order_asked> kept() const {
    const std::lock_guard lock(mutex_);
    return kept_;
  }

 private:
  hub::async::task<hub::http::response> keep(hub::http::request asked) {
    const std::lock_guard lock(mutex_);
    const auto* token = asked.head.find("Authorization");
    if (!token || *token != "Bearer internal" || asked.query["channel"] != "bas" || asked.query["account"] != "main")
      co_return hub::http::response::problem(401, "wrong token");
    if (status_ != 200) co_return hub::http::response::problem(status_, "not now");
    const auto parsed = hub::message::parse_json(asked.body);
    auto order = hub::message::from_json<order_asked>(*parsed, hub::message::unknown_members::refuse);
    if (!order) co_return hub::http::response::problem(400, "not an order", order.error().what);
    kept_.push_back(std::move(*order));
    co_return hub::http::response::json(200, hub::message::to_json(told_));
  }

  mutable std::mutex mutex_;
  int status_ = 200;
  order_told told_{order_state::kept, ""};
  std::vector<order_asked> kept_;
  boost::asio::io_context loop_{1};
  std::unique_ptr<hub::http::server> server_;
  std::thread thread_;
};

class orders_to_an_erp : public erp_fixture {
 protected:
  void SetUp() override {
    erp_fixture::SetUp();
    process({goods(1, 0), offer(1, 0), goods(2, 0), offer(2, 0)});
  }
  /// A desk of its own, as after a restart: looks, and sends what waits.
  void turn() {
    workers::office::desk desk(options(), hub::real_clock(),
                               {[this] { return away_ ? "" : connector_.url(); }, hub::secret("internal")});
    while (desk.turn()) continue;
  }
  std::string ledger() {
    return ask("select object_id, state, attempt, acknowledged_at is not null from erp_ledger where direction = 'sent'");
  }
  void due_now() { run("update erp_ledger set next_attempt_at = now(), taken_until = null where direction = 'sent'"); }

  connector_that_keeps_orders connector_;
  bool away_ = false;
};

TEST_F(orders_to_an_erp, a_lead_at_prepayment_becomes_an_order_once) {
  const auto id = lead(1, 1, "prepayment"), other = lead(2, 2, "in_negotiation");
  turn();
  turn();
  const auto kept = connector_.kept();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].hub_id, "lead-" + id);
  EXPECT_EQ(kept[0].total + kept[0].currency, "635000.00UAH");
  ASSERT_EQ(kept[0].vehicles.size(), 1u);
  EXPECT_EQ(kept[0].vehicles[0].id + " " + kept[0].vehicles[0].name, "v-1 Skoda Octavia 1 2014");
  EXPECT_EQ(kept[0].customer_id + " " + kept[0].customer_name, "hub-1 Hanna");
  EXPECT_EQ(ledger(), "lead-" + id + " done 1 f");

  hub::message::order_handed handed;
  handed.hub_id = "lead-" + id;
  handed.version = kept[0].version;
  handed.erp_id = "e-1";
  process({told_by_erp("handed", 1, handed)});
  turn();
  EXPECT_EQ(ledger(), "lead-" + id + " done 1 t") << "what the ERP calls it is no other content";
  EXPECT_EQ(connector_.kept().size(), 1u);
}

TEST_F(orders_to_an_erp, another_content_is_sent_again_and_a_lost_lead_takes_it_back) {
  const auto id = lead(1, 1, "prepayment");
  turn();
  process({offer(1, 1, "600000.00")});
  turn();
  ASSERT_EQ(connector_.kept().size(), 2u);
  EXPECT_EQ(connector_.kept()[1].total, "600000.00");
  EXPECT_NE(connector_.kept()[1].version, connector_.kept()[0].version);
  run("select move_vehicles(" + id + ", 'prepayment', 'lost')");
  run("select change_stage(array[" + id + "::bigint], array['lost'::lead_stage], array[false], null, array['test'], now())");
  turn();
  turn();
  ASSERT_EQ(connector_.kept().size(), 3u);
  EXPECT_TRUE(connector_.kept()[2].cancelled);
  EXPECT_EQ(connector_.kept()[2].hub_id, "lead-" + id);
  // The ERP returns it as it was sent: nothing follows.
  process({bought(1, 1, 1, 2, {.cancelled = true, .hub_id = "lead-" + id, .total = "600000.00"})});
  EXPECT_EQ(open_conflicts(), "");
  turn();
  EXPECT_EQ(connector_.kept().size(), 3u);
}

TEST_F(orders_to_an_erp, waits_for_the_connector_and_for_whoever_died_over_it) {
  const auto id = lead(1, 1, "prepayment");
  away_ = true;
  turn();
  EXPECT_EQ(ledger(), "lead-" + id + " waiting 1 f");
  away_ = false;
  turn();
  EXPECT_TRUE(connector_.kept().empty()) << "not before its time";
  connector_.say(503, order_state::kept);
  due_now();
  turn();
  EXPECT_EQ(ledger(), "lead-" + id + " waiting 2 f");
  // Somebody took it and died.
  run("update erp_ledger set next_attempt_at = now(), attempt = 3, taken_until = now() + interval '30 seconds'"
      " where direction = 'sent'");
  connector_.say(200, order_state::kept);
  turn();
  EXPECT_TRUE(connector_.kept().empty());
  due_now();
  turn();
  EXPECT_EQ(ledger(), "lead-" + id + " done 4 f");
}

TEST_F(orders_to_an_erp, what_can_never_go_is_said_and_not_tried_again) {
  const auto id = lead(1, 1, "prepayment");
  connector_.say(200, order_state::unsupported);
  turn();
  turn();
  EXPECT_EQ(connector_.kept().size(), 1u);
  EXPECT_EQ(ask("select state, reason from erp_ledger where direction = 'sent'"), "refused for a reason");
}

TEST_F(orders_to_an_erp, an_order_that_was_born_there_is_not_sent_back) {
  lead(1, 1, "in_negotiation");
  process({buyer(1, 1), bought(1, 1, 1, 2, {.paid = true})});
  EXPECT_EQ(status_of(1), "reserved");
  turn();
  EXPECT_TRUE(connector_.kept().empty());
  EXPECT_EQ(ledger(), "");
}

}  // namespace
