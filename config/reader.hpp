#pragma once
// From a tree to a described struct: every wrong type, bad value, missing or unknown key is reported with its
// place, all in one pass, unknown keys with the closest known one. Any thread.

#include "config/node.hpp"
#include "hub/base/describe.hpp"

namespace config {

/// Fills `to` from `from`; what is absent keeps its default. Appends to `found`.
template <hub::Described T>
void read(const node& from, T& to, hub::problems& found);

}  // namespace config

#include "config/reader.ipp"
