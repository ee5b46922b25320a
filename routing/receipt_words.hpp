#pragma once
// A receipt as one plain sentence, for the console and `hubctl leads`. Names are looked up by whoever shows it: the
// receipt itself holds ids only. Pure, any thread.

#include "routing/receipt.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace routing {

using name_of_person = std::function<std::string(std::int64_t)>;

/// "Rule korean-import gave it to Olena by round robin in sales: next in the ring after Ivan; Petro was not eligible
/// (at capacity 25 of 25)."
std::string in_words(const receipt& kept, const name_of_person& name);

}  // namespace routing
