#include "config/staff.hpp"

#include "config/reader.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <map>

namespace config {

namespace {

void lower_ascii(std::string& text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
}

bool is_address(const std::string& text) {
  const auto at = text.find('@');
  return at != std::string::npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == std::string::npos &&
         text.find_first_of(" \t,;<>") == std::string::npos;
}

// Goes by the tree, so that each complaint has the place of the e-mail itself.
void check_addresses(const node& root, hub::problems& found) {
  const auto* list = root.find("staff");
  if (!list) return;
  std::map<std::string, place> seen;
  for (const auto& entry : list->items) {
    const auto* email = entry.find("email");
    if (!email || email->is != node::shape::scalar) continue;
    auto address = email->text;
    lower_ascii(address);
    if (!is_address(address)) {
      found.push_back({to_text(email->at), "expected an e-mail address", hub::shorten(email->text, 60)});
      continue;
    }
    const auto [first, fresh] = seen.emplace(address, email->at);
    if (!fresh)
      found.push_back({to_text(email->at), "was given before, at " + to_text(first->second), hub::shorten(address, 60)});
  }
}

staff_read from_tree(parsed tree) {
  staff_read result;
  result.problems = std::move(tree.problems);
  if (!result.problems.empty() && tree.root.is == node::shape::null) return result;
  staff_file file;
  read(tree.root, file, result.problems);
  check_addresses(tree.root, result.problems);
  for (auto& person : file.staff) {
    person.name = hub::trim(person.name);
    lower_ascii(person.email);
  }
  if (result.problems.empty()) result.staff = std::move(file.staff);
  return result;
}

}  // namespace

staff_read read_staff(std::string_view yaml, const std::string& file) { return from_tree(parse_yaml(yaml, file)); }

staff_read read_staff_file(const std::string& path) { return from_tree(parse_yaml_file(path)); }

}  // namespace config
