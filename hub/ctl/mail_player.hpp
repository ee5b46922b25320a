#pragma once
// The same invented customers by mail: what a story's person writes, with the pictures and papers that follow, as one mail to
// the dealer. Pure, any thread.

#include "hub/ctl/viber_player.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hub::ctl {

/// Invented people write from here; `hubctl seed --remove` finds them by it.
inline constexpr std::string_view demo_mail_domain = "customers.demo.example";
/// The dealer's own address and server in the demo.
inline constexpr std::string_view demo_mail_address = "sales@dealer.demo.example";
inline constexpr std::string_view demo_mail_server = "mail.dealer.demo.example";

struct told_mail {
  viber_event text;                ///< whose words it holds
  std::vector<viber_event> files;  ///< pictures and papers that came after them
};

/// A text begins a mail; what the same person sends next belongs to it. In the order of their beginnings.
std::vector<told_mail> tell_mails(const std::vector<viber_event>& story);

/// As the dealer's server has it, with its word that the sender is who they say.
std::string mail_body(const told_mail& told);

}  // namespace hub::ctl
