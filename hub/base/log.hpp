#pragma once
// One JSON object per line on standard error (or a file), for people with jq and for collectors:
//   {"ts":"...","level":"info","program":"hub-worker","msg":"ready","shard":"0"}
// ERROR means somebody must act, WARN something went wrong and recovered, INFO is the life cycle; nothing
// per message above DEBUG. Never pass bodies, contact data or secrets. Any thread.

#include "hub/base/describe.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace hub::log {

enum class level { debug, info, warn, error };
constexpr auto names_of(level) {
  return std::array{named{"debug", level::debug}, named{"info", level::info}, named{"warn", level::warn},
                    named{"error", level::error}};
}

/// One name and value beside the message; numbers and booleans stay what they are in the JSON.
struct field {
  std::string_view name;
  std::string text;
  bool quoted = true;

  field(std::string_view n, std::string_view value) : name(n), text(value) {}
  field(std::string_view n, const std::string& value) : name(n), text(value) {}
  field(std::string_view n, const char* value) : name(n), text(value) {}
  template <class T>
  requires std::is_arithmetic_v<T> field(std::string_view n, T value)
      : name(n), text(std::is_same_v<T, bool> ? (value ? "true" : "false") : std::to_string(value)), quoted(false) {}
};

/// Called once by main. Lines before it go to standard error at level info with no program name.
void start(std::string_view program, level lowest);
/// Changes the lowest level that is written.
void set_level(level lowest);

void write(level at, std::string_view message, std::initializer_list<field> fields);

inline void debug(std::string_view message, std::initializer_list<field> fields = {}) { write(level::debug, message, fields); }
inline void info(std::string_view message, std::initializer_list<field> fields = {}) { write(level::info, message, fields); }
inline void warn(std::string_view message, std::initializer_list<field> fields = {}) { write(level::warn, message, fields); }
inline void error(std::string_view message, std::initializer_list<field> fields = {}) { write(level::error, message, fields); }

}  // namespace hub::log
