#pragma once
// What pure code returns instead of throwing: a value, or a problem written for the operator who has
// to mend it. Parsers, normalizers, readers and deciders return result<T>; code that does I/O throws
// hub::error (see failure.hpp). Thread-agnostic values.

#include <boost/system/result.hpp>

#include <string>
#include <utility>
#include <vector>

namespace hub {

/// One thing that is wrong. `where` is a place a person can go to ("config/hub.yaml:12:5",
/// "message.location.lat"), `what` says what is expected there, `value` shows the offending text
/// (shortened, never a secret or a phone number).
struct problem {
  std::string where;
  std::string what;
  std::string value;

  // Not an aggregate: result<std::string> must not take a lone text for a problem.
  problem() = default;
  problem(std::string at, std::string wanted, std::string found = {})
      : where(std::move(at)), what(std::move(wanted)), value(std::move(found)) {}

  bool operator==(const problem&) const = default;
};

using problems = std::vector<problem>;

/// "where: what (value)", one line.
std::string to_text(const problem& p);
/// One line per problem.
std::string to_text(const problems& list);

/// `value()` of a failed result throws hub::error with the problem's text (permanent).
template <class T>
using result = boost::system::result<T, problem>;

/// Found by argument-dependent look-up from boost::system::result.
[[noreturn]] void throw_exception_from_error(const problem& p, const boost::source_location& at);

}  // namespace hub
