// What a review of a call comes to.

#include "hub/api/review_views.hpp"

#include <gtest/gtest.h>

namespace hub::api {
namespace {

scored_view scored(std::int64_t max, std::optional<std::int64_t> points) { return {"key", "", "", max, points, {}, ""}; }

TEST(call_review, scores_points_of_what_could_be_had) {
  EXPECT_EQ(score_of({scored(5, 5), scored(5, 5)}), 100);
  EXPECT_EQ(score_of({scored(5, 0), scored(10, 0)}), 0);
  EXPECT_EQ(score_of({scored(5, 4), scored(5, 2), scored(5, 3)}), 60);
}

TEST(call_review, weighs_a_criterion_by_its_most_points) {
  EXPECT_EQ(score_of({scored(1, 1), scored(9, 0)}), 10);
  EXPECT_EQ(score_of({scored(1, 0), scored(9, 9)}), 90);
}

TEST(call_review, leaves_out_what_did_not_apply) {
  EXPECT_EQ(score_of({scored(5, std::nullopt), scored(5, 4)}), 80);
  EXPECT_EQ(score_of({scored(5, std::nullopt)}), std::nullopt);
  EXPECT_EQ(score_of({}), std::nullopt);
}

TEST(call_review, keeps_two_digits) {
  EXPECT_EQ(score_of({scored(3, 1)}), 33.33);
  EXPECT_EQ(score_of({scored(3, 2)}), 66.67);
}

}  // namespace
}  // namespace hub::api
