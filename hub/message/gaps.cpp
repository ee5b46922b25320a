#include "hub/message/gaps.hpp"

#include <array>
#include <utility>

namespace hub::message {

namespace {

using filling = std::string gap_values::*;
constexpr std::array<std::pair<std::string_view, filling>, 3> gaps{
    {{"{customer}", &gap_values::customer}, {"{vehicle}", &gap_values::vehicle}, {"{manager}", &gap_values::manager}}};

const std::pair<std::string_view, filling>* gap_at(std::string_view rest) {
  for (const auto& one : gaps)
    if (rest.starts_with(one.first)) return &one;
  return nullptr;
}

}  // namespace

bool knows_gaps(std::string_view text) {
  for (auto at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1))
    if (!gap_at(text.substr(at))) return false;
  return true;
}

std::string fill_gaps(std::string_view text, const gap_values& with) {
  std::string made;
  while (!text.empty()) {
    const auto at = text.find('{');
    made += text.substr(0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    const auto* gap = gap_at(text);
    const auto& value = gap ? with.*(gap->second) : std::string();
    if (gap && value.empty())
      while (!made.empty() && (made.back() == ' ' || made.back() == ',')) made.pop_back();
    made += gap ? std::string_view(value) : text.substr(0, 1);
    text.remove_prefix(gap ? gap->first.size() : 1);
  }
  return made;
}

}  // namespace hub::message
