#pragma once
// Instants, durations and sizes as the config, the broker and the API write them.

#include "hub/base/problem.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace hub {

/// A moment on the platforms' and our wall clocks, UTC, millisecond resolution.
using instant = std::chrono::sys_time<std::chrono::milliseconds>;

/// "2026-11-20T12:08:45.311Z"
std::string to_rfc3339(instant t);
/// Any offset, fraction of any length (cut to milliseconds).
result<instant> parse_rfc3339(std::string_view text);

/// "500ms", "30s", "5m", "2h", "14d"; no sign, no fraction, no blank.
result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The largest unit that divides it: 90 s is "90s", 120 s is "2m".
std::string to_text(std::chrono::milliseconds d);

/// A number of bytes; written "64KiB", "20MiB", "2GiB" or "500B".
struct byte_count {
  std::uint64_t value = 0;
  auto operator<=>(const byte_count&) const = default;
};
result<byte_count> parse_byte_count(std::string_view text);
std::string to_text(byte_count n);

constexpr byte_count operator""_KiB(unsigned long long n) { return {n << 10}; }
constexpr byte_count operator""_MiB(unsigned long long n) { return {n << 20}; }

}  // namespace hub
