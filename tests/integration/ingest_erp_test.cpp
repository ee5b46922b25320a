// What an ERP tells of vehicles and customers, in ingest.

#include "tests/integration/erp_fixture.hpp"
#include "workers/media/rows.hpp"

namespace {

using namespace test_support;
using enum hub::message::vehicle_state;

class told_by_an_erp : public erp_fixture {};

TEST_F(told_by_an_erp, a_vehicle_appears_once_its_price_is_known) {
  process({goods(1, 0)});
  EXPECT_EQ(ask("select count(*) from vehicle"), "0") << "it waits for its price";
  process({offer(1, 1)});
  EXPECT_EQ(cars(), "v-1 " + vin_of(1) + " 635000.00 UAH available");
  EXPECT_EQ(ask("select make, model, year from vehicle"), "Skoda Octavia 1 2014");
  process({goods(1, 0), offer(1, 1)});
  process({offer(1, 2, "600000.00"), goods(1, 3, sold)});
  EXPECT_EQ(cars(), "v-1 " + vin_of(1) + " 600000.00 UAH sold");
  EXPECT_EQ(ask("select object_type, object_id, version, direction from erp_ledger"), "vehicle v-1 3 received");
  EXPECT_EQ(open_conflicts(), "");
}

TEST_F(told_by_an_erp, what_is_older_changes_nothing) {
  process({offer(1, 5, "600000.00"), goods(1, 5, sold)});
  process({goods(1, 1), offer(1, 1)});
  EXPECT_EQ(cars(), "v-1 " + vin_of(1) + " 600000.00 UAH sold");
}

TEST_F(told_by_an_erp, what_a_full_exchange_leaves_out_is_archived_and_comes_back) {
  process({goods(1, 0), offer(1, 0), goods(2, 0), offer(2, 0), goods(3, 0, sold), offer(3, 0)});
  process({full({1}, 5)});
  EXPECT_EQ(status_of(1) + status_of(2) + status_of(3), "availablearchivedsold") << "what was sold stays sold";
  process({goods(2, 6)});
  EXPECT_EQ(status_of(2), "available");
}

TEST_F(told_by_an_erp, an_exchange_in_ranges_counts_once_it_is_whole) {
  process({goods(1, 0), offer(1, 0), goods(2, 0), offer(2, 0), goods(3, 0), offer(3, 0)});
  auto first = full({1, 2}, 5), second = first;
  auto& low = std::get<hub::message::exchange>(first.data);
  auto& high = std::get<hub::message::exchange>(second.data);
  low.to = "7fffffffffffffff";
  high.from = "8000000000000000";
  second.key += ":second";
  low.present = {"v-1"};
  high.present = {"v-2"};
  process({second});
  EXPECT_EQ(status_of(3), "available");
  process({first});
  EXPECT_EQ(status_of(1) + status_of(2) + status_of(3), "availableavailablearchived");
}

TEST_F(told_by_an_erp, an_emptied_catalogue_archives_nothing_until_a_person_says_so) {
  process({goods(1, 0), offer(1, 0), goods(2, 0), offer(2, 0), goods(3, 0), offer(3, 0)});
  process({full({1}, 5)});
  EXPECT_EQ(status_of(2) + status_of(3), "availableavailable");
  EXPECT_EQ(ask("select object_type, field, ours, theirs from erp_conflict where state = 'open'"),
            "exchange absent 3 vehicles 1 of them");
  run("update erp_conflict set state = 'took_theirs', judged_at = now(), applied = false");
  EXPECT_TRUE(judged());
  EXPECT_EQ(status_of(1) + status_of(2) + status_of(3), "availablearchivedarchived");
  EXPECT_FALSE(judged());
}

TEST_F(told_by_an_erp, no_exchange_takes_what_a_lead_holds) {
  process({goods(1, 0), offer(1, 0), goods(2, 0), offer(2, 0), goods(3, 0), offer(3, 0)});
  const auto id = lead(7, 1, "prepayment");
  process({full({2, 3}, 5)});
  EXPECT_EQ(status_of(1), "reserved");
  EXPECT_EQ(open_conflicts(), "v-1 status reserved archived");
  process({goods(1, 6, sold)});
  EXPECT_EQ(status_of(1), "reserved");
  EXPECT_EQ(open_conflicts(), "v-1 status reserved sold");
  EXPECT_EQ(ask("select lead_id from erp_conflict where state = 'open'"), id);
  process({goods(1, 7)});
  EXPECT_EQ(status_of(1), "reserved");
  EXPECT_EQ(open_conflicts(), "") << "both sides agree again";
  EXPECT_EQ(ask("select count(*) from erp_conflict where state = 'settled' and over"), "1");
}

TEST_F(told_by_an_erp, a_reservation_of_nobody_here_is_shown) {
  process({goods(1, 0, reserved), offer(1, 0)});
  EXPECT_EQ(status_of(1), "reserved");
  EXPECT_EQ(open_conflicts(), "v-1 status available reserved");
  run("update erp_conflict set state = 'kept_ours', judged_at = now(), applied = false");
  EXPECT_TRUE(judged());
  EXPECT_EQ(status_of(1), "available");
  process({goods(1, 1, reserved)});
  EXPECT_EQ(status_of(1) + open_conflicts(), "available") << "it was judged";
  process({goods(1, 2), goods(1, 3, sold)});
  EXPECT_EQ(status_of(1), "sold");
}

// ---- pictures ---------------------------------------------------------------------------------------------------------

class pictures_of_an_erp : public erp_fixture {
 protected:
  static event shown(int n, int minute, const std::vector<std::string>& names) {
    auto made = goods(n, minute);
    auto& told = std::get<hub::message::vehicle>(made.data);
    made.key += ":" + std::to_string(names.size());
    for (const auto& name : names) {
      hub::message::attachment one;
      one.part = std::to_string(told.photos.size());
      one.type = hub::message::content_type::photo;
      one.reference = "sealed " + name;
      one.file_name = name;
      told.photos.push_back(std::move(one));
    }
    return made;
  }
  void fetch(char bytes) {
    auto rows = media();
    const auto job = rows.take("test", std::chrono::minutes(1));
    ASSERT_TRUE(job);
    const hub::media::stored file{
        .sha256 = std::string(64, bytes), .path = std::string("a/") + bytes, .size = 1, .type = "image/jpeg"};
    ASSERT_TRUE(rows.settle_stored(*job, file));
  }
  std::string shown_of(int n) {
    return ask(
        "select string_agg(left(z.sha256, 1) || z.original_name, ' ' order by z.id) from media z join vehicle v"
        " on v.id = z.vehicle_id where v.erp_sync_id = 'v-" +
        std::to_string(n) + "'");
  }
  workers::media::rows media() { return workers::media::rows(options()); }
};

TEST_F(pictures_of_an_erp, find_their_vehicle_whichever_is_there_first) {
  process({shown(1, 0, {"front.jpg"})});
  fetch('a');
  EXPECT_EQ(ask("select count(*) from media where vehicle_id is null"), "1") << "the vehicle waits for its price";
  process({offer(1, 1)});
  EXPECT_EQ(shown_of(1), "afront.jpg");
  process({shown(1, 2, {"front.jpg", "back.jpg"})});
  fetch('b');
  EXPECT_EQ(shown_of(1), "afront.jpg bback.jpg");
}

TEST_F(pictures_of_an_erp, are_fetched_once_however_often_they_are_told) {
  process({shown(1, 0, {"front.jpg", "back.jpg"}), offer(1, 0)});
  fetch('a');
  fetch('b');
  process({shown(1, 1, {"front.jpg", "back.jpg"})});
  EXPECT_FALSE(media().take("test", std::chrono::minutes(1)));
  process({shown(1, 2, {"back.jpg", "front.jpg"})});
  fetch('b');
  fetch('a');
  EXPECT_EQ(ask("select count(*) from media"), "2") << "another place makes no second picture";
}

TEST_F(pictures_of_an_erp, that_could_not_be_fetched_are_asked_for_when_they_are_told_again) {
  process({shown(1, 0, {"front.jpg"}), offer(1, 0)});
  auto rows = media();
  const auto job = rows.take("test", std::chrono::minutes(1));
  ASSERT_TRUE(job);
  ASSERT_TRUE(rows.settle(*job, {.ending = workers::media::ending::refused, .reason = "no picture"}));
  process({shown(1, 1, {"front.jpg"})});
  fetch('a');
  EXPECT_EQ(shown_of(1), "afront.jpg");
}

TEST_F(told_by_an_erp, one_vin_has_one_vehicle) {
  process({goods(1, 0), offer(1, 0), goods(2, 0, available, vin_of(1)), offer(2, 0)});
  EXPECT_EQ(ask("select erp_sync_id from vehicle where vin = '" + vin_of(1) + "'"), "v-1");
  const auto first = ask("select id from vehicle where erp_sync_id = 'v-1'");
  EXPECT_EQ(open_conflicts(), "v-2 vin_owner vehicle " + first + " " + vin_of(1));
  process({goods(1, 2, archived)});
  EXPECT_EQ(ask("select erp_sync_id from vehicle where vin = '" + vin_of(1) + "'"), "v-2") << "made anew in the ERP";
  process({goods(1, 3), goods(2, 3)});
  EXPECT_EQ(ask("select erp_sync_id, vin from vehicle order by 1"), "v-1 " + vin_of(1) + "\nv-2 " + vin_of(2));
  EXPECT_EQ(open_conflicts(), "");
}

TEST_F(told_by_an_erp, a_vehicle_that_was_here_by_hand_is_taken_over) {
  run("insert into vehicle (make, model, year, vin, price, currency, plate) values ('SKODA', 'Octavia 1', 2014, '" + vin_of(1) +
      "', 1, 'UAH', 'AA')");
  process({goods(1, 0), offer(1, 0)});
  EXPECT_EQ(ask("select erp_sync_id, make, plate from vehicle"), "v-1 SKODA AA");
  EXPECT_EQ(open_conflicts(), "v-1 make SKODA Skoda\nv-1 price 1.00 UAH 635000.00 UAH");
  run("update erp_conflict set state = case field when 'make' then 'kept_ours' else 'took_theirs' end, judged_at = now(),"
      " applied = false");
  EXPECT_TRUE(judged());
  EXPECT_EQ(ask("select make, price from vehicle"), "SKODA 635000.00");
  process({goods(1, 9), offer(1, 9, "1000.00")});
  EXPECT_EQ(ask("select make, price from vehicle"), "SKODA 1000.00");
  EXPECT_EQ(open_conflicts(), "");
}

TEST_F(told_by_an_erp, what_both_sides_changed_is_for_a_person) {
  auto car = goods(1, 0);
  std::get<hub::message::vehicle>(car.data).colour = "red";
  process({car, offer(1, 0)});
  run("update vehicle set colour = 'dark red'");
  process({goods(1, 1)});
  EXPECT_EQ(ask("select colour from vehicle"), "dark red");
  auto later = goods(1, 2);
  std::get<hub::message::vehicle>(later.data).colour = "blue";
  process({later});
  EXPECT_EQ(ask("select colour from vehicle") + " " + open_conflicts(), "dark red v-1 colour dark red blue");
}

TEST_F(told_by_an_erp, a_customer_is_who_has_that_number) {
  run("insert into customer (first_name, named_at) values ('Hanna', '2026-01-01T00:00:00Z')");
  run("insert into identity (space, external_id, customer_id) values ('fingerprint', 'fp:00000000:" +
      hub::to_hex(hub::sha256("person 1")) + "', 1)");
  process({buyer(1, 0), buyer(2, 0, "Петро", "Умовний")});
  EXPECT_EQ(ask("select external_id, customer_id from identity where space = 'bas' order by 1"), "c-1 1\nc-2 2");
  EXPECT_EQ(ask("select first_name, last_name, email from customer order by id"),
            "Hanna  buyer1@client.example\nПетро Умовний buyer2@client.example");
  EXPECT_EQ(ask("select count(*) from lead"), "0");
  process({bought(1, 1, 1, 1)});
  EXPECT_EQ(ask("select first_name, last_name from customer where id = 1"), "Ганна Зразкова") << "it has a contract now";
}

TEST_F(told_by_an_erp, messages_beside_it_are_handled_all_the_same) {
  process({message_from(1, 1), goods(1, 0), offer(1, 0), message_from(2, 2)});
  EXPECT_EQ(ask("select (select count(*) from message), (select count(*) from vehicle), (select count(*) from event_key)"),
            "2 1 4");
}

}  // namespace
