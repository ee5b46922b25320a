#pragma once
// Who somebody is on WhatsApp, without their number: business-scoped ids as they are, numbers as fingerprints, anything
// else as a hash. Meta's page "Business-scoped user IDs": since 2026 a payload may hold the id, the number, or both. Pure.

#include "connectors/account.hpp"
#include "hub/message/canonical.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::whatsapp {

/// 128 bits of SHA-256 in hex: stands for ids that hold a number ("wamid." and base64 with the number in it).
std::string hashed(std::string_view raw);

/// A structured field that people see: neither a number nor a message id may hide in it.
std::string plain(std::string_view text, std::size_t characters);

/// Everything one payload knows a person by.
struct known_person {
  std::string user;    ///< "UA.9900112233445566778"
  std::string parent;  ///< "UA.ENT.7700112233445566"
  std::string number;  ///< digits
  std::string opaque;  ///< any other id, raw
  std::string name;

  /// Takes an id for what it is, whichever member it stood in; what is known already stays.
  void learn(std::string_view id);
  void learn(const known_person& other);
};

using contact_index = std::map<std::string, const boost::json::object*, std::less<>>;
/// value.contacts by each id and number in it; elements of other shapes are passed over.
contact_index contacts_in(const boost::json::object& value);
/// The contact that belongs to these ids, or null. Position says nothing: Meta promises no order.
const boost::json::object* contact_of(const contact_index& contacts, const std::vector<std::string>& ids);

/// Reads the members `names` (ids and numbers) and adds what the matching contact says. Throws refused_body where a member
/// is not text, or none of them is there.
known_person person_in(const boost::json::object& element, const std::vector<std::string>& names, const contact_index& contacts);

/// The business-scoped id first, else the fingerprint.
std::vector<hub::message::identity> identities_of(const account_context& of, const known_person& who);
hub::message::person to_person(const account_context& of, const known_person& who);

}  // namespace connectors::whatsapp
