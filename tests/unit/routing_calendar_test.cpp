#include "routing/calendar.hpp"

#include <unicode/timezone.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

namespace {

using namespace routing;
using namespace std::chrono_literals;
using hub::instant;
using std::chrono::milliseconds;

constexpr int hm(int hours, int minutes = 0) { return hours * 60 + minutes; }

calendar weekly(std::vector<day_interval> working, std::vector<day_interval> saturday = {},
                std::vector<day_interval> sunday = {}) {
  calendar made{"test", {}, {}};
  for (int d = 0; d < 5; ++d) made.week[d] = working;
  made.week[5] = std::move(saturday);
  made.week[6] = std::move(sunday);
  return made;
}
calendar every_day(std::vector<day_interval> intervals) { return weekly(intervals, intervals, intervals); }

instant at(const std::string& text) { return hub::parse_rfc3339(text).value(); }
std::string told(const std::optional<instant>& t) { return t ? hub::to_rfc3339(*t) : "never"; }

// ---- the same by walking over every minute ---------------------------------------------------------------------

/// How far a zone is ahead of UTC in each minute from `from` on, asked from ICU minute by minute.
struct clock_on_the_wall {
  clock_on_the_wall(const std::string& name, instant begin, instant end) : zone(name), from(begin) {
    const std::unique_ptr<icu::TimeZone> rules(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
    for (auto t = begin; t < end; t += 1min) {
      int32_t raw = 0, saved = 0;
      UErrorCode failed = U_ZERO_ERROR;
      rules->getOffset(static_cast<UDate>(t.time_since_epoch().count()), false, raw, saved, failed);
      ahead.push_back(milliseconds(raw + saved));
    }
  }
  std::string zone;
  instant from;
  std::vector<milliseconds> ahead;
};

/// What the clock shows in each minute, held against the calendar.
class minutes {
 public:
  minutes(const calendar& of, const clock_on_the_wall& clock) : from_(clock.from) {
    open_.reserve(clock.ahead.size());
    before_.reserve(clock.ahead.size() + 1);
    before_.push_back(0);
    for (std::size_t i = 0; i < clock.ahead.size(); ++i) {
      open_.push_back(shown(of, from_ + i * 1min + clock.ahead[i]));
      before_.push_back(before_.back() + open_.back());
    }
  }

  std::int64_t size() const { return static_cast<std::int64_t>(open_.size()); }
  instant at(std::int64_t i) const { return from_ + i * 1min; }
  bool open(std::int64_t i) const { return open_[i]; }
  bool open(instant t) const { return open_[(t - from_) / 1min]; }
  /// Working time from the beginning.
  milliseconds until(instant t) const {
    const auto i = (t - from_) / 1min;
    return before_[i] * 1min + (i < size() && open_[i] ? (t - from_) % 1min : 0ms);
  }

 private:
  bool shown(const calendar& of, instant wall) {
    const auto date = std::chrono::floor<std::chrono::days>(wall);
    const int minute = static_cast<int>((wall - date) / 1min);
    if (date != date_) {
      date_ = date;
      today_ = &begins(of, date, holiday_today_);
      yesterday_ = &begins(of, date - std::chrono::days(1), holiday_yesterday_);
    }
    const auto now = [&](const day_interval& i) { return i.from <= minute && (minute < i.to || i.to < i.from); };
    const auto still = [&](const day_interval& i) { return i.to < i.from && minute < i.to; };
    return (!holiday_today_ && std::any_of(today_->begin(), today_->end(), now)) ||
           (!holiday_yesterday_ && std::any_of(yesterday_->begin(), yesterday_->end(), still));
  }
  static const std::vector<day_interval>& begins(const calendar& of, std::chrono::sys_days date, bool& holiday) {
    holiday = of.holidays.contains(hub::to_rfc3339(date).substr(0, 10));
    return of.week[std::chrono::weekday(date).iso_encoding() - 1];
  }

