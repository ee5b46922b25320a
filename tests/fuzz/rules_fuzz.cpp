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

  about.kind = about.activity = "activity";
  about.activity_value = 500;
  const auto now = hub::instant(std::chrono::milliseconds(1'790'000'000'000));
  const auto then = routing::match(*read.rules, about).then;
  if (const auto due = read.rules->first_response_until(now, "", then.team); due && *due < now) std::abort();
  for (const auto& [team, of] : read.rules->teams)
    for (const auto& email : of.members)
      if (const auto* hours = read.rules->working_time_of(email, team)) {
        const auto edge = hours->next_edge(now);
        if (edge && hours->is_open(*edge) == hours->is_open(now)) std::abort();
        const auto later = hours->after(now, std::chrono::hours(1));
        if (later && hours->between(now, *later) != std::chrono::hours(1)) std::abort();
      }
  const auto& pipeline = read.rules->pipeline_of(then.pipeline);
  if (pipeline.stages.empty() || pipeline.stages.front() != routing::stage::fresh) std::abort();
  for (const auto from : pipeline.stages)
    for (const auto to : routing::next_stages(pipeline, from, true)) {
      const std::string reason = pipeline.lost_reasons.empty() ? "x" : pipeline.lost_reasons.front();
      if (routing::refuse(pipeline, {from, to, true, true, true, to == routing::stage::lost ? reason : ""})) std::abort();
    }
  return 0;
}
