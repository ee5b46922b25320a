// The drop directory: what is taken when, what waits, what is refused, and that a file is applied once wherever it is cut.

#include "connectors/erp/drop_watch.hpp"
#include "hub/base/failure.hpp"
#include "hub/message/codec.hpp"
#include "tests/support/erp_files.hpp"
#include "tests/support/waiting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

namespace {

using namespace test_support;
using namespace connectors::erp;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

namespace fs = std::filesystem;

#ifdef LEADYARD_FAILPOINTS
const bool failpoints_set = setenv("LEADYARD_FAILPOINTS",
                                   "erp.drop_told=transient:1@cut-told,erp.drop_kept=transient:1@cut-kept,"
                                   "erp.drop_moved=transient:1@cut-moved",
                                   1) == 0;
#endif

class erp_drop_watch : public testing::Test {
 protected:
  erp_drop_watch() {
    with.drop_directory = directory.path() + std::string("/in");
    fs::create_directories(with.drop_directory);
    restart();
  }
  /// As if the program had been killed.
  void restart() {
    watch = std::make_unique<drop_watch>(of, with, directory.path() + std::string("/state"));
    ready = std::make_unique<outbox>(directory.path() + std::string("/ready"), of.seal_key);
  }
  void put(const std::string& name, const std::string& bytes) const {
    std::ofstream(fs::path(with.drop_directory) / name, std::ios::binary) << bytes;
  }
  void put_with_manifest(const std::string& name, const std::string& bytes, std::uint64_t seq, const std::string& mode = "delta",
                         std::uint64_t rows = 3, const std::string& entity = "vehicle") const {
    put(name, bytes);
    put(name.substr(0, name.rfind('.')) + ".manifest.json",
        R"({"schema":"erp.drop.v1","file":")" + name + R"(","entity":")" + entity + R"(","mode":")" + mode + R"(","seq":)" +
            std::to_string(seq) + R"(,"rows":)" + std::to_string(rows) + R"(,"bytes":)" + std::to_string(bytes.size()) +
            R"(,"sha256":")" + hub::to_hex(hub::sha256(bytes)) + R"(","created_at":"2026-02-11T03:00:05+02:00"})");
  }
  /// Until nothing more is taken; the keys of what was told.
  std::multiset<std::string> look() {
    while (watch->look(now, *ready)) {
    }
    std::multiset<std::string> keys;
    for (auto some = ready->next(1000); !some.empty(); some = ready->next(1000)) {
      for (const auto& e : some) {
        keys.insert(e.key);
        last.push_back(e);
      }
      ready->told();
    }
    return keys;
  }
  std::set<std::string> names_in(const std::string& where) const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(fs::path(with.drop_directory) / where))
      if (entry.is_regular_file()) names.insert(entry.path().filename().string());
    return names;
  }
  std::string reason(const std::string& name) const {
    return bytes_of(fs::path(with.drop_directory) / "bad" / (name + ".reason.txt"));
  }

  connectors::account_context of = recorded_context("bas");
  settings with;
  temp_dir directory;
  hub::instant now = erp_received;
  std::vector<hub::message::event> last;
  std::unique_ptr<drop_watch> watch;
  std::unique_ptr<outbox> ready;
  const std::string full = erp_file("drop_vehicles_full_utf8.csv"), delta = erp_file("drop_vehicles_delta_utf8.csv");
};

