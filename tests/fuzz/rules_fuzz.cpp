// Any bytes as a rules file: reading ends, a refused file has problems, an accepted one can be asked.

#include "routing/match.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  const auto read = routing::read_rules(yaml, "fuzz.yaml");
  if ((read.rules == nullptr) == read.problems.empty()) std::abort();
  for (const auto& problem : read.problems)
    if (problem.where.empty() || problem.what.empty()) std::abort();
  if (!read.rules) return 0;

  routing::facts about;
  about.channel = "viber";
  about.kind = "message";
  // The file is a text like another; its own words are in it.
  about.text = yaml;
  const auto chosen = routing::match(*read.rules, about);
  if (chosen.priority < 0 || chosen.priority > 100) std::abort();
  for (const auto& one : chosen.because)
    if (one.from > one.to || one.to > about.text.size()) std::abort();
  if (routing::explain(*read.rules, about).size() != read.rules->rules.size()) std::abort();
  return 0;
}
