#pragma once
// Vehicle identification numbers in what people write. Pure, any thread.

#include <string>
#include <string_view>
#include <vector>

namespace workers::ingest {

/// Words of 17 letters and digits without I, O, Q, in any case; upper case, each once, in their order. Whether such a word
/// is a vehicle is for the stock to say.
std::vector<std::string> vins_in(std::string_view text);

}  // namespace workers::ingest
