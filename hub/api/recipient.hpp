#pragma once
// Where a reply goes, and whether it may: the account the customer wrote to last, the ids they have there, and what stands
// against writing to them now. Inside a handler's transaction, the lead locked; refusals are thrown.

#include "hub/api/asked.hpp"
#include "hub/message/sending.hpp"

#include <optional>
#include <string>
#include <vector>

namespace hub::api {

struct recipient {
  std::int64_t customer = 0;  ///< whose ids these are: of a link, the one who spoke
  std::string channel, account, conversation;
  std::vector<message::identity> ids;
  std::string reply_address;        ///< sealed; empty where the ids say it
  std::optional<instant> heard_at;  ///< when they last wrote there
  std::string subject;              ///< of their last mail
  std::string last_platform_id;     ///< of their last message there
};

/// 409 when there is no such way to the customer, when they want nothing more of us, or when another lead of a merged customer
/// is where the conversation goes on. Empty channel and account: the last ones they used.
recipient find_recipient(const asked& a, const locked_lead& lead, const std::string& channel, const std::string& account);

/// Until when free text may be sent; nothing: as long as one likes. WhatsApp takes it for 24 hours after the customer's word.
std::optional<instant> free_text_until(const recipient& to);

/// 409 naming `template` when only an approved text may be sent now.
void expect_open_window(const asked& a, const recipient& to);

}  // namespace hub::api
