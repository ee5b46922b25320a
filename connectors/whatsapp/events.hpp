#pragma once
// One element of a batch to its event: messages (also echoes of what was written in the phone app), statuses, changed user
// ids. Throws refused_body with the place in the element. Pure.

#include "connectors/whatsapp/people.hpp"
#include "hub/message/canonical.hpp"

#include <boost/json/object.hpp>

#include <optional>

namespace connectors::whatsapp {

/// What an element is read against.
struct surroundings {
  const account_context& of;
  const contact_index& contacts;
  hub::instant received_at;
};

enum class message_source { customer, phone_app };

/// None where nothing follows (what the business did to its own messages in the phone app).
std::optional<hub::message::event> message_event(const surroundings& in, const boost::json::object& element, message_source from);
/// None for states that are not known: "warning", later inventions.
std::optional<hub::message::event> status_event(const surroundings& in, const boost::json::object& element);
std::optional<hub::message::event> user_id_event(const surroundings& in, const boost::json::object& element);

/// An event of this account with its time and conversation, and the key "<channel>:<account>:<rest>".
hub::message::event event_about(const surroundings& in, const known_person& who, hub::instant time, const std::string& rest,
                                hub::message::event_data data);

/// What a message says, by its type: fills type, text, attachments, location, tracking. `sent` dates the attachments.
void read_content(const account_context& of, const boost::json::object& element, hub::instant sent,
                  hub::message::chat_message& to);
/// The text of an edited message: its text or its caption.
void read_edited(const account_context& of, const boost::json::object& edited, hub::message::message_edited& to);

}  // namespace connectors::whatsapp
