#include "hub/base/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace hub {

namespace {

using std::chrono::milliseconds;

// Digits [at, at + n) as a number, -1 if they are not all digits.
int digits(std::string_view s, std::size_t at, std::size_t n) {
  if (at + n > s.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (s[i] < '0' || s[i] > '9') return -1;
    value = value * 10 + (s[i] - '0');
  }
  return value;
}

// A whole number followed by a unit of `units`; used for durations and sizes alike.
template <std::size_t N>
result<std::uint64_t> with_unit(std::string_view text, const std::array<std::pair<std::string_view, std::uint64_t>, N>& units,
                                std::string_view expected) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (failed == std::errc{} && end != text.data()) {
    for (const auto& [name, factor] : units)
      if (unit == name && number <= (std::uint64_t{1} << 62) / factor) return number * factor;
  }
  return problem{"", std::string(expected), std::string(text)};
}

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> size_units{
    {{"GiB", 1ULL << 30}, {"MiB", 1ULL << 20}, {"KiB", 1ULL << 10}, {"B", 1}}};

}  // namespace

std::string to_rfc3339(instant t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(t - day);
  const int year = static_cast<int>(date.year());
  if (year < 0 || year > 9999)
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", year, static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count(), clock.subseconds().count());
  // By hand: several of these stand in every event.
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&](std::size_t end, std::int64_t number) {
    for (; number > 0; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
  };
  put(4, year);
  put(7, static_cast<unsigned>(date.month()));
  put(10, static_cast<unsigned>(date.day()));
  put(13, clock.hours().count());
  put(16, clock.minutes().count());
  put(19, clock.seconds().count());
  put(23, clock.subseconds().count());
  return text;
}

result<instant> parse_rfc3339(std::string_view s) {
  const problem bad{"", "expected a time like 2026-11-20T12:08:45Z", std::string(s.substr(0, 40))};
  if (s.size() < 20 || s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != 't' && s[10] != ' ') || s[13] != ':' ||
      s[16] != ':')
    return bad;
  const int year = digits(s, 0, 4), month = digits(s, 5, 2), day = digits(s, 8, 2);
  const int hour = digits(s, 11, 2), minute = digits(s, 14, 2), second = digits(s, 17, 2);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 0 || month < 0 || day < 0 || !date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60)
    return bad;

  std::size_t at = 19;
  int millis = 0;
  if (s[at] == '.') {
    int scale = 100;
    for (++at; at < s.size() && s[at] >= '0' && s[at] <= '9'; ++at, scale /= 10) millis += (s[at] - '0') * scale;
  }
  if (at >= s.size()) return bad;
  std::chrono::minutes offset{0};
  if (s[at] == '+' || s[at] == '-') {
    const int hours = digits(s, at + 1, 2), minutes = digits(s, at + 4, 2);
    if (at + 6 != s.size() || s[at + 3] != ':' || hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return bad;
    offset = std::chrono::minutes(hours * 60 + minutes) * (s[at] == '-' ? -1 : 1);
  } else if ((s[at] != 'Z' && s[at] != 'z') || at + 1 != s.size()) {
    return bad;
  }
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + milliseconds(millis) - offset;
}

result<milliseconds> parse_duration(std::string_view text) {
  const auto value = with_unit(text, duration_units, "expected a duration such as 500ms, 30s, 5m, 2h or 14d");
  if (!value) return value.error();
  return milliseconds(static_cast<std::int64_t>(*value));
}

std::string to_text(milliseconds d) {
  const auto n = static_cast<std::uint64_t>(d.count());
  for (const auto& [name, factor] : duration_units)
    if (n != 0 && n % factor == 0) return fmt::format("{}{}", n / factor, name);
  return "0s";
}

result<byte_count> parse_byte_count(std::string_view text) {
  const auto value = with_unit(text, size_units, "expected a size such as 500B, 64KiB, 20MiB or 2GiB");
  if (!value) return value.error();
  return byte_count{*value};
}

std::string to_text(byte_count n) {
  for (const auto& [name, factor] : size_units)
    if (n.value != 0 && n.value % factor == 0) return fmt::format("{}{}", n.value / factor, name);
  return "0B";
}

}  // namespace hub
