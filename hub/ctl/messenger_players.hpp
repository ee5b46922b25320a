#pragma once
// The same invented customers on other messengers: a story's event as WhatsApp or Telegram would deliver it. What a platform
// has no word for is an empty body: it is not sent. Pure, any thread.

#include "hub/ctl/viber_player.hpp"

#include <string>
#include <string_view>

namespace hub::ctl {

/// Every invented person's id on these platforms begins so; `hubctl seed --remove` finds them by it.
inline constexpr std::string_view demo_whatsapp_prefix = "UA.DEMO";
inline constexpr std::string_view demo_telegram_prefix = "99000";

/// The account of the demo on both, its secret on this home, and the id of its WhatsApp number.
inline constexpr std::string_view demo_account = "demo";
inline constexpr std::string_view demo_phone_number_id = "108888000000001";
std::string demo_secret(std::string_view channel, std::string_view internal_token);

/// Somebody's telephone number, digits only, of a range that belongs to nobody.
std::string demo_number(const viber_person& who);

/// A webhook of the WhatsApp Cloud API for the number `phone_number_id`, with one message.
std::string whatsapp_body(const viber_event& event, std::string_view phone_number_id);
/// An update of the Telegram Bot API.
std::string telegram_body(const viber_event& event);

}  // namespace hub::ctl
