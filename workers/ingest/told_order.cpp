#include "workers/ingest/told_order.hpp"

#include "hub/base/number.hpp"

#include <algorithm>
#include <tuple>

namespace workers::ingest {

namespace {

using hub::message::order;
using routing::stage;

constexpr std::string_view of_a_lead = "lead-";

auto content_of(const order& o) {
  return std::tuple(o.cancelled || o.deleted, o.shipped, o.paid, o.total, o.status, o.number, o.vehicles, o.customer);
}

}  // namespace

std::optional<id_type> lead_of_order(const std::string& hub_id) {
  if (!hub_id.starts_with(of_a_lead)) return std::nullopt;
  return hub::whole_number<id_type>(std::string_view(hub_id).substr(of_a_lead.size()));
}

std::string order_of_lead(id_type lead) { return std::string(of_a_lead) + std::to_string(lead); }

std::string order_key(const order& told) { return told.hub_id.empty() ? told.id : told.hub_id; }

std::optional<stage> goal_of(const order& told) {
  if (told.cancelled || told.deleted) return stage::lost;
  if (told.shipped) return stage::sold;
  return told.paid ? std::optional(stage::prepayment) : std::nullopt;
}

bool is_newer(instant at, const order& told, instant known_at, const order& known) {
  return at > known_at || (at == known_at && content_of(told) > content_of(known));
}

bool is_echo(const order& told, const hub::message::order_asked& sent) {
  const bool cancelled = told.cancelled || told.deleted;
  if (cancelled != sent.cancelled || (!cancelled && goal_of(told)) || (!told.total.empty() && told.total != sent.total))
    return false;
  std::vector<std::string> ours, theirs = told.vehicles;
  for (const auto& one : sent.vehicles) ours.push_back(one.id);
  std::sort(ours.begin(), ours.end());
  std::sort(theirs.begin(), theirs.end());
  return ours == theirs;
}

order_step step_of(const ordered_lead& lead, std::optional<stage> goal, const routing::pipeline& in) {
  if (!goal || lead.stage == *goal) return {};
  if (lead.stage == stage::sold) return *goal == stage::lost ? order_step{goal, ""} : order_step{};
  if (*goal == stage::lost) return {goal, ""};
  if (lead.stage == stage::prepayment && *goal == stage::prepayment) return {};
  const bool reopens = lead.stage == stage::lost;
  if (reopens && lead.moved_to != stage::lost && !lead.insisted) return {{}, "the lead was lost here"};
  if (!lead.other_vehicle.empty()) return {{}, lead.other_vehicle};
  routing::transition step;
  // What closes a lead there has no word of the pipeline's list.
  auto without_reasons = in;
  without_reasons.sold_reasons.clear();
  step.from = reopens ? stage::contacted : lead.stage;
  step.to = *goal;
  step.has_owner = lead.has_owner || lead.insisted;
  step.has_chosen_vehicle = lead.has_vehicle;
  step.as_supervisor = true;
  if (const auto p = routing::refuse(without_reasons, step)) return {{}, p->what};
  return {goal, ""};
}

}  // namespace workers::ingest
