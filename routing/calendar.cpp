#include "routing/calendar.hpp"

#include "hub/base/time_zone.hpp"

#include <algorithm>

namespace routing {

namespace {

using hub::first_zone_instant;
using hub::instant;
using hub::last_zone_instant;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::int64_t minute = 60'000;
constexpr std::int64_t day = 24 * 60 * minute;
constexpr std::int64_t two_years = 731 * day;

std::int64_t floor_day(std::int64_t ms) { return ms >= 0 ? ms / day : -((-ms + day - 1) / day); }
// Instants outside are taken for the nearest inside, so that no walk is endless.
std::int64_t clamped(instant at) { return std::clamp(at.time_since_epoch().count(), first_zone_instant, last_zone_instant); }
instant at_ms(std::int64_t ms) { return instant(milliseconds(ms)); }

/// [from, to) of UTC milliseconds.
struct span {
  std::int64_t from;
  std::int64_t to;
};

}  // namespace

struct working_time::state {
  std::shared_ptr<const hub::zone_table> zone;
  std::array<std::vector<span>, 7> week;  ///< milliseconds of the day, sorted; what ends on the next day ends after `day`
  std::vector<std::int64_t> holidays;     ///< days since 1970, sorted

  /// What begins on a day, counted from 1970, which was a Thursday.
  const std::vector<span>& begins_on(std::int64_t date) const {
    static const std::vector<span> nothing;
    if (std::binary_search(holidays.begin(), holidays.end(), date)) return nothing;
    return week[static_cast<std::size_t>(((date + 3) % 7 + 7) % 7)];
  }

  std::size_t stretch_of(std::int64_t ms) const {
    const auto earlier = [](std::int64_t t, const hub::zone_stretch& s) { return t < s.from; };
    const auto after = std::upper_bound(zone->begin(), zone->end(), ms, earlier);
    return after == zone->begin() ? 0 : static_cast<std::size_t>(after - zone->begin()) - 1;
  }
  std::int64_t end_of(std::size_t i) const { return i + 1 < zone->size() ? (*zone)[i + 1].from : last_zone_instant; }

  /// Hands out the open spans from an instant on, in order and cut at midnights, at the zone's changes and where they
  /// began before. Within one stretch of the zone wall time and UTC run alike; what wall time shows twice is met in two
  /// stretches, what it skips in none.
  class walk {
   public:
    walk(const state& of, std::int64_t from) : of_(of), reached_(from) { enter(of.stretch_of(from)); }

    /// Nothing when none begins before `limit`.
    std::optional<span> next(std::int64_t limit) {
      limit = std::min(limit, last_zone_instant);
      while (true) {
        const auto end = of_.end_of(stretch_);
        for (; date_ * day - offset_ < std::min(end, limit); ++date_, index_ = 0) {
          const auto& spans = of_.begins_on(date_);
          for (; index_ < spans.size(); ++index_) {
            const auto midnight = date_ * day - offset_;
            const span here{std::max(midnight + spans[index_].from, reached_), std::min(midnight + spans[index_].to, end)};
            if (here.from >= here.to) continue;
            if (here.from >= limit) return std::nullopt;
            reached_ = here.to;
            return here;
          }
        }
        if (end >= limit || stretch_ + 1 >= of_.zone->size()) return std::nullopt;
        reached_ = std::max(reached_, end);
        enter(stretch_ + 1);
      }
    }

   private:
    void enter(std::size_t stretch) {
      stretch_ = stretch;
      offset_ = (*of_.zone)[stretch].offset;
      date_ = floor_day(reached_ + offset_) - 1;  // what began the evening before may still run
      index_ = 0;
    }

    const state& of_;
    std::int64_t reached_;  ///< everything before has been handed out
    std::size_t stretch_ = 0;
    std::int64_t offset_ = 0;
    std::int64_t date_ = 0;
    std::size_t index_ = 0;
  };
};

working_time::working_time(const calendar& of, const std::string& zone) : state_(std::make_unique<state>()) {
  state_->zone = hub::zone_table_of(zone);
  for (std::size_t d = 0; d < of.week.size(); ++d) {
    for (const auto& one : of.week[d])
      if (one.from != one.to) state_->week[d].push_back({one.from * minute, one.to * minute + (one.to < one.from ? day : 0)});
    std::sort(state_->week[d].begin(), state_->week[d].end(), [](const span& a, const span& b) { return a.from < b.from; });
  }
  for (const auto& text : of.holidays)
    if (const auto midnight = hub::parse_rfc3339(text + "T00:00:00Z"))
      state_->holidays.push_back(floor_day(midnight->time_since_epoch().count()));
  std::sort(state_->holidays.begin(), state_->holidays.end());
}

working_time::~working_time() = default;
working_time::working_time(working_time&&) noexcept = default;
working_time& working_time::operator=(working_time&&) noexcept = default;

bool working_time::is_open(instant at) const {
  const auto ms = clamped(at);
  const auto wall = ms + (*state_->zone)[state_->stretch_of(ms)].offset;
  const auto today = floor_day(wall);
  for (const auto date : {today - 1, today})
    for (const auto& one : state_->begins_on(date))
      if (wall >= date * day + one.from && wall < date * day + one.to) return true;
  return false;
}

std::optional<instant> working_time::after(instant from, milliseconds length) const {
  if (length <= 0ms) return from;
  auto reached = clamped(from);
  auto left = length.count();
  state::walk spans(*state_, reached);
  while (const auto one = spans.next(reached + two_years)) {
    if (one->to - one->from >= left) return at_ms(one->from + left);
    left -= one->to - one->from;
    reached = one->to;
  }
  return std::nullopt;
}

milliseconds working_time::between(instant from, instant to) const {
  const auto limit = clamped(to);
  std::int64_t worked = 0;
  state::walk spans(*state_, clamped(from));
  while (const auto one = spans.next(limit)) worked += std::min(one->to, limit) - one->from;
  return milliseconds(worked);
}

std::optional<instant> working_time::next_edge(instant at) const {
  const auto from = clamped(at);
  const auto limit = from + two_years;
  state::walk spans(*state_, from);
  const auto first = spans.next(limit);
  if (!first) return std::nullopt;
  if (first->from > from) return at_ms(first->from);
  auto end = first->to;
  while (end < limit) {
    const auto more = spans.next(end + 1);
    if (!more) return at_ms(end);
    end = more->to;
  }
  return std::nullopt;
}

}  // namespace routing
