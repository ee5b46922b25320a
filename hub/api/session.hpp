#pragma once
// Signing in and who a session belongs to. The cookie holds 256 random bits, the database only their SHA-256; it ends
// 30 minutes after its last use and 12 hours after it began, and when the person is deactivated. On the loop.

#include "hub/api/routes.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace hub::api {

constexpr std::chrono::minutes session_idle{30};
constexpr std::chrono::hours session_longest{12};

/// What every API token begins with, so that a leaked one is recognised.
constexpr std::string_view token_prefix = "lyd_";

/// Whether a program asks with a token: no browser adds one by itself.
bool has_bearer(const http::request& from);

/// The person of the token, or else of the session; nothing when there is none. Counts as use of the session, unless the
/// request says that the page sent it by itself (Leadyard-Background).
async::task<std::optional<visitor>> find_visitor(services& with, const http::request& from);

}  // namespace hub::api
