#include "hub/base/failpoint.hpp"

#ifdef LEADYARD_FAILPOINTS

#include "hub/base/failure.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <list>
#include <string>

namespace hub {

namespace {

struct failpoint {
  std::string name, action, text;
  long at = 0;     ///< act only at this arrival; 0 means each
  long every = 1;  ///< act only at each multiple of it
  std::atomic<long> arrivals{0};
};

const std::list<failpoint>& failpoints() {
  static const std::list<failpoint> all = [] {
    std::list<failpoint> made;
    const char* wanted = std::getenv("LEADYARD_FAILPOINTS");
    for (const auto& entry : split(wanted ? wanted : "", ',')) {
      const auto equals = entry.find('=');
      if (equals == std::string::npos) continue;
      auto& point = made.emplace_back();
      point.name = entry.substr(0, equals);
      std::string rest = entry.substr(equals + 1);
      if (const auto at = rest.find('@'); at != std::string::npos) {
        point.text = rest.substr(at + 1);
        rest.resize(at);
      }
      if (const auto colon = rest.find(':'); colon != std::string::npos) {
        point.at = std::atol(rest.c_str() + colon + 1);
        rest.resize(colon);
      }
      if (const auto percent = rest.find('%'); percent != std::string::npos) {
        point.every = std::max(1L, std::atol(rest.c_str() + percent + 1));
        rest.resize(percent);
      }
      point.action = rest;
    }
    return made;
  }();
  return all;
}

}  // namespace

void reach_failpoint(std::string_view name, std::string_view subject) {
  for (const auto& point : failpoints()) {
    if (point.name != name || subject.find(point.text) == std::string_view::npos) continue;
    const long arrival = ++const_cast<failpoint&>(point).arrivals;
    if (point.at != 0 && arrival != point.at) continue;
    if (arrival % point.every != 0) continue;
    if (point.action == "kill") std::raise(SIGKILL);
    if (point.action == "stop") std::raise(SIGSTOP);
    if (point.action == "throw") throw error(failure::permanent, "failpoint", "failpoint " + point.name);
    if (point.action == "transient") throw error(failure::transient, "failpoint", "failpoint " + point.name);
  }
}

bool failpoint_on(std::string_view name) {
  for (const auto& point : failpoints())
    if (point.name == name && point.action == "on") return true;
  return false;
}

}  // namespace hub

#endif
