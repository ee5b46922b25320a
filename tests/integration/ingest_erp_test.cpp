// What an ERP tells, in ingest: kept whole, once, and nothing else changes.

#include "tests/integration/ingest_fixture.hpp"

namespace {

using namespace test_support;
using hub::message::event;

class told_by_an_erp : public ingest_fixture {
 protected:
  void SetUp() override { rules(team_options{}); }

  static event about(const std::string& what, hub::message::event_data data) {
    event e;
    e.key = "bas:main:" + what;
    e.channel = "bas";
    e.account = "main";
    e.conversation = "erp:bas:main";
    e.time = e.received_at = hub::parse_rfc3339("2026-02-11T01:00:05Z").value();
    e.data = std::move(data);
    return e;
  }
  static std::vector<event> events() {
    hub::message::customer who;
    who.who.identities = {{"bas", "main", "c-1"}, {"fingerprint", "", "fp:00000000:" + std::string(64, 'a')}};
    who.first_name = "Ганна";
    hub::message::vehicle car;
    car.id = "v-1";
    car.vin = "TMBZZZ9BZE0009000";
    hub::message::order bought;
    bought.id = "o-1";
    hub::message::exchange all;
    all.objects = "vehicle";
    all.from = std::string(16, '0');
    all.to = std::string(16, 'f');
    return {about("customer:c-1:1", who), about("exchange:1", all), about("order:o-1:1", bought), about("vehicle:v-1:1", car)};
  }
};

TEST_F(told_by_an_erp, every_kind_is_kept_once_and_changes_no_row) {
  process(events());
  process(events());
  EXPECT_EQ(ask("select key, kind from event_key order by key"),
            "bas:main:customer:c-1:1 customer\nbas:main:exchange:1 exchange\n"
            "bas:main:order:o-1:1 order\nbas:main:vehicle:v-1:1 vehicle");
  EXPECT_EQ(ask("select count(*) from event_body"), "4");
  EXPECT_EQ(ask("select (select count(*) from customer), (select count(*) from lead), (select count(*) from vehicle),"
                " (select count(*) from identity), (select count(*) from quarantine)"),
            "0 0 0 0 0");
}

}  // namespace
