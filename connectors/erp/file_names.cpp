#include "connectors/erp/file_names.hpp"

#include "connectors/erp/words.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace connectors::erp {

namespace {

constexpr std::size_t longest_file_name = 255;

}  // namespace

std::optional<std::string> plain_name(std::string name) {
  std::replace(name.begin(), name.end(), '\\', '/');
  std::string made;
  for (const auto& part : hub::split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == ".." || part.find('\0') != std::string::npos) return std::nullopt;
    made += (made.empty() ? "" : "/") + part;
  }
  for (const auto* const prefix : {"upload/1c/webdata/", "webdata/"})
    if (made.starts_with(prefix)) made.erase(0, std::string_view(prefix).size());
  if (made.empty() || made.size() > longest_file_name || !hub::is_utf8(made)) return std::nullopt;
  return made;
}

std::string ending_of(const std::string& name) { return folded(name.substr(std::min(name.rfind('.'), name.size()))); }
bool is_photo(const std::string& name) {
  const auto ending = ending_of(name);
  return ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".webp" || ending == ".gif";
}

bool begins_a_document(std::string_view piece) {
  if (piece.starts_with("\xEF\xBB\xBF")) piece.remove_prefix(3);
  return piece.starts_with("<?xml");
}

}  // namespace connectors::erp