TEST_F(erp_drop_watch, takes_the_recorded_files_and_refuses_the_one_that_was_cut) {
  for (const auto* name : {"drop_vehicles_full_utf8.csv", "drop_vehicles_delta_utf8.csv", "drop_vehicles_partial.csv"})
    put(name, erp_file(name));
  put("full.manifest.json", erp_file("drop_manifest_full.json"));
  put("delta.manifest.json", erp_file("drop_manifest_delta.json"));
  put("partial.manifest.json", erp_file("drop_manifest_for_partial.json"));
  const auto keys = look();
  // Twenty products and their prices, what exists; two changed ones with prices, one that is deleted.
  EXPECT_EQ(keys.size(), 20u + 20u + 1u + 2u + 2u + 1u);
  EXPECT_THAT(names_in("."), IsEmpty());
  EXPECT_THAT(names_in("done"), UnorderedElementsAre("drop_vehicles_full_utf8.csv", "drop_vehicles_delta_utf8.csv",
                                                     "full.manifest.json", "delta.manifest.json"));
  EXPECT_THAT(names_in("bad"),
              UnorderedElementsAre("drop_vehicles_partial.csv", "drop_vehicles_partial.csv.reason.txt", "partial.manifest.json"));
  EXPECT_THAT(reason("drop_vehicles_partial.csv"), HasSubstr("bytes instead of 2596"));
  EXPECT_THAT(watch->trouble(), HasSubstr("1 dropped files were refused"));
  erp_stock stock;
  stock.apply(last);
  EXPECT_EQ(stock.cars().at("2da6aaa1-ef57-5cc6-85bd-61da2c09c39b")["price"], "618500.00");
}

TEST_F(erp_drop_watch, lets_a_delta_behind_a_gap_wait_for_the_next_full_file) {
  put_with_manifest("first.csv", delta, 3);
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(watch->trouble(), HasSubstr("first.csv waits for the next full file"));
  put_with_manifest("full.csv", full, 5, "full", 20);
  put_with_manifest("later.csv", delta, 6);
  EXPECT_FALSE(look().empty());
  EXPECT_THAT(names_in("."), IsEmpty());
  EXPECT_TRUE(names_in("done").contains("later.csv"));
  EXPECT_THAT(reason("first.csv"), HasSubstr("seq 3 is not above"));
}

TEST_F(erp_drop_watch, takes_a_file_without_a_manifest_when_it_has_been_still_for_a_minute) {
  put("cars.csv", full.substr(0, 500));
  EXPECT_THAT(look(), IsEmpty());
  now += 59s;
  put("cars.csv", full);
  put("cars2.csv.part", full);
  EXPECT_THAT(look(), IsEmpty());
  now += 59s;
  EXPECT_THAT(look(), IsEmpty());
  now += 2s;
  // A delta, whatever it says: what exists is not told.
  EXPECT_EQ(look().size(), 40u);
  for (const auto& e : last) EXPECT_TRUE(std::holds_alternative<hub::message::vehicle>(e.data));
  EXPECT_THAT(names_in("."), UnorderedElementsAre("cars2.csv.part"));
}

TEST_F(erp_drop_watch, reads_customers_and_orders) {
  put_with_manifest("people.json", erp_file("drop_customers.json"), 1, "full", 3, "customer");
  put("orders.json", erp_file("drop_orders.json"));
  look();
  now += 61s;
  look();
  std::map<std::string, hub::message::customer> people;
  std::vector<hub::message::order> orders;
  for (const auto& e : last) {
    if (const auto* one = std::get_if<hub::message::customer>(&e.data)) people[one->who.identities[0].id] = *one;
    if (const auto* one = std::get_if<hub::message::order>(&e.data)) orders.push_back(*one);
  }
  ASSERT_EQ(people.size(), 3u);
  EXPECT_EQ(people.at("3eba5581-65c2-5db6-be91-1b62b458d3c9").email, "hanna@client.example");
  EXPECT_TRUE(people.at("1a7d3911-b315-5437-b15c-12649af1f4bd").deleted);
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].placed_at, hub::parse_rfc3339("2026-02-10T12:20:00Z").value());
  EXPECT_EQ(orders[0].total, "635000.00");
  EXPECT_EQ(orders[0].vehicles, std::vector<std::string>{"2da6aaa1-ef57-5cc6-85bd-61da2c09c39b"});
}

