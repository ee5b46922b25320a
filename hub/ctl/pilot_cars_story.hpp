#pragma once
// What the staff of the demo's pilot-car company does once companies used its website: claims leads, calls, agrees on a
// follow-up, loses one, converts two, all through the HTTP API as the console does it; then the ranking. Called by
// `hubctl simulate --demo`; blocks. Throws hub::error when the API does not answer or refuses a step.

#include "hub/db/connection.hpp"

#include <string>

namespace hub::ctl {

/// `api` is the API's address, "http://127.0.0.1:8080". The text is the ranking, one line per person.
std::string tell_pilot_cars_story(db::connection& database, const std::string& api);

}  // namespace hub::ctl
