#pragma once
// One element of `messages` or `message_echoes`: what it says, as canonical data. Pure, any thread; refuses by throwing
// refused_body (connectors/body.hpp).

#include "connectors/account.hpp"
#include "hub/message/canonical.hpp"

#include <boost/json/object.hpp>

namespace connectors::whatsapp {

/// `sender` is the customer, whoever wrote it. `path` is the element's place in the body.
hub::message::event_data data_of(const account_context& of, const boost::json::object& message, hub::message::person sender,
                                 hub::message::direction direction, hub::instant sent_at, const std::string& path);

}  // namespace connectors::whatsapp
