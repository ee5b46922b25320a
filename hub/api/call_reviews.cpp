// /api/v1/calls/{id}/reviews and /call-reviews/{id}: supervisors score a call by the criteria of the settings, whoever talked in
// it reads that and answers once. A review may be changed by who made it until then.

#include "hub/api/call_rows.hpp"
#include "hub/api/lead_changes.hpp"
#include "hub/api/review_views.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <set>

namespace hub::api {

namespace {

constexpr std::size_t most_seconds = 20;               ///< of one criterion
constexpr std::int64_t longest_recording = 24 * 3600;  ///< seconds

struct scored_given {
  std::string key;
  std::optional<std::int64_t> points;
  std::vector<std::int64_t> at;
  std::string comment;

  bool operator==(const scored_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("key", self.key, about{.text = "Of the criterion.", .required = true, .min = 1, .max = 40});
    on("points", self.points, about{.text = "0 to the criterion's max; null: does not apply to this call.", .min = 0});
    on("at", self.at, about{.text = "Seconds of the recording that show it.", .max = most_seconds});
    on("comment", self.comment, about{.text = "For whoever talked.", .max = 2000});
  }
};

struct review_given {
  std::vector<scored_given> criteria;
  std::string feedback;

  bool operator==(const review_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("criteria", self.criteria, about{.text = "Those that apply, each once.", .required = true, .min = 1, .max = 20});
    on("feedback", self.feedback, about{.text = "The whole call in a few words.", .max = 4000});
  }
};

struct review_change_given {
  std::optional<std::vector<scored_given>> criteria;
  std::optional<std::string> feedback;

  bool operator==(const review_change_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("criteria", self.criteria, about{.text = "All of them anew; as they are when absent.", .min = 1, .max = 20});
    on("feedback", self.feedback, about{.text = "As it is when absent.", .max = 4000});
  }
};

struct answer_given {
  std::string text;

  bool operator==(const answer_given&) const = default;
  static void describe(auto& self, auto& on) {
    on("text", self.text, about{.text = "For the reviewer.", .required = true, .min = 1, .max = 4000});
  }
};

/// In the order of the settings; 400 names what cannot be.
std::vector<scored_view> scored_of(const asked& a, const std::vector<scored_given>& given) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto& one = given[i];
    const auto field = "criteria[" + std::to_string(i) + "].";
    const auto known =
        std::find_if(a.with.criteria.begin(), a.with.criteria.end(), [&](const auto& c) { return c.key == one.key; });
    if (known == a.with.criteria.end()) refuse(400, "Bad request", "is no criterion of this hub", field + "key");
    if (!seen.insert(one.key).second) refuse(400, "Bad request", "is there twice", field + "key");
    if (one.points && *one.points > known->max)
      refuse(400, "Bad request", "expected at most " + std::to_string(known->max), field + "points");
    if (std::any_of(one.at.begin(), one.at.end(), [](auto second) { return second < 0 || second > longest_recording; }))
      refuse(400, "Bad request", "expected seconds of the recording", field + "at");
  }
  std::vector<scored_view> made;
  for (const auto& c : a.with.criteria) {
    const auto one = std::find_if(given.begin(), given.end(), [&](const auto& g) { return g.key == c.key; });
    if (one == given.end()) continue;
    auto at = one->at;
    std::sort(at.begin(), at.end());
    at.erase(std::unique(at.begin(), at.end()), at.end());
    made.push_back({c.key, c.uk, c.en, c.max, one->points, std::move(at), std::string(trim(kept_text(one->comment)))});
  }
  if (!score_of(made)) refuse(400, "Bad request", "expected points for at least one criterion", "criteria");
  return made;
}

std::vector<scored_view> read_scored(const pqxx::field& from) {
  const auto parsed = message::parse_json(from.c_str());
  std::vector<scored_view> made;
  message::json_reading reading;
  if (parsed) message::read_json(*parsed, made, "criteria", reading);
  if (!parsed || !reading.found.empty()) throw error(failure::permanent, "review", "a kept review cannot be read");
  return made;
}

