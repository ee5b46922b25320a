#pragma once
// Who may do what: one table of route x role (policy_table.hpp). A route that is not in it does not compile, a cell that
// says "none" is refused before any SQL, and what a cell says about leads becomes a predicate of the query itself, so a
// row that is not allowed never leaves the database. Pure, any thread.
//
// Whose teams: a person's own teams are those the active rules list them in; a supervisor's are those that list them
// under `supervisors`. An admin reads messages only where the rules also make them a supervisor.

#include "hub/base/describe.hpp"

#include <span>
#include <string>
#include <string_view>

namespace hub::api {

enum class role { manager, supervisor, admin, analyst };
constexpr auto names_of(role) {
  return std::array{named{"manager", role::manager}, named{"supervisor", role::supervisor}, named{"admin", role::admin},
                    named{"analyst", role::analyst}};
}

enum class access {
  none,
  own,  ///< the person's own rows only: changes of a lead are its owner's
  own_and_unassigned_of_own_teams,
  all_of_own_teams,
  all,
  masked,  ///< every row, but names, texts and files only of leads that all_of_own_teams would show (for analysts: none)
};
constexpr auto names_of(access) {
  return std::array{named{"none", access::none},
                    named{"own", access::own},
                    named{"own_and_unassigned_of_own_teams", access::own_and_unassigned_of_own_teams},
                    named{"all_of_own_teams", access::all_of_own_teams},
                    named{"all", access::all},
                    named{"masked", access::masked}};
}

struct policy_row {
  std::string_view method;
  std::string_view route;
  bool open;  ///< answers without a session
  access manager, supervisor, admin, analyst;

  access of(role r) const;
};

std::span<const policy_row> policy();

/// SQL: whether the lead `l` is among the rows of `a`, for the person $1.
std::string lead_is_visible(access a);
/// SQL: whether the lead `l` is of a team that the person $1 supervises.
std::string lead_is_supervised();
/// SQL: whether names, texts and files of the lead `l` may be shown to the person $1.
std::string lead_is_open(access a, role r);
/// SQL: whether the call `k`, with its lead `l` left-joined, is among the rows of `a`: with its lead; a call of no lead for a
/// supervisor of whoever took it (of any team where nobody did), and for an admin. A manager has leads, not calls.
std::string call_is_visible(access a, role r);
/// SQL: whether the person $1 may review the call `k`: a supervisor of its lead's team (of a call without lead: of whoever took
/// it), and an admin.
std::string call_is_judged(role r);
/// SQL: whether reviews of the call `k` may be shown to the person $1: who talked, and of those who see the call who may review.
std::string call_review_is_open(role r);
/// SQL: whether the customer's name and the recording of that call may be shown to the person $1.
std::string call_is_open(access a, role r);

}  // namespace hub::api
