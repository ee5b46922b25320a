#pragma once
// References to attachments: sealed by the connector that saw them, opaque to everybody else on the way through the broker
// and the database, opened again by the same account when the media pool asks for the bytes. Pure, any thread.

#include "connectors/account.hpp"
#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace connectors {

/// What a reference says once it is opened.
struct media_reference {
  std::string url;  ///< or what else the connector needs to find the bytes; no line breaks, at most longest_media_url
  hub::instant expires_at;
};

inline constexpr std::size_t longest_media_url = 5000;  ///< a sealed reference holds 8192 characters

/// Only connectors with the same key, and the same account, can open the result.
std::string seal_media(const account_context& of, const media_reference& media);
hub::result<media_reference> open_sealed_media(const account_context& of, std::string_view sealed);

/// Whether an absolute address names one of these hosts, or one below them; no hosts: any.
bool is_host_allowed(std::string_view url, const std::vector<std::string>& hosts);

}  // namespace connectors