std::vector<call_review_view> reviews_where(pqxx::work& sql, const std::string& where, std::int64_t id) {
  std::vector<call_review_view> made;
  for (const auto& row : sql.exec_params("select r.id, r.call_id, r.reviewer_id, s.name, r.criteria, r.score::float8 as score,"
                                         " r.feedback, r.answer, " +
                                             ms("r.created_at") + " as at, " + ms("r.changed_at") + " as changed_at, " +
                                             ms("r.seen_at") + " as seen_at, " + ms("r.answered_at") +
                                             " as answered_at from hub.call_review r join hub.staff s on s.id = r.reviewer_id"
                                             " where " +
                                             where + " = $1 order by r.created_at, r.id",
                                         id)) {
    call_review_view one;
    one.id = row["id"].as<std::int64_t>();
    one.call_id = row["call_id"].as<std::int64_t>();
    one.reviewer = {row["reviewer_id"].as<std::int64_t>(), text_of(row["name"])};
    one.at = instant_of(row["at"]);
    one.changed_at = maybe_instant(row["changed_at"]);
    one.score = row["score"].as<double>();
    one.criteria = read_scored(row["criteria"]);
    one.feedback = text_of(row["feedback"]);
    one.seen_at = maybe_instant(row["seen_at"]);
    one.answer = text_of(row["answer"]);
    one.answered_at = maybe_instant(row["answered_at"]);
    made.push_back(std::move(one));
  }
  return made;
}

/// SQL of whether the person $1 may open the call `k`.
std::string sees_call(const visitor& who) { return call_is_visible(route("GET", "/api/v1/calls/{id}").of(who.role), who.role); }

/// A call as a review needs it. Whoever talked reads what is said about it, also when its lead is somebody else's; 404 for others
/// who may not see the call, 403 for those who see it and not its reviews.
struct reviewed_call {
  std::int64_t id = 0;
  std::optional<std::int64_t> manager;
  bool talked = false, may_review = false;
};
reviewed_call find_call(const asked& a) {
  const auto rows = a.sql.exec_params("select k.manager_id, k.status = 'completed' as talked, " +
                                          call_review_is_open(a.who.role) + " as open, " + call_is_judged(a.who.role) +
                                          " as judged from hub.call_record k left join hub.lead l on l.id = k.lead_id"
                                          " where k.id = $2 and k.start_time is not null and (k.manager_id = $1 or " +
                                          sees_call(a.who) + ")",
                                      a.who.id, id_of(a.from));
  if (rows.empty()) refuse_unknown("call");
  if (!rows[0]["open"].as<bool>())
    refuse(403, "Not allowed", "Reviews are for whoever talked, their supervisors and administrators.");
  return {id_of(a.from), maybe_id(rows[0]["manager_id"]), rows[0]["talked"].as<bool>(), rows[0]["judged"].as<bool>()};
}

/// Told in the console, and elsewhere as they choose.
void tell(const asked& a, std::int64_t staff, std::string_view kind, std::int64_t call, const std::string& text) {
  a.sql.exec_params(
      "insert into hub.notification (staff_id, kind, call_id, text, created_at) select s.id, $2, $3, $4,"
      " $5::timestamptz from hub.staff s where s.id = $1 and s.active",
      staff, std::string(kind), call, text, to_rfc3339(a.now));
}

void tell_reviewed(const asked& a, std::int64_t staff, std::int64_t call, double score) {
  tell(a, staff, "call_reviewed", call, "Your call was reviewed: " + std::to_string(std::lround(score)) + " %");
}

void audit(const asked& a, std::string_view what, const call_review_view& review) {
  write_audit(a, what, "call:" + std::to_string(review.call_id), "{\"review\":" + std::to_string(review.id) + "}");
}

http::response list(const asked& a) {
  const auto call = find_call(a);
  if (call.manager == a.who.id)
    a.sql.exec_params("update hub.call_review set seen_at = $2::timestamptz where call_id = $1 and seen_at is null", call.id,
                      to_rfc3339(a.now));
  call_reviews_view made;
  for (const auto& c : a.with.criteria) made.criteria.push_back({c.key, c.uk, c.en, c.max});
  made.reviews = reviews_where(a.sql, "r.call_id", call.id);
  made.may_review =
      call.may_review && call.talked && call.manager && call.manager != a.who.id &&
      std::none_of(made.reviews.begin(), made.reviews.end(), [&](const auto& r) { return r.reviewer.id == a.who.id; });
  return answer(200, made);
}

