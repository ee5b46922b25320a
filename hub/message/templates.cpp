#include "hub/message/templates.hpp"

#include "hub/base/number.hpp"
#include "hub/base/text.hpp"

#include <set>

namespace hub::message {

namespace {

constexpr std::string_view opens = "{{", closes = "}}";

/// Calls `plain` and `gap` with the pieces of a text, in order.
void pieces_of(std::string_view text, auto plain, auto gap) {
  while (!text.empty()) {
    const auto at = text.find(opens);
    const auto end = at == std::string_view::npos ? at : text.find(closes, at);
    if (end == std::string_view::npos) break;
    plain(text.substr(0, at));
    gap(text.substr(at, end + closes.size() - at));
    text.remove_prefix(end + closes.size());
  }
  plain(text);
}

std::optional<std::uint32_t> number_of(std::string_view gap) {
  return whole_number<std::uint32_t>(trim(gap.substr(opens.size(), gap.size() - opens.size() - closes.size())));
}

}  // namespace

std::optional<std::uint32_t> gaps_of(std::string_view text) {
  std::set<std::uint32_t> found;
  bool known = true;
  pieces_of(
      text, [](std::string_view) {},
      [&](std::string_view gap) {
        const auto n = number_of(gap);
        known = known && n && *n > 0;
        if (n) found.insert(*n);
      });
  if (!known || (!found.empty() && *found.rbegin() != found.size())) return std::nullopt;
  return static_cast<std::uint32_t>(found.size());
}

std::string fill_template(std::string_view text, const std::vector<std::string>& values) {
  std::string made;
  pieces_of(
      text, [&](std::string_view plain) { made += plain; },
      [&](std::string_view gap) {
        const auto n = number_of(gap);
        if (n && *n > 0 && *n <= values.size())
          made += values[*n - 1];
        else
          made += gap;
      });
  return made;
}

}  // namespace hub::message
