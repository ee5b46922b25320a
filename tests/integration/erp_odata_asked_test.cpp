// The OData connector asking a simulated ERP over HTTP, with a clock of the test's: what is asked for, what is told, how far that
// is, what a cut or a refusal leaves, and what the operator is told.

#include "config/node.hpp"
#include "connectors/erp/odata_connector.hpp"
#include "hub/base/crypto.hpp"
#include "hub/http/server.hpp"
#include "hub/message/json.hpp"
#include "tests/support/erp_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>

#include <set>

namespace {

using namespace std::chrono_literals;
using hub::http::response;
using hub::message::event;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class own_clock : public hub::clock {
 public:
  hub::instant now() const override { return at; }
  std::chrono::steady_clock::time_point steady() const override { return std::chrono::steady_clock::now(); }
  hub::instant at = hub::parse_rfc3339("2026-02-11T12:00:00Z").value();
};

std::string guid(int number) {
  auto digits = std::to_string(number);
  return "00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits;
}

/// Its rows by entity and key, and the few words of OData that are asked of it.
class simulated_erp {
 public:
  explicit simulated_erp(boost::asio::io_context& loop) {
    add("GET", "/od/{entity}", [this](const auto& r) { return page(r); });
    add("GET", "/od/{entity}/$count", [this](const auto& r) {
      return plain("\xEF\xBB\xBF" + std::to_string(rows[r.params.at("entity")].size() + (miscounts ? 1 : 0)));
    });
    add("POST", "/od/SelectChanges", [this](const auto&) { return plain(feed); });
    add("POST", "/od/NotifyChangesReceived", [](const auto&) { return plain(""); });
    server_ = std::make_unique<hub::http::server>(loop, "erp", std::move(routes_), hub::http::listen_options{});
    server_->start();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/od"; }

  void put_car(int number, const std::string& version, int price = 500'000, const std::string& status = "ВНаличии") {
    rows["Catalog_Автомобили"][guid(number)] = {{"Ref_Key", guid(number)},
                                                {"DataVersion", version},
                                                {"DeletionMark", false},
                                                {"VIN", "TMBZZZ9BZE000" + std::to_string(9000 + number)},
                                                {"Марка", boost::json::object{{"Description", "Skoda"}}},
                                                {"Модель", boost::json::object{{"Description", "Octavia"}}},
                                                {"ГодВыпуска", 2014},
                                                {"Статус", status},
                                                {"Цена", price}};
  }

  std::map<std::string, std::map<std::string, boost::json::object>> rows;
  std::string feed;
  bool miscounts = false;
  std::function<std::optional<response>(const hub::http::request&)> instead;
  std::vector<hub::http::request> asked;
  int at_once = 0, most_at_once = 0;

  std::size_t count(const std::string& path) const {
    return static_cast<std::size_t>(std::count_if(asked.begin(), asked.end(), [&](const auto& r) { return r.path == path; }));
  }

 private:
  static response plain(std::string body) {
    response made;
    made.status = 200;
    made.body = std::move(body);
    return made;
  }
  void add(const std::string& method, const std::string& pattern, std::function<response(const hub::http::request&)> handle) {
    hub::http::route r;
    r.method = method;
    r.pattern = pattern;
    r.handle = [this, handle = std::move(handle)](hub::http::request request) -> hub::async::task<response> {
      most_at_once = std::max(most_at_once, ++at_once);
      asked.push_back(request);
      auto other = instead ? instead(request) : std::nullopt;
      auto made = other ? std::move(*other) : handle(request);
      --at_once;
      co_return made;
    };
    routes_.add(std::move(r));
  }
  response page(const hub::http::request& r) {
    const auto value = [&](const std::string& name) { return r.query.contains(name) ? r.query.at(name) : std::string(); };
    const auto select = value("$select"), filter = value("$filter");
    auto skip = value("$skip").empty() ? 0 : std::stoul(value("$skip"));
    auto top = value("$top").empty() ? 1000 : std::stoul(value("$top"));
    boost::json::array list;
    for (const auto& [id, row] : rows[r.params.at("entity")]) {
      if (filter.find("Ref_Key") != std::string::npos && filter.find("guid'" + id + "'") == std::string::npos) continue;
      if (skip > 0) {
        --skip;
        continue;
      }
      if (top-- == 0) break;
      boost::json::object shown;
      for (const auto& [name, field] : row)
        if (select.empty() || ("," + select + ",").find("," + std::string(name) + ",") != std::string::npos) shown[name] = field;
      list.push_back(std::move(shown));
    }
    boost::json::object body{{"odata.metadata", url() + "/$metadata#" + r.params.at("entity")}, {"value", std::move(list)}};
    return response::json(200, boost::json::serialize(body));
  }

  hub::http::router routes_;
  std::unique_ptr<hub::http::server> server_;
};

class erp_odata_asked : public testing::Test {
 protected:
  /// A fresh connector, as after a restart; what was kept is there.
  void start(const std::string& more = "") {
    of_ = test_support::recorded_context("odata");
    of_.clock = &clock;
    const auto read = config::parse_yaml(
        "user: erp\npassword: secret\npage_size: 2\npoll_every: 1s\nurl: " + erp.url() + "/\n" + more, "hub.yaml");
    hub::problems found;
    it_ = connectors::erp::odata_kind().make(of_, read.root, found);
    ASSERT_TRUE(it_) << hub::to_text(found);
    stop_ = std::make_unique<boost::asio::cancellation_signal>();
    boost::asio::co_spawn(loop, it_->run(port()),
                          boost::asio::bind_cancellation_slot(stop_->slot(), [](const std::exception_ptr&) {}));
  }
  void stop() {
    stop_->emit(boost::asio::cancellation_type::terminal);
    loop.poll();
    it_.reset();
  }
  void TearDown() override {
    if (it_) stop();
  }
  /// Until so many looks have ended.
  void look(int times = 1) {
    const auto wanted = looks + times;
    wait_for([&] { return looks >= wanted; });
  }
  void wait_for(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (!done() && std::chrono::steady_clock::now() < end) loop.run_one_for(1s);
    ASSERT_TRUE(done()) << trouble;
  }
  std::vector<event> take() { return std::exchange(taken, {}); }
  static std::set<std::string> ids_in(const std::vector<event>& events) {
    std::set<std::string> ids;
    for (const auto& e : events)
      if (const auto* car = std::get_if<hub::message::vehicle>(&e.data)) ids.insert(car->id);
    return ids;
  }
  static std::vector<hub::message::exchange> presence_in(const std::vector<event>& events) {
    std::vector<hub::message::exchange> list;
    for (const auto& e : events)
      if (const auto* one = std::get_if<hub::message::exchange>(&e.data)) list.push_back(*one);
    return list;
  }

