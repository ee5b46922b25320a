#pragma once
// Reads what a program shows on /metrics: Prometheus' text exposition, version 0.0.4. Pure.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hub::ctl {

struct sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

/// Lines that are no samples are left out.
std::vector<sample> read_metrics(std::string_view text);

}  // namespace hub::ctl
