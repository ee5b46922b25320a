#pragma once
// Reviews of calls as the API shows them: one described struct per schema of docs/openapi.yaml. The list of scored criteria is
// kept as it is written here (call_review.criteria), so that a review stays what it was when the settings change. Pure, any
// thread.

#include "hub/api/views.hpp"

#include <cmath>

namespace hub::api {

struct criterion_view {
  std::string key, uk, en;
  std::int64_t max = 0;

  bool operator==(const criterion_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("key", self.key, always);
    on("uk", self.uk, always);
    on("en", self.en, always);
    on("max", self.max, always);
  }
};

struct scored_view {
  std::string key, uk, en;
  std::int64_t max = 0;
  std::optional<std::int64_t> points;  ///< nothing: it did not apply to this call and does not count
  std::vector<std::int64_t> at;        ///< seconds of the recording
  std::string comment;

  bool operator==(const scored_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("key", self.key, always);
    on("uk", self.uk, always);
    on("en", self.en, always);
    on("max", self.max, always);
    on("points", self.points, always);
    on("at", self.at, always);
    on("comment", self.comment, always);
  }
};

/// Points of what could be had, as a percentage with two digits; nothing where no criterion applied.
inline std::optional<double> score_of(const std::vector<scored_view>& criteria) {
  std::int64_t points = 0, most = 0;
  for (const auto& one : criteria)
    if (one.points) points += *one.points, most += one.max;
  if (most == 0) return std::nullopt;
  return std::round(static_cast<double>(points) * 10'000 / static_cast<double>(most)) / 100;
}

struct call_review_view {
  std::int64_t id = 0, call_id = 0;
  person_view reviewer;
  instant at;
  std::optional<instant> changed_at;
  double score = 0;
  std::vector<scored_view> criteria;
  std::string feedback;
  std::optional<instant> seen_at;  ///< by whose call it is
  std::string answer;
  std::optional<instant> answered_at;

  bool operator==(const call_review_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("id", self.id, always);
    on("call_id", self.call_id, always);
    on("reviewer", self.reviewer, always);
    on("at", self.at, always);
    on("changed_at", self.changed_at, always);
    on("score", self.score, always);
    on("criteria", self.criteria, always);
    on("feedback", self.feedback, always);
    on("seen_at", self.seen_at, always);
    on("answer", self.answer, always);
    on("answered_at", self.answered_at, always);
  }
};

struct call_reviews_view {
  std::vector<criterion_view> criteria;  ///< what a new review is made by
  std::vector<call_review_view> reviews;
  bool may_review = false;  ///< the person who asks, now

  bool operator==(const call_reviews_view&) const = default;
  static void describe(auto& self, auto& on) {
    on("criteria", self.criteria, always);
    on("reviews", self.reviews, always);
    on("may_review", self.may_review, always);
  }
};

}  // namespace hub::api
