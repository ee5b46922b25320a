#include "routing/lifecycle.hpp"

#include <algorithm>

#include "hub/base/text.hpp"

namespace routing {

namespace {

bool contains(const auto& list, const auto& value) { return std::find(list.begin(), list.end(), value) != list.end(); }

// Stages stand in the order of the funnel, so a lead whose stage the pipeline no longer has can still go on.
std::optional<stage> one_back(const pipeline& of, stage from) {
  const auto here = std::find_if(of.stages.begin(), of.stages.end(), [&](stage s) { return s >= from; });
  return here == of.stages.begin() ? std::nullopt : std::optional(*(here - 1));
}

// Whether the pipeline knows the way, whoever wants to go it.
bool leads_to(const pipeline& of, stage from, stage to) {
  if (is_open(to) && !contains(of.stages, to)) return false;
  if (!is_open(from) && !is_open(to)) return false;
  if (to == stage::lost) return true;
  if (const auto own = of.transitions.find(from); own != of.transitions.end()) return own->second.contains(to);
  return !is_open(from) || to > from || to == one_back(of, from);
}

std::string ways_from(const pipeline& of, stage from) {
  std::string ways;
  for (const auto next : next_stages(of, from, true)) ways += (ways.empty() ? "" : ", ") + std::string(hub::name_of(next));
  return ways.empty() ? "nothing else" : ways;
}

std::optional<hub::problem> refuse_reason(const pipeline& of, const transition& wanted) {
  if (is_open(wanted.to)) return std::nullopt;
  const auto& known = wanted.to == stage::lost ? of.lost_reasons : of.sold_reasons;
  if (wanted.to == stage::lost && wanted.reason.empty())
    return hub::problem{"reason", "say why the lead is lost" + (known.empty() ? "" : ", one of: " + hub::join(known, ", "))};
  if (wanted.reason.empty() || known.empty() || contains(known, wanted.reason)) return std::nullopt;
  return hub::problem{"reason", "expected one of: " + hub::join(known, ", "), wanted.reason};
}

}  // namespace

std::optional<hub::problem> refuse(const pipeline& of, const transition& wanted) {
  if (wanted.from == wanted.to) return std::nullopt;
  const std::string from(hub::name_of(wanted.from)), to(hub::name_of(wanted.to));
  const auto no = [&](std::string what) { return hub::problem{"stage", std::move(what), to}; };
  if (is_open(wanted.to) && !contains(of.stages, wanted.to)) return no("the pipeline " + of.name + " has no such stage");
  if (!leads_to(of, wanted.from, wanted.to))
    return no(from + " is not followed by " + to + "; it may become " + ways_from(of, wanted.from));
  if (!is_open(wanted.from) && !wanted.as_supervisor) return no("only a supervisor opens a closed lead again");
  if (!wanted.has_owner && wanted.to == stage::lost && !wanted.as_supervisor)
    return no("nobody owns the lead; only a supervisor closes it like that");
  if (!wanted.has_owner && wanted.from == stage::fresh && wanted.to != stage::lost)
    return no("nobody owns the lead; it is claimed or assigned before it leaves new");
  if (of.sells_vehicles && !wanted.has_chosen_vehicle && (wanted.to == stage::prepayment || wanted.to == stage::sold))
    return no("no vehicle is chosen; " + to + " needs one in the pipeline " + of.name);
  return refuse_reason(of, wanted);
}

std::vector<stage> next_stages(const pipeline& of, stage from, bool as_supervisor) {
  std::vector<stage> ways;
  if (!is_open(from) && !as_supervisor) return ways;
  for (const auto& word : names_of(stage{}))
    if (word.value != from && leads_to(of, from, word.value)) ways.push_back(word.value);
  return ways;
}

}  // namespace routing
