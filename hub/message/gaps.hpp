#pragma once
// The gaps of a text that is kept for answering: {customer}, {vehicle} and {manager}. Filled by hub-api when a person asks for a
// saved reply, and by ingest for what a team says out of hours; checked wherever such a text is written. Pure, any thread.

#include <string>
#include <string_view>

namespace hub::message {

/// What goes into the gaps; empty where it is not known.
struct gap_values {
  std::string customer;  ///< the first name
  std::string vehicle;
  std::string manager;
};

/// Braces hold nothing but the three gaps.
bool knows_gaps(std::string_view text);

/// Nothing for a gap takes the comma and the blanks before it along: "Hello, {customer}!" becomes "Hello!". What was filled in
/// is not looked through again.
std::string fill_gaps(std::string_view text, const gap_values& with);

}  // namespace hub::message