  boost::asio::io_context loop;
  simulated_erp erp{loop};
  own_clock clock;
  std::vector<event> taken;
  std::map<std::string, std::string, std::less<>> positions;
  std::string trouble;
  int looks = 0;
  int refuses_after = -1;  ///< lists of events that are still taken; -1: all

 private:
  connectors::intake_port port() {
    connectors::intake_port made{http_, {}, {}, {}, {}, {}, {}, {}};
    made.accept = [this](std::vector<event> events) -> hub::async::task<bool> {
      if (refuses_after == 0) co_return false;
      if (refuses_after > 0) --refuses_after;
      for (auto& one : events) taken.push_back(std::move(one));
      co_return true;
    };
    made.position = [this](std::string_view name) {
      const auto found = positions.find(name);
      return found == positions.end() ? std::string() : found->second;
    };
    made.keep_position = [this](std::string_view name, std::string_view value) { positions[std::string(name)] = value; };
    // The last word of every look.
    made.trouble = [this](std::string what) {
      trouble = std::move(what);
      ++looks;
    };
    return made;
  }

  hub::http::client http_{loop};
  connectors::account_context of_;
  std::unique_ptr<connectors::connector> it_;
  std::unique_ptr<boost::asio::cancellation_signal> stop_;
};

TEST_F(erp_odata_asked, reads_everything_once_and_then_what_changed) {
  for (int i = 1; i <= 5; ++i) erp.put_car(i, "v1");
  start();
  look();
  EXPECT_EQ(trouble, "");
  auto events = take();
  EXPECT_THAT(ids_in(events), SizeIs(5));
  ASSERT_THAT(presence_in(events), SizeIs(1));
  EXPECT_THAT(presence_in(events)[0].present, SizeIs(5));
  // Three pages of two, in the order of the keys, between two counts.
  EXPECT_EQ(erp.asked[1].query.at("$orderby"), "Ref_Key");
  EXPECT_EQ(erp.asked[1].query.at("$select"), "Ref_Key,DataVersion,DeletionMark");
  EXPECT_EQ(erp.asked[3].query.at("$skip"), "4");
  EXPECT_EQ(*erp.asked[0].head.find("Authorization"), "Basic " + hub::to_base64("erp:secret"));
  EXPECT_EQ(erp.most_at_once, 1);

  look();
  EXPECT_THAT(take(), IsEmpty());
  erp.put_car(3, "v2", 450'000, "Резерв");
  clock.at += 1min;
  erp.asked.clear();
  look();
  events = take();
  EXPECT_THAT(ids_in(events), ElementsAre(guid(3)));
  EXPECT_THAT(presence_in(events), IsEmpty());
  std::set<std::string> prices;
  for (const auto& e : events) prices.insert(std::get<hub::message::vehicle>(e.data).price);
  EXPECT_THAT(prices, UnorderedElementsAre("", "450000.00"));
  EXPECT_EQ(events[0].conversation, "erp:odata:main");
}

TEST_F(erp_odata_asked, tells_what_exists_when_rows_are_gone_and_once_a_day) {
  for (int i = 1; i <= 3; ++i) erp.put_car(i, "v1");
  erp.rows["Catalog_Автомобили"][guid(3)]["DeletionMark"] = true;
  start();
  look();
  auto there = presence_in(take());
  ASSERT_THAT(there, SizeIs(1));
  EXPECT_THAT(there[0].present, UnorderedElementsAre(guid(1), guid(2)));
  erp.rows["Catalog_Автомобили"].erase(guid(2));
  clock.at += 10min;
  look();
  there = presence_in(take());
  ASSERT_THAT(there, SizeIs(1));
  EXPECT_THAT(there[0].present, ElementsAre(guid(1)));
  look();
  EXPECT_THAT(take(), IsEmpty());
  clock.at += 24h;
  look();
  EXPECT_THAT(presence_in(take()), SizeIs(1));
}

TEST_F(erp_odata_asked, does_not_tell_what_is_gone_when_the_rows_do_not_add_up) {
  erp.put_car(1, "v1");
  erp.miscounts = true;
  start();
  look();
  EXPECT_THAT(trouble, HasSubstr("what is gone is not told"));
  const auto events = take();
  EXPECT_THAT(ids_in(events), SizeIs(1));
  EXPECT_THAT(presence_in(events), IsEmpty());
}

TEST_F(erp_odata_asked, scans_again_when_rows_come_while_it_scans) {
  for (int i = 1; i <= 4; ++i) erp.put_car(i, "v1");
  bool moved = false;
  erp.instead = [&](const hub::http::request& r) -> std::optional<response> {
    // A row that sorts first shifts the pages.
    if (!moved && r.query.contains("$skip") && r.query.at("$skip") == "2") {
      moved = true;
      erp.put_car(0, "v1");
    }
    return std::nullopt;
  };
  start();
  look();
  EXPECT_EQ(trouble, "");
  const auto events = take();
  EXPECT_THAT(ids_in(events), SizeIs(5));
  ASSERT_THAT(presence_in(events), SizeIs(1));
  EXPECT_THAT(presence_in(events)[0].present, SizeIs(5));
}

TEST_F(erp_odata_asked, remembers_only_what_is_safe) {
  for (int i = 1; i <= 3; ++i) erp.put_car(i, "v1");
  refuses_after = 0;
  start();
  look();
  EXPECT_THAT(trouble, HasSubstr("neither broker nor spool"));
  EXPECT_THAT(positions, IsEmpty());
  stop();
  refuses_after = -1;
  start();
  look();
  EXPECT_THAT(ids_in(take()), SizeIs(3));
  stop();
  // A restart reads nothing twice.
  start();
  look();
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(erp_odata_asked, cut_between_its_questions_asks_again_for_what_is_missing) {
  for (int i = 1; i <= 130; ++i) erp.put_car(i, "v1");
  refuses_after = 1;
  start();
  look();
  const auto first = ids_in(take());
  EXPECT_FALSE(first.empty());
  EXPECT_LT(first.size(), 130u);
  stop();
  refuses_after = -1;
  start();
  look();
  auto all = ids_in(take());
  for (const auto& id : first) EXPECT_FALSE(all.contains(id)) << "read twice";
  all.insert(first.begin(), first.end());
  EXPECT_THAT(all, SizeIs(130));
}

TEST_F(erp_odata_asked, says_what_refuses_it) {
  start();
  const auto refusal = [&](int status, const std::string& body) {
    erp.instead = [=](const auto&) -> std::optional<response> { return response::json(status, body); };
    if (looks > 0) {
      stop();
      start();
    }
    look();
    return trouble;
  };
  EXPECT_THAT(refusal(401, ""), HasSubstr("refuses user or password"));
  EXPECT_THAT(refusal(404, "<html>"), HasSubstr("nothing is published"));
  EXPECT_THAT(refusal(404, test_support::erp_file("odata_error_unknown_entity.json")), HasSubstr("error 8"));
  EXPECT_THAT(refusal(500, test_support::erp_file("odata_error_rights.json")), HasSubstr("error 20"));
  EXPECT_THAT(refusal(502, "<html>"), HasSubstr("HTTP 502"));
  EXPECT_THAT(refusal(200, "<html>"), HasSubstr("$count is no number"));
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(erp_odata_asked, asks_a_node_of_an_exchange_plan_for_what_changed_and_confirms_it) {
  const std::string node = "ExchangePlan_ОбменСХабом(guid'5af6ae0d-f920-5290-b591-d0f1dcbf1299')";
  for (int i = 1; i <= 3; ++i) erp.put_car(i, "v1");
  start("exchange_node: \"" + node + "\"\n");
  look();
  EXPECT_THAT(ids_in(take()), SizeIs(3));
  erp.asked.clear();
  erp.put_car(2, "v2", 1);
  erp.rows["Catalog_Автомобили"].erase(guid(3));
  const auto ref = [&](int number) { return erp.url() + "/Catalog_Автомобили(guid'" + guid(number) + "')"; };
  erp.feed =
      "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\" "
      "xmlns:at=\"http://purl.org/atompub/tombstones/1.0\"><entry><id>" +
      ref(2) + "</id></entry><at:deleted-entry ref=\"" + ref(3) + "\" when=\"2026-02-11T11:58:00\"/></feed>";
  clock.at += 1min;
  look();
  EXPECT_EQ(trouble, "");
  auto events = take();
  EXPECT_THAT(ids_in(events), ElementsAre(guid(2), guid(3)));
  EXPECT_TRUE(std::get<hub::message::vehicle>(events.back().data).deleted);
  ASSERT_GE(erp.asked.size(), 3u);
  EXPECT_EQ(erp.asked[0].query.at("DataExchangePoint"), "'" + erp.url() + "/" + node + "'");
  EXPECT_EQ(erp.asked[0].query.at("MessageNo"), "1");
  EXPECT_EQ(erp.asked[2].path, "/od/NotifyChangesReceived");
  EXPECT_EQ(erp.asked[2].query.at("MessageNo"), "1");
  // What was not kept is not confirmed, and asked for under the same number.
  refuses_after = 0;
  erp.asked.clear();
  look();
  EXPECT_EQ(erp.count("/od/NotifyChangesReceived"), 0u);
  EXPECT_EQ(erp.asked[0].query.at("MessageNo"), "2");
  stop();
  refuses_after = -1;
  erp.asked.clear();
  start("exchange_node: \"" + node + "\"\n");
  look();
  EXPECT_EQ(erp.asked[0].query.at("MessageNo"), "2");
  EXPECT_EQ(erp.count("/od/NotifyChangesReceived"), 1u);
}

TEST_F(erp_odata_asked, reads_customers_and_the_orders_of_the_last_weeks) {
  const auto load = [&](const std::string& entity, const std::string& file) {
    const auto page = hub::message::parse_json(test_support::erp_file(file)).value();
    for (const auto& row : page.at("value").as_array())
      erp.rows[entity][std::string(row.at("Ref_Key").as_string())] = row.as_object();
  };
  load("Catalog_Контрагенты", "odata_customers.json");
  load("Document_ЗаказПокупателя", "odata_orders.json");
  start("vehicles: \"\"\ncustomers: Catalog_Контрагенты\norders: Document_ЗаказПокупателя\n");
  look();
  EXPECT_EQ(trouble, "");
  std::map<std::string, hub::message::order> orders;
  std::size_t customers = 0;
  for (const auto& e : take()) {
    customers += std::holds_alternative<hub::message::customer>(e.data);
    if (const auto* one = std::get_if<hub::message::order>(&e.data)) orders[one->number] = *one;
  }
  EXPECT_EQ(customers, 3u);
  ASSERT_THAT(orders, SizeIs(3));
  const auto& paid = orders.at("АП-000123");
  // 14:20 in Kyiv.
  EXPECT_EQ(paid.placed_at, hub::parse_rfc3339("2026-02-10T12:20:00Z").value());
  EXPECT_EQ(paid.total, "635000.00");
  EXPECT_TRUE(paid.paid);
  EXPECT_THAT(paid.vehicles, ElementsAre("2da6aaa1-ef57-5cc6-85bd-61da2c09c39b"));
  EXPECT_TRUE(orders.at("АП-000124").shipped);
  EXPECT_TRUE(orders.at("АП-000120").deleted);
  const auto asked = std::find_if(erp.asked.begin(), erp.asked.end(), [](const auto& r) {
    return r.path == "/od/Document_ЗаказПокупателя" && r.query.contains("$top");
  });
  EXPECT_EQ(asked->query.at("$filter"), "Date ge datetime'2025-12-28T14:00:00'");
}

}  // namespace
