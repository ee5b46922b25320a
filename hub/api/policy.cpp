#include "hub/api/policy.hpp"

#include "hub/api/policy_table.hpp"

namespace hub::api {

namespace {

using enum access;

// One fragment per question; $1 is always the person who asks.
constexpr std::string_view is_own = "l.manager_id = $1";
constexpr std::string_view waits_in_own_team =
    "(l.manager_id is null and l.team_id in (select o.team_id from hub.team_member o where o.staff_id = $1))";
constexpr std::string_view is_of_supervised_team =
    "(l.team_id in (select o.team_id from hub.team_member o where o.staff_id = $1 and o.supervisor)"
    " or (l.team_id is null and l.manager_id in (select m.staff_id from hub.team_member m"
    " join hub.team_member o on o.team_id = m.team_id where o.staff_id = $1 and o.supervisor)))";

/// What of a masked row may be read.
access opened(access a, role r) { return a != masked ? a : r == role::analyst ? none : all_of_own_teams; }

/// A call `k` that has no lead.
std::string stray_call_is_visible(access a, role r) {
  if (r == role::admin && (a == all || a == masked)) return "true";
  if (a != all_of_own_teams) return "false";
  return "exists (select from hub.team_member o where o.staff_id = $1 and o.supervisor and (k.manager_id is null"
         " or k.manager_id in (select m.staff_id from hub.team_member m where m.team_id = o.team_id)))";
}

}  // namespace

access policy_row::of(role r) const {
  switch (r) {
    case role::manager: return manager;
    case role::supervisor: return supervisor;
    case role::admin: return admin;
    case role::analyst: return analyst;
  }
  return none;
}

std::span<const policy_row> policy() { return cells::table; }

std::string lead_is_visible(access a) {
  // $1 is named in every variant: Postgres wants to know the type of each parameter it is given.
  const std::string known = "$1::bigint is not null";
  switch (a) {
    case none: return "(" + known + " and false)";
    case own: return "(" + std::string(is_own) + ")";
    case own_and_unassigned_of_own_teams: return "(" + std::string(is_own) + " or " + std::string(waits_in_own_team) + ")";
    case all_of_own_teams:
      return "(" + std::string(is_own) + " or " + std::string(waits_in_own_team) + " or " + std::string(is_of_supervised_team) +
             ")";
    case all:
    case masked: return "(" + known + ")";
  }
  return "false";
}

std::string lead_is_supervised() { return "coalesce(" + std::string(is_of_supervised_team) + ", false)"; }

std::string lead_is_open(access a, role r) {
  // As a value, not a condition: a lead without owner or team compares as null, which is no answer.
  return "coalesce(" + lead_is_visible(opened(a, r)) + ", false)";
}

std::string call_is_visible(access a, role r) {
  return "case when k.lead_id is null then $1::bigint is not null and " + stray_call_is_visible(a, r) + " else coalesce(" +
         lead_is_visible(a) + ", false) end";
}

std::string call_is_judged(role r) {
  if (r == role::admin) return "true";
  if (r != role::supervisor) return "false";
  return "case when k.lead_id is null then " + stray_call_is_visible(all_of_own_teams, r) + " else " + lead_is_supervised() +
         " end";
}

std::string call_review_is_open(role r) {
  return "(" + call_is_judged(r) + (r == role::analyst ? ")" : " or coalesce(k.manager_id = $1, false))");
}

std::string call_is_open(access a, role r) { return call_is_visible(opened(a, r), r); }

}  // namespace hub::api
