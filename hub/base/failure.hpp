#pragma once
// The one list that tells how a failed operation may go on. I/O code throws hub::error (or a library's
// exception that classify() knows); the three places that catch (HTTP session, consumer, main) ask
// classify() and nothing else.

#include <exception>
#include <stdexcept>
#include <string>

namespace hub {

enum class failure {
  transient,  ///< says nothing about the input: try the same again later
  permanent,  ///< the input itself cannot be processed, now or ever
  cancelled,  ///< the program is stopping or the caller went away
};

/// `kind` decides about a retry, `code` is a short machine word for metrics and grouping
/// ("sqlstate 23505", "http 503", "timeout"), what() is for the operator.
class error : public std::runtime_error {
 public:
  error(failure kind, std::string code, const std::string& what)
      : std::runtime_error(what), kind_(kind), code_(std::move(code)) {}

  failure kind() const { return kind_; }
  const std::string& code() const { return code_; }

 private:
  failure kind_;
  std::string code_;
};

struct classified {
  failure kind;
  std::string code;
  std::string what;
};

/// Never throws. Unknown exceptions are permanent: retrying what nobody understands hides it.
classified classify(std::exception_ptr e) noexcept;

}  // namespace hub
