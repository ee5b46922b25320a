// hubctl erase: a customer is forgotten, with their files, and nobody else.

#include "hub/media/store.hpp"
#include "tests/integration/ctl_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using testing::HasSubstr;

class forgetting : public ctl_tests::database_only {
 protected:
  std::string keep(hub::media::store& store, const std::string& bytes, int customer) {
    auto file = store.begin();
    file.write(bytes);
    const auto kept = file.finish();
    ask("insert into media (file_path, file_type, uploaded_at, customer_id, sha256, size, original_name) values ('" + kept.path +
        "', 'image/jpeg', now(), " + std::to_string(customer) + ", '" + kept.sha256 + "', " + std::to_string(kept.size) +
        ", 'car.jpg')");
    return kept.sha256;
  }
};

TEST_F(forgetting, takes_names_texts_and_files_of_one_customer_and_writes_it_down) {
  ask("insert into customer (id, first_name) values (901, 'Forgotten'), (902, 'Kept')");
  ask("insert into lead (id, customer_id, source_channel, last_activity_at) values (11, 901, 'viber', now()), (12, 902, 'viber', "
      "now())");
  ask("insert into message (lead_id, customer_id, channel, direction, type, content, sent_at) values"
      " (11, 901, 'viber', 'incoming', 'text', 'a secret', now()), (12, 902, 'viber', 'incoming', 'text', 'stays', now())");
  hub::media::store store(home_ / "media");
  const auto own = keep(store, "a picture of one", 901), others = keep(store, "a picture of another", 902);
  const auto small = home_ / "media" + "/thumbnails/" + own.substr(0, 2);
  std::filesystem::create_directories(small);
  std::ofstream(small + "/" + own + "-240.jpg") << "small";

  const auto asked = hubctl({"erase", "901"});
  EXPECT_NE(asked.exit_code, 0) << "nobody said yes";
  EXPECT_THAT(asked.output, HasSubstr("Forgotten: 1 leads, 1 messages, 0 calls, 1 files"));
  EXPECT_EQ(ask("select first_name from customer where id = 901"), "Forgotten");

  const auto done = hubctl({"erase", "901", "--yes"});
  EXPECT_EQ(done.exit_code, 0) << done.output;
  EXPECT_THAT(done.output, HasSubstr("customer 901 is forgotten; 1 file removed"));
  EXPECT_EQ(ask("select id, first_name, erased_at is not null from customer where id > 900 order by id"), "901  t\n902 Kept f");
  EXPECT_EQ(ask("select string_agg('<' || content || '>', ' ' order by id) from message"), "<> <stays>");
  EXPECT_EQ(store.find(own), "");
  EXPECT_NE(store.find(others), "");
  EXPECT_FALSE(std::filesystem::exists(small + "/" + own + "-240.jpg"));
  EXPECT_EQ(ask("select action, subject, details ->> 'files', details ->> 'by' like '%hubctl' from audit"),
            "customer_erase customer:901 1 t");

  const auto nobody = hubctl({"erase", "4711", "--yes"});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.output, HasSubstr("there is no customer 4711"));
}

}  // namespace
