// Asterisk's file of calls: its rows, which of them make a whole call, and where it goes on after a restart and a rotation.

#include "connectors/telephony/asterisk/cdr_file.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "tests/support/servers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace {

using namespace connectors::telephony::asterisk;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const std::vector<std::string> columns{"src", "dst", "linkedid"};
constexpr std::chrono::steady_clock::time_point noon{};

class cdr_file : public testing::Test {
 protected:
  void SetUp() override { hub::crypto_start(); }
  void write(const std::string& text) const { std::ofstream(path, std::ios::app | std::ios::binary) << text; }
  /// The calls of the rows from the position on; takes them.
  std::vector<std::string> take(cdr_calls& calls, std::chrono::steady_clock::time_point now = noon) {
    const auto piece = read_cdr(path, position);
    position = piece.at;
    const auto rows = rows_of(piece, columns);
    std::vector<std::string> found;
    for (const auto& its : calls.settled(rows, now)) {
      std::string one;
      for (const auto i : its) one += (one.empty() ? "" : "+") + std::string(rows[i].fields.at("dst").as_string());
      found.push_back(one);
      took(position, rows, its);
    }
    EXPECT_EQ(cdr_position::read(position.to_text()).to_text(), position.to_text());
    return found;
  }

  test_support::temp_dir place_;
  std::string path = place_ / "Master.csv";
  cdr_position position;
  cdr_calls at_once{0ms};
};

TEST_F(cdr_file, rows_are_read_with_their_quotation_marks) {
  const cdr_piece piece{{"x", 100, {}}, "\"1\",\"say \"\"a, b\"\"\",\"c1\"\r\n2,3,c2\n4,5\nhalf,wri"};
  const auto rows = rows_of(piece, columns);
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0].fields.at("dst"), "say \"a, b\"");
  EXPECT_EQ(rows[0].call, "c1");
  EXPECT_EQ(rows[0].offset, 100u);
  EXPECT_EQ(rows[1].offset, rows[0].end);
  EXPECT_EQ(rows[2].call, "") << "too few columns: no row";
  EXPECT_EQ(rows[2].fields.at("line"), "4,5");
}

TEST_F(cdr_file, what_was_there_before_is_not_taken_and_half_a_row_waits) {
  write("a,old,c0\n");
  EXPECT_THAT(take(at_once), IsEmpty());
  write("a,1,c1\na,2,c");
  EXPECT_THAT(take(at_once), ElementsAre("1"));
  write("2\n");
  EXPECT_THAT(take(at_once), ElementsAre("2"));
  EXPECT_THAT(take(at_once), IsEmpty());
}

TEST_F(cdr_file, a_file_that_is_empty_at_first_is_taken_from_its_first_row) {
  write("");
  EXPECT_THAT(take(at_once), IsEmpty());
  write("a,1,c1\n");
  EXPECT_THAT(take(at_once), ElementsAre("1"));
}

TEST_F(cdr_file, rows_of_one_call_wait_for_each_other) {
  write("a,old,c0\n");
  cdr_calls calls(60s);
  take(calls, noon);
  write("a,1,c1\na,2,c2\n");
  EXPECT_THAT(take(calls, noon), IsEmpty());
  write("a,3,c1\n");
  EXPECT_THAT(take(calls, noon + 30s), IsEmpty());
  EXPECT_THAT(take(calls, noon + 60s), ElementsAre("2"));
  EXPECT_THAT(position.done, SizeIs(1)) << "taken, behind one that is open";
  cdr_calls after_a_restart(60s);
  EXPECT_THAT(take(after_a_restart, noon + 70s), IsEmpty());
  EXPECT_THAT(take(after_a_restart, noon + 130s), ElementsAre("1+3")) << "and the other not again";
  EXPECT_THAT(position.done, IsEmpty());
}

TEST_F(cdr_file, the_rest_of_a_file_that_was_put_aside_comes_before_the_new_one) {
  write("a,old,c0\n");
  take(at_once);
  write("a,1,c1\n");
  std::filesystem::rename(path, path + ".1");
  write("b,2,c2\n");
  EXPECT_THAT(take(at_once), ElementsAre("1"));
  EXPECT_THAT(take(at_once), ElementsAre("2"));
  std::filesystem::resize_file(path, 0);
  EXPECT_THAT(take(at_once), IsEmpty());
  write("c,3,c3\n");
  EXPECT_THAT(take(at_once), ElementsAre("3"));
}

TEST_F(cdr_file, a_line_without_an_end_does_not_hold_the_file_up) {
  write("a,old,c0\n");
  take(at_once);
  const auto begun = position.offset;
  write(std::string(200'000, 'x'));
  const auto piece = read_cdr(path, position);
  const auto rows = rows_of(piece, columns);
  EXPECT_GE(rows.size(), 3u);
  for (const auto& row : rows) EXPECT_EQ(row.call, "");
  EXPECT_GT(rows.back().end, begun + 190'000);
}

TEST_F(cdr_file, a_file_that_is_not_there_is_worth_another_look) {
  EXPECT_THROW(read_cdr(path, position), hub::error);
  EXPECT_EQ(cdr_position::read("nonsense").file, "");
  EXPECT_EQ(cdr_position::read("x 12 1,a").file, "");
}

}  // namespace
