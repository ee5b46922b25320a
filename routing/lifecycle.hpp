#pragma once
// What may become of a lead: which stage follows which, what a change asks for, and which reasons close it. The pipelines
// of the rules say it; the API, the workers and imports ask here before they call change_stage(). Pure, any thread.

#include "hub/base/problem.hpp"
#include "routing/stages.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace routing {

/// One way from a first word to a sale. Every lead is in exactly one pipeline.
struct pipeline {
  std::string name;
  /// Open stages in the order of the funnel, `new` first; sold and lost end every pipeline.
  std::vector<stage> stages = open_stages();
  bool sells_vehicles = false;           ///< prepayment and sold need a chosen vehicle
  std::vector<std::string> lost_reasons = {};  ///< what `lost` chooses from; empty: any words
  std::vector<std::string> sold_reasons = {};  ///< the same of `sold`, which may also go without
  /// What follows a stage, besides `lost`, which follows every open one. A stage that is not here: one step back, any
  /// step forward; from sold and lost: any open stage, which is reopening and a supervisor's.
  std::map<stage, std::set<stage>> transitions = {};
  bool operator==(const pipeline&) const = default;
};

/// What a person (or the ERP) wants to do, with the facts it depends on.
struct transition {
  stage from = stage::fresh;
  stage to = stage::fresh;
  bool has_owner = false;
  bool has_chosen_vehicle = false;
  bool as_supervisor = false;  ///< reopening and losing an unowned lead are a supervisor's
  std::string reason;          ///< why it closes, the list's word without what people add to it; required for lost
};

/// Nothing when it is allowed, else what is missing: problem.where is the field of the API ("stage", "reason"). To stay
/// where it is is always allowed and is nobody's change: the caller writes nothing.
std::optional<hub::problem> refuse(const pipeline& of, const transition& wanted);

/// Where a lead may go from a stage, for people who choose: in the order of the funnel. What else a step asks for (an owner,
/// a vehicle, a reason) is refuse()'s to say.
std::vector<stage> next_stages(const pipeline& of, stage from, bool as_supervisor);

}  // namespace routing
