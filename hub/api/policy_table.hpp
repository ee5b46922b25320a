#pragma once
// The table itself: one row per route, one cell per role. A route is registered by its row, found while compiling: a route
// without a row does not build. Rows stay in the order of docs/openapi.yaml.

#include "hub/api/policy.hpp"

#include <array>

namespace hub::api {

namespace cells {
inline constexpr auto none = access::none;
inline constexpr auto mine = access::own;
inline constexpr auto own = access::own_and_unassigned_of_own_teams;
inline constexpr auto teams = access::all_of_own_teams;
inline constexpr auto all = access::all;
inline constexpr auto masked = access::masked;

// clang-format off
inline constexpr std::array table{
    //         method    route                             open   manager  supervisor  admin   analyst
    policy_row{"GET", "/", true, all, all, all, all},
    policy_row{"GET", "/assets/{name}", true, all, all, all, all},
    policy_row{"GET", "/api/v1/openapi.json", true, all, all, all, all},
    policy_row{"POST", "/api/v1/session", true, all, all, all, all},
    policy_row{"GET", "/api/v1/session", false, all, all, all, all},
    policy_row{"DELETE", "/api/v1/session", false, all, all, all, all},
    policy_row{"GET", "/api/v1/me", false, all, all, all, all},
    policy_row{"GET", "/api/v1/password", true, all, all, all, all},
    policy_row{"POST", "/api/v1/password", true, all, all, all, all},
    policy_row{"POST", "/api/v1/password/ask", true, all, all, all, all},

    // Names of rows only; of those that are masked in the lists too.
    policy_row{"GET", "/api/v1/events", false, own, teams, masked, masked},

    policy_row{"GET", "/api/v1/inbox/counts", false, own, teams, masked, masked},
    policy_row{"GET", "/api/v1/search", false, own, teams, masked, masked},
    policy_row{"GET", "/api/v1/notifications", false, mine, mine, mine, mine},
    policy_row{"POST", "/api/v1/notifications/seen", false, mine, mine, mine, mine},
    policy_row{"GET", "/api/v1/notifications/ways", false, mine, mine, mine, mine},
    policy_row{"PUT", "/api/v1/notifications/ways", false, mine, mine, mine, mine},
    policy_row{"POST", "/api/v1/notifications/telegram", false, mine, mine, mine, mine},
    policy_row{"DELETE", "/api/v1/notifications/telegram", false, mine, mine, mine, mine},

    policy_row{"GET", "/api/v1/leads", false, own, teams, masked, masked},
    policy_row{"GET", "/api/v1/leads/{id}", false, own, teams, masked, masked},
    policy_row{"GET", "/api/v1/leads/{id}/timeline", false, own, teams, masked, masked},
    policy_row{"POST", "/api/v1/leads", false, own, teams, teams, none},
    policy_row{"PATCH", "/api/v1/leads/{id}", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/bulk", false, mine, teams, all, none},
    policy_row{"GET", "/api/v1/leads/{id}/decision", false, own, teams, masked, masked},
    policy_row{"POST", "/api/v1/leads/{id}/seen", false, own, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/typing", false, own, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/claim", false, own, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/assign", false, none, teams, all, none},
    policy_row{"POST", "/api/v1/leads/{id}/release", false, mine, teams, all, none},
    policy_row{"POST", "/api/v1/leads/{id}/stage", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/lost", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/convert", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/messages", false, own, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/actions", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/notes", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/leads/{id}/tasks", false, mine, teams, teams, none},
    policy_row{"PUT", "/api/v1/leads/{id}/vehicles/{vehicle}", false, mine, teams, teams, none},
    policy_row{"DELETE", "/api/v1/leads/{id}/vehicles/{vehicle}", false, mine, teams, teams, none},

    policy_row{"GET", "/api/v1/tasks", false, own, teams, masked, masked},
    policy_row{"PATCH", "/api/v1/tasks/{id}", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/tasks/{id}/complete", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/tasks/{id}/reopen", false, mine, teams, teams, none},

    // A call of no lead has no team: its supervisor's and the admin's (call_is_visible()).
    policy_row{"GET", "/api/v1/calls", false, own, teams, masked, masked},
    policy_row{"GET", "/api/v1/calls/{id}", false, own, teams, masked, masked},
    policy_row{"POST", "/api/v1/calls/{id}/call-back", false, mine, teams, teams, none},
    // What was said of the calls one took oneself; a supervisor reviews the teams', never their own (call_is_judged()).
    policy_row{"GET", "/api/v1/calls/{id}/reviews", false, mine, teams, all, none},
    policy_row{"POST", "/api/v1/calls/{id}/reviews", false, none, teams, all, none},
    policy_row{"PATCH", "/api/v1/call-reviews/{id}", false, none, mine, mine, none},
    policy_row{"POST", "/api/v1/call-reviews/{id}/answer", false, mine, mine, mine, none},

    policy_row{"GET", "/api/v1/customers", false, own, teams, masked, masked},
    policy_row{"POST", "/api/v1/customers", false, own, teams, none, none},
    policy_row{"GET", "/api/v1/customers/{id}", false, own, teams, masked, masked},
    policy_row{"PATCH", "/api/v1/customers/{id}", false, mine, teams, none, none},
    policy_row{"GET", "/api/v1/customers/{id}/timeline", false, own, teams, masked, masked},
    policy_row{"POST", "/api/v1/customers/{id}/merge", false, mine, teams, none, none},
    policy_row{"POST", "/api/v1/customers/{id}/unmerge", false, mine, teams, none, none},
    // What the law gives the person: whoever may do it is written into the audit.
    policy_row{"GET", "/api/v1/customers/{id}/export", false, none, none, all, none},
    policy_row{"POST", "/api/v1/customers/{id}/erase", false, none, none, all, none},
    policy_row{"GET", "/api/v1/possible-same", false, mine, teams, none, none},
    policy_row{"POST", "/api/v1/possible-same", false, mine, teams, none, none},

    policy_row{"GET", "/api/v1/vehicles", false, all, all, all, all},
    policy_row{"POST", "/api/v1/vehicles", false, all, all, all, none},
    policy_row{"GET", "/api/v1/vehicles/{id}", false, all, all, all, all},
    policy_row{"PATCH", "/api/v1/vehicles/{id}", false, all, all, all, none},

    // What concerns no lead is for whoever judges.
    policy_row{"GET", "/api/v1/conflicts", false, mine, teams, all, none},
    policy_row{"POST", "/api/v1/conflicts/{id}/resolve", false, none, teams, all, none},

    policy_row{"GET", "/api/v1/media", false, own, teams, teams, none},
    policy_row{"POST", "/api/v1/media", false, all, all, all, none},
    policy_row{"GET", "/api/v1/media/{id}", false, own, teams, teams, none},
    policy_row{"GET", "/api/v1/media/{id}/thumbnail", false, own, teams, teams, none},

    policy_row{"GET", "/api/v1/templates", false, mine, mine, all, none},
    policy_row{"GET", "/api/v1/saved-replies", false, mine, mine, all, none},
    policy_row{"POST", "/api/v1/saved-replies", false, none, teams, all, none},
    policy_row{"PATCH", "/api/v1/saved-replies/{id}", false, none, teams, all, none},
    policy_row{"DELETE", "/api/v1/saved-replies/{id}", false, none, teams, all, none},

    policy_row{"GET", "/api/v1/outbox", false, mine, teams, masked, none},
    policy_row{"POST", "/api/v1/outbox/{id}/resend", false, mine, teams, teams, none},
    policy_row{"POST", "/api/v1/outbox/{id}/dismiss", false, mine, teams, teams, none},

    policy_row{"PATCH", "/api/v1/me", false, all, all, all, all},
    policy_row{"POST", "/api/v1/me/password", false, all, all, all, all},
    policy_row{"GET", "/api/v1/sessions", false, mine, mine, all, mine},
    policy_row{"DELETE", "/api/v1/sessions/{id}", false, mine, mine, all, mine},
    policy_row{"GET", "/api/v1/tokens", false, mine, mine, all, mine},
    policy_row{"POST", "/api/v1/tokens", false, mine, mine, all, mine},
    policy_row{"DELETE", "/api/v1/tokens/{id}", false, mine, mine, all, mine},
    policy_row{"GET", "/api/v1/staff", false, all, all, all, all},
    policy_row{"POST", "/api/v1/staff", false, none, none, all, none},
    policy_row{"PATCH", "/api/v1/staff/{id}", false, none, none, all, none},
    policy_row{"POST", "/api/v1/staff/{id}/password", false, none, none, all, none},
    policy_row{"POST", "/api/v1/staff/{id}/password-link", false, none, none, all, none},
    policy_row{"GET", "/api/v1/absences", false, mine, teams, all, mine},
    policy_row{"POST", "/api/v1/absences", false, mine, teams, all, none},
    policy_row{"DELETE", "/api/v1/absences/{id}", false, mine, teams, all, none},
    policy_row{"GET", "/api/v1/presence", false, mine, mine, mine, mine},
    policy_row{"PUT", "/api/v1/presence", false, mine, mine, mine, none},
    policy_row{"GET", "/api/v1/teams", false, mine, mine, all, all},
    policy_row{"GET", "/api/v1/pipelines", false, all, all, all, all},
    // What a lead began with is looked through for its rule: for whoever may read it.
    policy_row{"GET", "/api/v1/routing", false, none, teams, all, all},
    policy_row{"POST", "/api/v1/routing/try", false, none, teams, teams, none},
    policy_row{"GET", "/api/v1/audit", false, none, none, all, none},
    policy_row{"GET", "/api/v1/retention", false, none, none, all, none},

    policy_row{"GET", "/api/v1/reports/overview", false, mine, teams, all, all},
    policy_row{"GET", "/api/v1/reports/ranking", false, mine, teams, all, all},
    policy_row{"GET", "/api/v1/reports/origins", false, mine, teams, all, all},
    policy_row{"GET", "/api/v1/reports/funnel", false, mine, teams, all, all},
    policy_row{"GET", "/api/v1/reports/follow-ups", false, mine, teams, all, all},
    policy_row{"GET", "/api/v1/reports/response-times", false, mine, teams, all, all},
    policy_row{"GET", "/api/v1/reports/calls", false, mine, teams, all, all},
    policy_row{"GET", "/api/v1/reports/call-reviews", false, mine, teams, all, all},

    // The Mini CRM's own paths, under the same policy as the API's.
    policy_row{"GET", "/admin/crm", true, all, all, all, all},
    policy_row{"GET", "/admin/crm/leads", true, all, all, all, all},
    policy_row{"GET", "/admin/crm/lead/{id}", true, all, all, all, all},
    policy_row{"POST", "/admin/crm/assign-lead/{id}", false, none, teams, all, none},
    policy_row{"POST", "/admin/crm/add-action/{id}", false, mine, teams, teams, none},
    policy_row{"POST", "/admin/crm/convert-lead/{id}", false, mine, teams, teams, none},
    policy_row{"POST", "/admin/crm/lost-lead/{id}", false, mine, teams, teams, none},
};
// clang-format on
}  // namespace cells

/// The row of a route; does not compile when there is none.
consteval const policy_row& route(std::string_view method, std::string_view pattern) {
  for (const auto& row : cells::table)
    if (row.method == method && row.route == pattern) return row;
  throw "this route has no row in hub/api/policy_table.hpp";
}

}  // namespace hub::api
