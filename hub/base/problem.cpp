#include "hub/base/problem.hpp"

#include "hub/base/failure.hpp"

namespace hub {

std::string to_text(const problem& p) {
  std::string line = p.where.empty() ? p.what : p.where + ": " + p.what;
  if (!p.value.empty()) line += " (found: " + p.value + ")";
  return line;
}

std::string to_text(const problems& list) {
  std::string text;
  for (const auto& p : list) text += to_text(p) + "\n";
  return text;
}

void throw_exception_from_error(const problem& p, const boost::source_location&) {
  throw error(failure::permanent, "invalid", to_text(p));
}

}  // namespace hub
