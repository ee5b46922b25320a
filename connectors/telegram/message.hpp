#pragma once
// What an element of type Message says. Pure, any thread; refuses by throwing refused_body (connectors/body.hpp).

#include "connectors/account.hpp"
#include "hub/message/canonical.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace connectors::telegram {

/// A whole number of up to 52 bits, as text: "7000000001", "-1002999000001".
std::string id_of(const boost::json::object& from, std::string_view name, const std::string& path);

/// The display name of a User or a private Chat, without numbers.
std::string name_of_user(const boost::json::object& user);

/// The partner of a conversation: the person of a private chat, the group itself.
hub::message::person partner_in(const account_context& of, const boost::json::object& chat, const std::string& path);

/// "<chat id>:<message id>", which is unique at the bot. A business account's chats are others than the bot's with the same
/// numbers: theirs begin with a hash of the connection.
std::string platform_id_of(const boost::json::object& message, const std::string& path);
std::string platform_id_of(const boost::json::object& message, const std::string& scope, const std::string& path);
/// "" for the bot's own chats, else the hash and a colon.
std::string business_scope(const boost::json::object& message);
std::string scope_of_connection(std::string_view connection);

/// Where an answer to a business account's customer goes, sealed; empty for the bot's own chats, whose id says it.
std::string reply_address_of(const account_context& of, const boost::json::object& message);
/// The connection that such an address names; empty for any other.
std::string connection_in(const account_context& of, std::string_view reply_address);

/// Text with the targets of its links; entities count UTF-16 units.
std::string text_with_links(const boost::json::object& message, std::string_view text_member, std::string_view entities_member);

/// Everything but sender and direction.
hub::message::chat_message said_in(const account_context& of, const boost::json::object& message, const std::string& path);

}  // namespace connectors::telegram
