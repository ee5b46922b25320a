// When people work and which clock runs: calendars, zones, catch_up, sla.

#include "hub/base/time_zone.hpp"
#include "routing/rules_reader.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace routing {

namespace {

using config::node;

constexpr int whole_day = 24 * 60;
constexpr int most_in_a_row = 1000;
constexpr std::size_t most_calendars = 100;  // each is made ready for every zone somebody works in
const std::vector<std::string> day_words{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::string clock(int minutes) {
  const auto two = [](int n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}
std::string clock(const day_interval& of) { return clock(of.from) + "-" + clock(of.to); }

/// "9:00", "09:00"; up to 24:00.
std::optional<int> minutes_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == text.npos || colon < 1 || colon > 2 || text.size() != colon + 3) return std::nullopt;
  const auto number = [](std::string_view digits) {
    int value = -1;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return read.ptr == digits.data() + digits.size() ? value : -1;
  };
  const int hours = number(text.substr(0, colon)), minutes = number(text.substr(colon + 1));
  if (hours < 0 || minutes < 0 || minutes > 59 || hours * 60 + minutes > whole_day) return std::nullopt;
  return hours * 60 + minutes;
}

bool is_date(const std::string& text) {
  int part[3] = {};
  const char* at = text.data();
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const auto& [from, length, to] : {std::tuple{0, 4, 0}, std::tuple{5, 2, 1}, std::tuple{8, 2, 2}})
    if (std::from_chars(at + from, at + from + length, part[to]).ptr != at + from + length) return false;
  return part[0] >= 1970 && part[0] < 2200 &&
         std::chrono::year_month_day(std::chrono::year(part[0]), std::chrono::month(static_cast<unsigned>(part[1])),
                                     std::chrono::day(static_cast<unsigned>(part[2])))
             .ok();
}

/// An interval with where it stood, in minutes since the Monday of its week.
struct placed {
  int from;
  int to;
  day_interval of;
  config::place at;
};

class calendar_reader {
 public:
  calendar_reader(yaml_reader& yaml, calendar& to) : yaml_(yaml), to_(to), what_("calendars." + to.name) {}

  void read(const node& from) {
    if (from.is != node::shape::map)
      return yaml_.refuse(from, what_ + ": expected a map like {mon-fri: [\"09:00-18:00\"], holidays: [\"2026-12-25\"]}",
                          from.text);
    for (const auto& [key, value] : from.members) {
      if (key == "holidays") read_holidays(value);
      else if (const auto days = days_of(key); !days.empty()) read_days(key, days, value);
      else {
        refuse(value.owner(), what_ + ": expected a day like mon, days like mon-fri, or holidays" + meant(key), key);
      }
    }
    check_overlaps();
    if (!told_ && std::all_of(to_.week.begin(), to_.week.end(), [](const auto& day) { return day.empty(); }))
      yaml_.refuse(from.owner(), what_ + ": has no working time");
  }

 private:
  // Numbers of days; "fri-mon" goes over the end of the week.
  static std::vector<std::size_t> days_of(const std::string& key) {
    const auto dash = key.find('-');
    const auto number = [](const std::string& word) {
      return static_cast<std::size_t>(std::find(day_words.begin(), day_words.end(), word) - day_words.begin());
    };
    const auto first = number(key.substr(0, dash)), last = dash == key.npos ? first : number(key.substr(dash + 1));
    if (first == 7 || last == 7) return {};
    std::vector<std::size_t> days{first};
    while (days.back() != last) days.push_back((days.back() + 1) % 7);
    return days;
  }

  static std::string meant(const std::string& key) {
    auto known = day_words;
    for (const auto& day : day_words)
      if (key.starts_with(day) && key.find('-') == key.npos) return "; did you mean " + day + "?";
    known.emplace_back("holidays");
    return yaml_reader::meant(key, known);
  }

  void refuse(const config::place& at, std::string what, std::string_view value = {}) {
    told_ = true;
    yaml_.refuse(at, std::move(what), value);
  }

  void read_days(const std::string& key, const std::vector<std::size_t>& days, const node& from) {
    const std::string path = what_ + "." + key;
    for (const auto day : days) {
      if (!named_[day]) {
        named_[day] = from.owner();
        continue;
      }
      return refuse(from.owner(), path + ": line " + std::to_string(named_[day]->line) + " says already when " + day_words[day] +
                                      " is worked", key);
    }
    std::vector<std::pair<day_interval, config::place>> read;
    if (from.is == node::shape::null || (from.is == node::shape::list && from.items.empty())) return;  // closed
    for (const auto& one : yaml_.texts(from, path))
      if (const auto interval = interval_of(one, path)) read.emplace_back(*interval, one.at);
    for (const auto day : days)
      for (const auto& [interval, at] : read) {
        to_.week[day].push_back(interval);
        const int begin = static_cast<int>(day) * whole_day;
        const int end = begin + interval.to + (interval.to < interval.from ? whole_day : 0);
        all_.push_back({begin + interval.from, end, interval, at});
      }
    for (const auto day : days)
      std::sort(to_.week[day].begin(), to_.week[day].end(), [](const auto& a, const auto& b) { return a.from < b.from; });
  }

