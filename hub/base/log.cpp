#include "hub/base/log.hpp"

#include "hub/base/clock.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace hub::log {

namespace {

std::string& program_name() {
  static std::string name;
  return name;
}

spdlog::level::level_enum to_spdlog(level l) {
  switch (l) {
    case level::debug: return spdlog::level::debug;
    case level::info: return spdlog::level::info;
    case level::warn: return spdlog::level::warn;
    case level::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

void append_quoted(std::string& line, std::string_view text) {
  line += boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

}  // namespace

void start(std::string_view program, level lowest) {
  program_name() = program;
  set_level(lowest);
}

void set_level(level lowest) { logger().set_level(to_spdlog(lowest)); }

void write(level at, std::string_view message, std::initializer_list<field> fields) {
  if (!logger().should_log(to_spdlog(at))) return;
  std::string line = "{\"ts\":\"" + to_rfc3339(real_clock().now()) + "\",\"level\":\"" + std::string(name_of(at)) + "\"";
  if (!program_name().empty()) line += ",\"program\":\"" + program_name() + "\"";
  line += ",\"msg\":";
  append_quoted(line, message);
  for (const auto& f : fields) {
    line += ",\"" + std::string(f.name) + "\":";
    if (f.quoted)
      append_quoted(line, f.text);
    else
      line += f.text;
  }
  line += "}";
  logger().log(to_spdlog(at), line);
}

}  // namespace hub::log
