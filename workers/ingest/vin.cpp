#include "workers/ingest/vin.hpp"

#include <algorithm>
#include <cctype>

namespace workers::ingest {

namespace {

constexpr std::size_t length = 17;

// Letters of other alphabets end a word here: a number glued to one is a number all the same.
bool in_word(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

}  // namespace

std::vector<std::string> vins_in(std::string_view text) {
  std::vector<std::string> found;
  for (std::size_t at = 0; at < text.size();) {
    if (!in_word(text[at])) {
      ++at;
      continue;
    }
    const auto begin = at;
    while (at < text.size() && in_word(text[at])) ++at;
    if (at - begin != length) continue;
    std::string word(text.substr(begin, length));
    for (auto& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (word.find_first_of("IOQ_") == std::string::npos && std::find(found.begin(), found.end(), word) == found.end())
      found.push_back(std::move(word));
  }
  return found;
}

}  // namespace workers::ingest
