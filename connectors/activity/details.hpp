#pragma once
// The site's details of an activity, kept as they are but for phone numbers: members whose names speak of phones go, at
// any depth and however they are spelled, and numbers inside of texts are masked. Pure, any thread, never fails.

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace connectors::activity {

/// Whether a member of this name would hold a phone number: "phone", "contactTel", "mobile_no", "WhatsApp", "телефон".
bool names_a_phone(std::string_view name);

/// Compact JSON of what is left, clean UTF-8 without U+0000.
std::string details_of(const boost::json::object& data);

}  // namespace connectors::activity
