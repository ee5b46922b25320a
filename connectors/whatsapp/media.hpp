#pragma once
// Where an attachment is: Meta's page "Media". An address in the callback lives five minutes, the id seven days; with the id
// the Graph API says a new address, and both want the access token. Pure, any thread.

#include "connectors/account.hpp"
#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace connectors::whatsapp {

inline constexpr std::chrono::hours media_life{24 * 7};
inline constexpr std::chrono::minutes address_life{5};

struct media_place {
  std::string id;
  std::string url;  ///< as the callback gave it; empty: only the id is known
  hub::instant sent;
};

/// Letters, digits, dashes and underscores: it becomes part of an address.
bool is_media_id(std::string_view id);

std::string seal_place(const account_context& of, const media_place& place);
hub::result<media_place> open_place(const account_context& of, std::string_view sealed);

/// The address in the Graph API's answer about a media id.
hub::result<std::string> address_in(std::string_view answer);

}  // namespace connectors::whatsapp