http::response review(const asked& a) {
  const auto given = read_body<review_given>(a.from);
  const auto call = find_call(a);
  if (!call.may_review) refuse(403, "Not allowed", "A call is reviewed by a supervisor of its team.");
  if (!call.talked || !call.manager) refuse(409, "Nothing to review", "Nobody of ours has talked in this call.");
  if (call.manager == a.who.id) refuse(409, "Your own call", "Somebody else reviews it.");
  const auto scored = scored_of(a, given.criteria);
  const auto made = a.sql.exec_params(
      "insert into hub.call_review (call_id, reviewer_id, criteria, score, feedback, created_at)"
      " values ($1, $2, $3::jsonb, $4, $5, $6::timestamptz) on conflict (call_id, reviewer_id) do nothing returning id",
      call.id, a.who.id, message::to_json(scored), *score_of(scored), std::string(trim(kept_text(given.feedback))),
      to_rfc3339(a.now));
  if (made.empty()) refuse(409, "Reviewed already", "You have reviewed this call; change that review.");
  const auto shown = reviews_where(a.sql, "r.id", made[0][0].as<std::int64_t>()).at(0);
  tell_reviewed(a, *call.manager, call.id, shown.score);
  audit(a, "call_review", shown);
  return answer(201, shown);
}

/// The review of the path and whose call it is, locked. `mine` is SQL of what makes it this person's; 404 for others.
struct found_review {
  call_review_view shown;
  std::optional<std::int64_t> manager;
};
found_review lock_review(const asked& a, const std::string& mine) {
  const auto rows = a.sql.exec_params(
      "select k.manager_id from hub.call_review r join hub.call_record k on k.id = r.call_id"
      " left join hub.lead l on l.id = k.lead_id where r.id = $2 and " +
          mine + " for no key update of r",
      a.who.id, id_of(a.from));
  if (rows.empty()) refuse_unknown("review");
  return {reviews_where(a.sql, "r.id", id_of(a.from)).at(0), maybe_id(rows[0][0])};
}

http::response change(const asked& a) {
  const auto given = read_body<review_change_given>(a.from);
  const auto before = lock_review(a, "r.reviewer_id = $1 and " + sees_call(a.who));
  if (before.shown.answered_at) refuse(409, "Answered already", "The review has been answered and stays as it is.");
  auto after = before.shown;
  if (given.criteria) after.criteria = scored_of(a, *given.criteria);
  if (given.feedback) after.feedback = std::string(trim(kept_text(*given.feedback)));
  if (after == before.shown) return answer(200, after);
  // Whoever has read it reads it again.
  a.sql.exec_params(
      "update hub.call_review set criteria = $2::jsonb, score = $3, feedback = $4, changed_at = $5::timestamptz,"
      " seen_at = null where id = $1",
      after.id, message::to_json(after.criteria), *score_of(after.criteria), after.feedback, to_rfc3339(a.now));
  const auto shown = reviews_where(a.sql, "r.id", after.id).at(0);
  if (before.shown.seen_at && before.manager) tell_reviewed(a, *before.manager, shown.call_id, shown.score);
  audit(a, "call_review_change", shown);
  return answer(200, shown);
}

http::response answer_review(const asked& a) {
  const auto text = line_of(read_body<answer_given>(a.from).text, "text");
  const auto before = lock_review(a, "k.manager_id = $1").shown;
  if (before.answered_at) refuse(409, "Answered already", "A review is answered once.");
  a.sql.exec_params(
      "update hub.call_review set answer = $2, answered_at = $3::timestamptz, seen_at = coalesce(seen_at, $3::timestamptz)"
      " where id = $1",
      before.id, text, to_rfc3339(a.now));
  tell(a, before.reviewer.id, "review_answered", before.call_id, a.who.name + " has answered your review");
  audit(a, "call_review_answer", before);
  return answer(200, reviews_where(a.sql, "r.id", before.id).at(0));
}

}  // namespace

void add_call_reviews(route_table& to) {
  to.add(route("GET", "/api/v1/calls/{id}/reviews"), list);
  to.add(route("POST", "/api/v1/calls/{id}/reviews"), review);
  to.add(route("PATCH", "/api/v1/call-reviews/{id}"), change);
  to.add(route("POST", "/api/v1/call-reviews/{id}/answer"), answer_review);
}

}  // namespace hub::api
