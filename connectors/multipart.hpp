#pragma once
// Bodies of type multipart/form-data (RFC 7578), as platforms take files. Pure, any thread.

#include <string>
#include <string_view>
#include <vector>

namespace connectors {

struct form_part {
  std::string name;
  std::string value;
  std::string file_name{};  ///< set for a file, with its `type`
  std::string type{};
};

struct form_body {
  std::string content_type;
  std::string bytes;
};

/// `boundary` is a word that nobody who wrote a value can have known.
form_body make_form(const std::vector<form_part>& parts, std::string_view boundary);

}  // namespace connectors