  instant from_;
  std::vector<bool> open_;
  std::vector<std::int32_t> before_;
  std::chrono::sys_days date_ = std::chrono::sys_days::min();
  const std::vector<day_interval>* today_ = nullptr;
  const std::vector<day_interval>* yesterday_ = nullptr;
  bool holiday_today_ = false, holiday_yesterday_ = false;
};

struct counted {
  std::int64_t asked = 0;
  std::int64_t wrong = 0;
  std::string first;
  void compare(const auto& found, const auto& wanted, instant t, const char* what) {
    ++asked;
    if (found == wanted) return;
    if (!wrong++) first = std::string(what) + " at " + hub::to_rfc3339(t);
  }
};

// Every minute for is_open() and next_edge(); every `step` minutes, and every minute and some milliseconds beside each
// change of the zone's clock, for after() and between().
counted compare(const calendar& of, const clock_on_the_wall& clock, int step) {
  const minutes walked(of, clock);
  const working_time asked(of, clock.zone);
  counted seen;
  const auto n = walked.size();
  for (std::int64_t i = 0, edge = 0; i < n; ++i) {
    seen.compare(asked.is_open(walked.at(i)), walked.open(i), walked.at(i), "is_open");
    for (edge = std::max(edge, i + 1); edge < n && walked.open(edge) == walked.open(i);) ++edge;
    if (edge < n && (i % step == 0 || edge - i < 3))
      seen.compare(asked.next_edge(walked.at(i)), std::optional(walked.at(edge)), walked.at(i), "next_edge");
  }

  std::mt19937 dice(7);
  const milliseconds lengths[] = {1ms, 1min, 10min, 59min + 59s + 999ms, 1h, 4h, 8h, 9h + 1ms, 40h, 173h};
  const auto last = walked.until(walked.at(n));
  const auto ask = [&](instant t) {
    for (const auto length : lengths) {
      const auto done = asked.after(t, length);
      const auto wanted = walked.until(t) + length;
      if (wanted >= last) continue;
      // The first instant: all of it has passed, and it was working time until then.
      const bool inside = done && *done > t && *done < walked.at(n);
      const bool first = inside && walked.until(*done) == wanted && walked.open(*done - 1ms);
      seen.compare(first, true, t, "after");
      if (first) seen.compare(asked.between(t, *done), length, t, "between");
    }
    const auto other = clock.from + std::uniform_int_distribution<std::int64_t>(0, n * 60000 - 1)(dice) * 1ms;
    seen.compare(asked.between(t, other), std::max(0ms, walked.until(other) - walked.until(t)), t, "between");
  };
  for (std::int64_t i = 0; i < n; i += step) ask(walked.at(i) + milliseconds(dice() % 60000));
  for (std::int64_t i = 1; i < n; ++i)
    if (clock.ahead[i] != clock.ahead[i - 1])
      for (auto near = std::max<std::int64_t>(0, i - 300); near < std::min(n, i + 300); ++near) {
        ask(walked.at(near));
        ask(walked.at(near) + 59999ms);
      }
  return seen;
}

const std::pair<const char*, calendar> calendars[] = {
    {"split day, short Saturday, holidays",
     [] {
       auto made = weekly({{hm(9), hm(13)}, {hm(14), hm(19)}}, {{hm(10), hm(16)}});
       made.holidays = {"2025-03-31", "2025-12-25", "2026-03-30", "2026-12-25", "2027-01-01", "2027-10-31"};
       return made;
     }()},
    {"past midnight, also into the changes of the clock",
     [] {
       auto made = every_day({{hm(20), hm(8)}});
       made.holidays = {"2025-03-29", "2025-10-26", "2026-12-24", "2026-12-31"};
       return made;
     }()},
    {"the nights of Sunday only", weekly({}, {}, {{hm(22), hm(4, 30)}})},
    {"around the clock", every_day({{0, hm(24)}})},
    {"around the clock but on holidays",
     [] {
       auto made = every_day({{0, hm(24)}});
       made.holidays = {"2025-01-01", "2026-03-29", "2027-10-31"};
       return made;
     }()},
    {"pieces inside the hour that is skipped and comes twice",
     every_day({{hm(2, 50), hm(3, 10)}, {hm(3, 20), hm(3, 40)}, {hm(3, 50), hm(4, 5)}, {hm(23, 59), hm(0, 1)}})},
};

TEST(working_time, equals_a_walk_over_every_minute_of_three_years_in_kyiv) {
  const clock_on_the_wall clock("Europe/Kyiv", at("2025-01-01T00:00:00+02:00"), at("2028-01-01T00:00:00+02:00"));
  std::int64_t asked = 0;
  for (const auto& [what, of] : calendars) {
    const auto seen = compare(of, clock, 97);
    asked += seen.asked;
    EXPECT_EQ(seen.wrong, 0) << what << ": " << seen.first;
    EXPECT_GT(seen.asked, 1'700'000) << what;
  }
  RecordProperty("answers compared", std::to_string(asked));
}

TEST(working_time, equals_a_walk_over_every_minute_in_other_zones) {
  for (const auto* zone : {"America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe", "America/Santiago"}) {
    const clock_on_the_wall clock(zone, at("2026-02-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    for (const auto& [what, of] : calendars) {
      const auto seen = compare(of, clock, 397);
      EXPECT_EQ(seen.wrong, 0) << zone << ", " << what << ": " << seen.first;
    }
  }
}

// ---- what the words of the header mean ----------------------------------------------------------------------------

TEST(working_time, runs_only_while_the_interval_is_open) {
  const working_time hours(weekly({{hm(9), hm(13)}, {hm(14), hm(19)}}), "Europe/Kyiv");
  const auto friday = at("2026-11-20T18:55:00+02:00");
  EXPECT_EQ(told(hours.after(friday, 10min)), told(at("2026-11-23T09:05:00+02:00")));
  EXPECT_EQ(hours.between(friday, at("2026-11-23T09:05:00+02:00")), 10min);
  EXPECT_EQ(told(hours.after(at("2026-11-20T12:50:00+02:00"), 10min)), told(at("2026-11-20T13:00:00+02:00")));
  EXPECT_EQ(told(hours.after(at("2026-11-20T12:50:00+02:00"), 10min + 1ms)), told(at("2026-11-20T14:00:00.001+02:00")));
  EXPECT_EQ(told(hours.after(friday, 0ms)), told(friday));
  EXPECT_EQ(hours.between(friday, friday - 1h), 0ms);
  EXPECT_TRUE(hours.is_open(at("2026-11-20T09:00:00+02:00")));
  EXPECT_FALSE(hours.is_open(at("2026-11-20T13:00:00+02:00")));
  EXPECT_EQ(told(hours.next_edge(friday)), told(at("2026-11-20T19:00:00+02:00")));
  EXPECT_EQ(told(hours.next_edge(at("2026-11-20T19:00:00+02:00"))), told(at("2026-11-23T09:00:00+02:00")));
}

TEST(working_time, of_an_hour_that_is_skipped_is_nobodys_and_of_one_that_comes_twice_is_worked_twice) {
  const working_time hours(every_day({{hm(2), hm(6)}}), "Europe/Kyiv");
  EXPECT_EQ(hours.between(at("2026-03-29T00:00:00+02:00"), at("2026-03-29T12:00:00+03:00")), 3h);
  EXPECT_EQ(hours.between(at("2026-10-25T00:00:00+03:00"), at("2026-10-25T12:00:00+02:00")), 5h);
  EXPECT_EQ(hours.between(at("2026-10-26T00:00:00+02:00"), at("2026-10-26T12:00:00+02:00")), 4h);
}

TEST(working_time, past_midnight_belongs_to_the_day_on_which_it_begins) {
  auto nights = every_day({{hm(20), hm(8)}});
  nights.holidays = {"2026-12-25"};
  const working_time hours(nights, "Europe/Kyiv");
  EXPECT_TRUE(hours.is_open(at("2026-12-25T07:59:59.999+02:00")));  // began on the 24th
  EXPECT_FALSE(hours.is_open(at("2026-12-25T20:00:00+02:00")));
  EXPECT_FALSE(hours.is_open(at("2026-12-26T07:00:00+02:00")));
  EXPECT_TRUE(hours.is_open(at("2026-12-26T20:00:00+02:00")));
}

TEST(working_time, that_never_opens_or_never_closes_has_no_edge) {
  const working_time never(calendar{}, "Europe/Kyiv"), always(every_day({{0, hm(24)}}), "Europe/Kyiv");
  const auto now = at("2026-11-20T12:00:00Z");
  EXPECT_EQ(told(never.after(now, 1ms)), "never");
  EXPECT_EQ(told(never.next_edge(now)), "never");
  EXPECT_FALSE(never.is_open(now));
  EXPECT_EQ(told(always.next_edge(now)), "never");
  EXPECT_EQ(told(always.after(now, 1000h)), told(now + 1000h));
  EXPECT_EQ(always.between(now, now + 24h * 1000), 24h * 1000);
}

TEST(working_time, of_a_year_of_holidays_is_found_after_them_and_of_three_is_given_up) {
  auto of = every_day({{hm(9), hm(18)}});
  const auto close = [&](int from, int to) {
    for (std::chrono::sys_days day = std::chrono::year(from) / 1 / 1; day < std::chrono::year(to) / 1 / 1; ++day)
      of.holidays.insert(hub::to_rfc3339(day).substr(0, 10));
  };
  close(2026, 2027);
  const auto now = at("2026-01-01T00:00:00Z");
  EXPECT_EQ(told(working_time(of, "UTC").after(now, 1h)), "2027-01-01T10:00:00.000Z");
  close(2027, 2029);
  EXPECT_EQ(told(working_time(of, "UTC").after(now, 1h)), "never");
}

TEST(working_time, of_any_instant_and_length_ends) {
  const working_time hours(weekly({{hm(9), hm(13)}}), "Europe/Kyiv");
  EXPECT_EQ(told(hours.after(at("2026-11-20T12:00:00Z"), milliseconds::max())), "never");
  EXPECT_GT(hours.between(instant::min(), instant::max()), 24h * 365 * 20);
  EXPECT_FALSE(hours.is_open(instant::min()));
  EXPECT_EQ(told(hours.next_edge(instant::max())), "never");
}

// A bound that holds on a busy machine and in a slow build; a quiet one takes about a microsecond.
TEST(working_time, of_two_weeks_costs_little_to_find) {
  const working_time hours(calendars[0].second, "Europe/Kyiv");
  const auto now = at("2026-03-20T12:00:00Z");
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 10000; ++i) ASSERT_TRUE(hours.after(now + i * 1min, 80h));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 1s);
}

}  // namespace
