#pragma once
// Website activities to canonical events (README.md has the contract): one activity per body, phone numbers dropped
// wherever they stand, costs kept exactly. Pure: the host and the fuzzer call it on any thread. A refused body is a
// problem whose place is a JSON pointer and which quotes nothing of the body.

#include "connectors/account.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/canonical.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::activity {

inline constexpr std::size_t longest_body = 64 << 10;
inline constexpr std::size_t longest_details = 32 << 10;

/// Exactly one event.
hub::result<std::vector<hub::message::event>> normalize(const account_context& of, std::string_view body,
                                                        hub::instant received_at);

/// A JSON number's own digits as money: two decimals, rounded half up, "1250.50". Nothing for what is negative or
/// above 999999999999.99.
std::optional<std::string> money_of(std::string_view number);

}  // namespace connectors::activity