  std::optional<day_interval> interval_of(const written& one, const std::string& path) {
    const auto dash = one.text.find('-');
    const auto from = minutes_of(std::string_view(one.text).substr(0, dash));
    const auto to = dash == one.text.npos ? std::nullopt : minutes_of(std::string_view(one.text).substr(dash + 1));
    if (!from || !to || *from == whole_day) {
      refuse(one.at, path + ": expected two times like 09:00-13:00, 20:00-08:00 or 00:00-24:00", one.text);
      return std::nullopt;
    }
    if (*from == *to) {
      refuse(one.at, path + ": ends when it begins; the whole day is 00:00-24:00", one.text);
      return std::nullopt;
    }
    return day_interval{*from, *to};
  }

  void read_holidays(const node& from) {
    if (from.is == node::shape::null) return;
    for (const auto& one : yaml_.texts(from, what_ + ".holidays")) {
      if (!is_date(one.text)) refuse(one.at, what_ + ".holidays: expected a day like 2026-12-25", one.text);
      else if (!to_.holidays.insert(one.text).second) refuse(one.at, what_ + ".holidays: is named twice", one.text);
    }
  }

  // Also of what goes past midnight with what the next day begins with, and of Sunday with Monday. Each place is told once.
  void check_overlaps() {
    std::sort(all_.begin(), all_.end(), [](const placed& a, const placed& b) { return a.from < b.from; });
    if (!all_.empty()) {
      auto again = all_.front();
      again.from += 7 * whole_day;
      again.to += 7 * whole_day;
      all_.push_back(std::move(again));
    }
    std::set<std::pair<int, int>> told;
    for (std::size_t i = 0; i + 1 < all_.size(); ++i) {
      const auto &one = all_[i], &next = all_[i + 1];
      if (one.to > next.from && told.emplace(next.at.line, next.at.column).second)
        refuse(next.at, what_ + ": overlaps " + clock(one.of) + " of line " + std::to_string(one.at.line), clock(next.of));
    }
  }

  yaml_reader& yaml_;
  calendar& to_;
  std::string what_;
  std::array<std::optional<config::place>, 7> named_;
  std::vector<placed> all_;
  bool told_ = false;
};

std::vector<std::string> names_of_calendars(const rule_set& rules) {
  std::vector<std::string> names;
  for (const auto& [name, of] : rules.calendars) names.push_back(name);
  return names;
}

}  // namespace

void read_calendars(yaml_reader& yaml, const node& root, rule_set& to) {
  const auto* calendars = root.find("calendars");
  if (!calendars) return;
  if (calendars->members.size() > most_calendars)
    return yaml.refuse(*calendars, "calendars: at most " + std::to_string(most_calendars) + " calendars",
                       std::to_string(calendars->members.size()));
  yaml.each(*calendars, "calendars", [&](const std::string& name, const node& n) {
    if (!yaml.usable_name(name, n.owner(), "calendars")) return;
    if (name == "owner" || name == "team")
      return yaml.refuse(n.owner(), "calendars: sla says owner and team for the calendars of those; take another name", name);
    calendar& made = to.calendars[name];
    made.name = name;
    calendar_reader(yaml, made).read(n);
  });
}

std::string read_calendar_name(yaml_reader& yaml, const node& from, const std::string& what, const rule_set& of) {
  const auto name = yaml.text(from, what);
  if (!name) return "";
  if (of.calendars.contains(*name)) return *name;
  yaml.refuse(from, what + ": there is no such calendar" + yaml.meant(*name, names_of_calendars(of)), *name);
  return "";
}

std::string read_zone_name(yaml_reader& yaml, const node& from, const std::string& what) {
  const auto name = yaml.text(from, what);
  if (!name) return "";
  if (hub::is_time_zone(*name)) return *name;
  yaml.refuse(from, what + ": not a time zone; write one like Europe/Kyiv", *name);
  return "";
}

void read_clocks(yaml_reader& yaml, const node& root, rule_set& to) {
  if (const auto* n = root.find("catch_up")) to.catch_up = yaml.number(*n, "catch_up", 1, most_in_a_row).value_or(0);
  const auto* sla = root.find("sla");
  if (!sla || sla->is == node::shape::null || !yaml.keys(*sla, "sla", {"first_response"}, {"no_answer"})) return;
  const auto* first = sla->find("first_response");
  const std::string what = "sla.first_response";
  if (!first || !yaml.keys(*first, what, {"within", "calendar"})) return;
  if (const auto* n = first->find("within")) to.first_response_due.within = yaml.duration(*n, what + ".within", "");
  else yaml.refuse(*first, what + ": within is missing");
  const auto* n = first->find("calendar");
  if (!n) return;
  const auto name = yaml.text(*n, what + ".calendar");
  if (!name) return;
  if (*name == "owner" || *name == "team" || to.calendars.contains(*name)) {
    to.first_response_due.calendar = *name;
    return;
  }
  auto known = names_of_calendars(to);
  known.insert(known.end(), {"owner", "team"});
  yaml.refuse(*n, what + ".calendar: expected owner, team or the name of a calendar" + yaml.meant(*name, known), *name);
}

std::shared_ptr<const working_hours> make_hours(const rule_set& rules) {
  std::set<std::string> zones{rules.timezone};
  for (const auto& [email, who] : rules.people)
    if (!who.zone.empty()) zones.insert(who.zone);
  auto made = std::make_shared<working_hours>();
  for (const auto& [name, of] : rules.calendars)
    for (const auto& zone : zones) (*made)[name].emplace(zone, working_time(of, zone));
  return made;
}

}  // namespace routing
