#pragma once
// Telegram updates to canonical events, after the Bot API documentation ("Getting updates", "Available types"): one update a
// body. In groups the customer is the group, the author one of them. Pure: the host and the fuzzer call it on any thread. A
// refused body is a problem that names the place and quotes nothing.

#include "connectors/account.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/canonical.hpp"

#include <string_view>
#include <vector>

namespace connectors::telegram {

inline constexpr std::size_t longest_body = 2 << 20;
/// getFile hands out no larger files.
inline constexpr std::uint64_t largest_file = 20 << 20;

hub::result<std::vector<hub::message::event>> normalize(const account_context& of, std::string_view body,
                                                        hub::instant received_at);

/// What a sealed media reference says.
struct file_place {
  std::string file_id;
  bool too_large = false;
};
hub::result<file_place> open_file(const account_context& of, std::string_view reference);

}  // namespace connectors::telegram
