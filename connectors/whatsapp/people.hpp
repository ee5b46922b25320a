#pragma once
// Who somebody is in a WhatsApp payload. Business-scoped ids (since March 2026, "Business-scoped user IDs") are kept as given;
// a phone number becomes a fingerprint the moment it is read, and otherwise only the sealed reply address has it. A message id
// is base64 around the number, so it is hashed. Pure, any thread.

#include "connectors/account.hpp"
#include "hub/message/canonical.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace connectors::whatsapp {

/// 128 bits of SHA-256 of a message id, in hex: what keys, rows and logs have instead of it. Empty for an empty one.
std::string hashed_id(std::string_view raw);

/// What a payload calls somebody; views into the body.
struct names {
  std::string_view number;  ///< `from`, `wa_id`: digits, or an opaque id where the person hides the number
  std::string_view user_id;
  std::string_view parent_user_id;
};

/// All identities, the business-scoped one first; refuses (connectors/body.hpp) when there is none.
hub::message::person person_of(const account_context& of, const names& who, const std::string& path);

/// Adds the fingerprint of a number that the person shared as their own; nothing for what is no number.
void add_number(const account_context& of, std::string_view number, hub::message::person& to);

/// The contact of the payload that has one of these names; null for none.
const boost::json::object* contact_of(const boost::json::object& value, const names& who);

}  // namespace connectors::whatsapp