TEST_F(erp_drop_watch, turns_a_number_into_a_fingerprint) {
  put_with_manifest("people.json",
                    R"({"schema":"erp.drop.v1","entity":"customer","rows":[)"
                    R"({"erp_id":"c-1","first_name":"Ганна +380 00 000 01 01","phone":"+380 00 000 01 01"}]})",
                    1, "full", 1, "customer");
  look();
  ASSERT_EQ(last.size(), 1u);
  const auto& who = std::get<hub::message::customer>(last[0].data).who;
  ASSERT_EQ(who.identities.size(), 2u);
  EXPECT_EQ(who.identities[1].id, hub::fingerprint(of.fingerprint_key, "+380000000101"));
  EXPECT_EQ(hub::message::encode(last[0]).find("0101\""), std::string::npos);
}

TEST_F(erp_drop_watch, refuses_what_does_not_fit_and_says_why) {
  put_with_manifest("rows.csv", delta, 1, "full", 7);
  put_with_manifest("kind.json", erp_file("drop_orders.json"), 1, "full", 1, "customer");
  put("broken.manifest.json", "{");
  put("broken.csv", delta);
  put("alone.manifest.json", erp_file("drop_manifest_full.json"));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(reason("rows.csv"), HasSubstr("3 rows instead of the 7 told"));
  EXPECT_THAT(reason("kind.json"), HasSubstr("another entity"));
  // These two may be half there.
  EXPECT_TRUE(names_in(".").contains("broken.manifest.json"));
  EXPECT_TRUE(names_in(".").contains("alone.manifest.json"));
  now += 61s;
  look();
  EXPECT_THAT(reason("broken.manifest.json"), HasSubstr("cannot be read"));
  EXPECT_THAT(reason("alone.manifest.json"), HasSubstr("is not there"));
}

TEST_F(erp_drop_watch, leaves_links_alone_and_overwrites_nothing) {
  std::ofstream(directory.path() + std::string("/secret.csv")) << full;
  fs::create_symlink(directory.path() + std::string("/secret.csv"), fs::path(with.drop_directory) / "link.csv");
  for (int i = 1; i <= 2; ++i) {
    put_with_manifest("cars.csv", i == 1 ? full : delta, static_cast<std::uint64_t>(i), i == 1 ? "full" : "delta",
                      i == 1 ? 20 : 3);
    look();
  }
  now += 61s;
  look();
  EXPECT_TRUE(fs::is_symlink(fs::path(with.drop_directory) / "link.csv"));
  EXPECT_EQ(bytes_of(fs::path(with.drop_directory) / "done/cars.csv"), full);
  EXPECT_EQ(bytes_of(fs::path(with.drop_directory) / "done/cars.csv.2"), delta);
}

TEST_F(erp_drop_watch, says_when_its_directory_cannot_be_used) {
  fs::remove_all(with.drop_directory);
  std::ofstream(with.drop_directory) << "a file";
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(watch->trouble(), HasSubstr("cannot be used"));
}

#ifdef LEADYARD_FAILPOINTS

TEST_F(erp_drop_watch, applies_a_file_once_wherever_it_is_cut) {
  std::uint64_t seq = 0;
  for (const std::string place : {"cut-told", "cut-kept", "cut-moved"})
    for (const bool named : {true, false}) {
      SCOPED_TRACE(place + (named ? " with" : " without") + " manifest");
      const auto name = place + (named ? "-m.csv" : ".csv");
      // A place is reached once: without a manifest nothing is left to cut.
      if (named) {
        ++seq;
        put_with_manifest(name, seq == 1 ? full : delta, seq, seq == 1 ? "full" : "delta", seq == 1 ? 20 : 3);
      } else {
        put(name, delta);
        watch->look(now, *ready);
        now += 61s;
      }
      EXPECT_FALSE(named && watch->look(now, *ready)) << "it was not cut";
      restart();
      auto keys = look();
      now += 61s;
      for (const auto& key : look()) keys.insert(key);
      const std::set<std::string> once(keys.begin(), keys.end());
      EXPECT_EQ(once.size(), seq == 1 && named ? 41u : 5u);
      EXPECT_TRUE(names_in("done").contains(name));
      EXPECT_THAT(names_in("."), IsEmpty());
    }
  EXPECT_THAT(names_in("bad"), IsEmpty());
}

#endif

}  // namespace
