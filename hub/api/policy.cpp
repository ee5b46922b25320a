#include "hub/api/policy.hpp"

namespace hub::api {

namespace {

using enum access;
constexpr auto own = own_and_unassigned_of_own_teams;
constexpr auto teams = all_of_own_teams;

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

const std::vector<policy_row>& policy() {
  static const std::vector<policy_row> table{
      //  method    route                             open   manager  supervisor  admin   analyst
      {"GET", "/", true, all, all, all, all},
      {"GET", "/page.css", true, all, all, all, all},
      {"GET", "/page.js", true, all, all, all, all},
      {"GET", "/icon.svg", true, all, all, all, all},
      {"GET", "/api/v1/openapi.json", true, all, all, all, all},
      {"POST", "/api/v1/session", true, all, all, all, all},
      {"GET", "/api/v1/session", false, all, all, all, all},
      {"DELETE", "/api/v1/session", false, all, all, all, all},
      {"GET", "/api/v1/me", false, all, all, all, all},
      {"GET", "/api/v1/leads", false, own, teams, masked, masked},
      {"GET", "/api/v1/leads/{id}", false, own, teams, masked, masked},
      {"GET", "/api/v1/leads/{id}/timeline", false, own, teams, masked, masked},
      {"POST", "/api/v1/leads/{id}/claim", false, own, teams, teams, none},
      {"GET", "/api/v1/customers/{id}", false, own, teams, masked, masked},
      {"GET", "/api/v1/media/{id}", false, own, teams, teams, none},
  };
  return table;
}

const policy_row* find_policy(std::string_view method, std::string_view route) {
  for (const auto& row : policy())
    if (row.method == method && row.route == route) return &row;
  return nullptr;
}

std::string lead_is_visible(access a) {
  // $1 is named in every variant: Postgres wants to know the type of each parameter it is given.
  const std::string known = "$1::bigint is not null";
  switch (a) {
    case none: return "(" + known + " and false)";
    case own: return "(" + std::string(is_own) + " or " + std::string(waits_in_own_team) + ")";
    case teams:
      return "(" + std::string(is_own) + " or " + std::string(waits_in_own_team) + " or " + std::string(is_of_supervised_team) +
             ")";
    case all:
    case masked: return "(" + known + ")";
  }
  return "false";
}

std::string lead_is_open(access a, role r) {
  // As a value, not a condition: a lead without owner or team compares as null, which is no answer.
  if (a == masked) a = r == role::analyst ? none : teams;
  return "coalesce(" + lead_is_visible(a) + ", false)";
}

}  // namespace hub::api
