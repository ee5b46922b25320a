#include "routing/lifecycle.hpp"

#include <algorithm>

namespace routing {

namespace {

std::ptrdiff_t place_of(const pipeline& of, stage s) {
  return std::find(of.stages.begin(), of.stages.end(), s) - of.stages.begin();
}

bool has(const pipeline& of, stage s) { return !is_open(s) || place_of(of, s) < std::ssize(of.stages); }

// Without regard to owners, vehicles and reasons.
bool follows(const pipeline& of, stage from, stage to, bool as_supervisor) {
  if (!has(of, to)) return false;
  if (!is_open(from)) return as_supervisor && is_open(to);
  if (to == stage::lost) return true;
  if (const auto table = of.transitions.find(from); table != of.transitions.end()) return table->second.contains(to);
  // A stage that the pipeline no longer has is left in any direction.
  if (to == stage::sold || !has(of, from)) return true;
  return place_of(of, to) >= place_of(of, from) - 1;
}

std::string list_of(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::optional<hub::problem> refuse_reason(const std::vector<std::string>& known, const transition& wanted) {
  if (wanted.reason.empty() || known.empty() || std::find(known.begin(), known.end(), wanted.reason) != known.end())
    return std::nullopt;
  return hub::problem{"reason", "expected one of " + list_of(known), wanted.reason};
}

}  // namespace

std::optional<hub::problem> refuse(const pipeline& of, const transition& wanted) {
  const auto [from, to, has_owner, has_chosen_vehicle, as_supervisor, reason] = wanted;
  if (from == to) return std::nullopt;
  const std::string names(std::string(hub::name_of(from)) + " to " + std::string(hub::name_of(to)));
  if (!follows(of, from, to, as_supervisor)) {
    if (!is_open(from) && is_open(to) && has(of, to))
      return hub::problem{"stage", "only a supervisor reopens a closed lead", names};
    return hub::problem{"stage", "pipeline " + of.name + " does not go that way; possible: " + [&] {
                          std::vector<std::string> possible;
                          for (const auto s : next_stages(of, from, as_supervisor)) possible.emplace_back(hub::name_of(s));
                          return possible.empty() ? std::string("nothing") : list_of(possible);
                        }(),
                        names};
  }
  if (from == stage::fresh && !has_owner && !(to == stage::lost && as_supervisor))
    return hub::problem{"stage", "a lead leaves new with an owner: claim or assign it first", names};
  if (to == stage::lost) {
    if (reason.empty())
      return hub::problem{"reason", of.lost_reasons.empty() ? "losing a lead needs a reason"
                                                            : "losing a lead needs a reason, one of " + list_of(of.lost_reasons)};
    return refuse_reason(of.lost_reasons, wanted);
  }
  if (of.sells_vehicles && !has_chosen_vehicle && (to == stage::prepayment || to == stage::sold))
    return hub::problem{"stage", "choose the vehicle first", names};
  if (to == stage::sold) return refuse_reason(of.sold_reasons, wanted);
  return std::nullopt;
}

std::vector<stage> next_stages(const pipeline& of, stage from, bool as_supervisor) {
  std::vector<stage> possible;
  for (const auto& [name, to] : names_of(stage{}))
    if (to != from && follows(of, from, to, as_supervisor)) possible.push_back(to);
  return possible;
}

}  // namespace routing
