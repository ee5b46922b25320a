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
  if (a == masked) a = r == role::analyst ? none : all_of_own_teams;
  return "coalesce(" + lead_is_visible(a) + ", false)";
}

}  // namespace hub::api
