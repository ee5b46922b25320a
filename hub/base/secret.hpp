#pragma once
// A value that must not reach a log, a dump or an error text. There is deliberately no conversion to a
// string and no formatter: whoever needs the value writes reveal(), and a reviewer can search for it.

#include <string>
#include <utility>

namespace hub {

class secret {
 public:
  secret() = default;
  explicit secret(std::string value) : value_(std::move(value)) {}

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  bool operator==(const secret&) const = default;

 private:
  std::string value_;
};

}  // namespace hub
