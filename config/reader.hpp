#pragma once
// From a tree to a described struct: every wrong type, bad value, missing or unknown key is reported with its
// place, all in one pass, unknown keys with the closest known one. A problem's text begins with the setting's
// name ("intake.listen.port: expected a whole number from 0 to 65535") and never shows a secret's value.
// Any thread.
//
// Fields may be: bool, integers, double, std::string, hub::secret, enums with names, durations
// (std::chrono::milliseconds), hub::byte_count, std::optional, std::vector, std::map<std::string, T>, described
// structs, and config::node, which is taken as it is.

#include "config/node.hpp"
#include "hub/base/describe.hpp"

#include <string>

namespace config {

/// Fills `to` from `from`; what is absent keeps its default. Appends to `found`. `path` is the setting's name of
/// the whole, "connectors.viber.main".
template <hub::Described T>
void read(const node& from, T& to, hub::problems& found, const std::string& path = {});

}  // namespace config

#include "config/reader.ipp"
