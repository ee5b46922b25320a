#pragma once
// Holds what an HTTP API says and is told against its OpenAPI document: the part of JSON Schema that docs/openapi.yaml uses,
// objects closed. A keyword it does not know is a finding, so that nothing passes unread. Any thread.

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace test_support {

class contract {
 public:
  /// `base` stands before every path of the document: "/api/v1".
  contract(std::string_view openapi_json, std::string base);

  /// What is wrong with an answer; empty: nothing. `path` may have a query.
  std::vector<std::string> check_answer(std::string_view method, std::string_view path, int status, std::string_view content_type,
                                        std::string_view body) const;
  /// The same of the body of a request that was accepted.
  std::vector<std::string> check_request(std::string_view method, std::string_view path, std::string_view body) const;
  /// The same of any value and a schema of the document.
  std::vector<std::string> check(const boost::json::value& schema, const boost::json::value& value) const;

  /// The operation of a path as it is asked; null when none is described.
  const boost::json::object* operation(std::string_view method, std::string_view path) const;
  /// What "#/components/..." points to; the value itself where it is no reference.
  const boost::json::value& resolved(const boost::json::value& maybe_reference) const;
  const boost::json::value& document() const { return document_; }

 private:
  boost::json::value document_;
  std::string base_;
};

}  // namespace test_support
