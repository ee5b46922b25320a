#pragma once
// WhatsApp Cloud API webhooks to canonical events, after Meta's webhook reference (see README.md for the pages): every entry,
// change, message, status and echo of a batch. An element that cannot be read becomes an event of kind `unparsed`, sealed in
// an envelope of its own that normalizes alone; its neighbours go through. Pure: the host and the fuzzer call it on any
// thread. A refused body is a problem that names the place and quotes nothing.

#include "connectors/account.hpp"
#include "hub/base/problem.hpp"
#include "hub/message/canonical.hpp"

#include <string_view>
#include <vector>

namespace connectors::whatsapp {

inline constexpr std::size_t longest_body = 4 << 20;  ///< Meta sends up to 3 MB

hub::result<std::vector<hub::message::event>> normalize(const account_context& of, std::string_view phone_number_id,
                                                        std::string_view body, hub::instant received_at);

/// What a sealed media reference says.
struct media_place {
  std::string id;   ///< of the media, for the Graph API
  std::string url;  ///< where it can be fetched for five minutes after it was sent; may be empty
  hub::instant sent_at;
};
inline constexpr std::chrono::minutes url_life{5};
inline constexpr std::chrono::hours media_life{24 * 7};

hub::result<media_place> open_place(const account_context& of, std::string_view reference);

}  // namespace connectors::whatsapp
