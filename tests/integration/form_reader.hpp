#pragma once
// Reads multipart/form-data as a platform's server would, strictly, with code of its own: what the hub writes is not read back
// by what wrote it.

#include "hub/http/message.hpp"

#include <map>
#include <optional>
#include <string>

namespace connector_tests {

struct form_field {
  std::string value;
  std::string file_name;
  std::string type;
};
using form = std::map<std::string, form_field>;

inline std::string quoted_after(const std::string& head, const std::string& name) {
  const auto at = head.find(name + "=\"");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 2;
  return head.substr(begin, head.find('"', begin) - begin);
}

/// Nothing where a boundary, a line end or a name is missing.
inline std::optional<form> read_form(const hub::http::request& r) {
  const auto* type = r.head.find("Content-Type");
  const std::string mark = "multipart/form-data; boundary=";
  if (!type || !type->starts_with(mark)) return std::nullopt;
  const auto border = "--" + type->substr(mark.size());
  form made;
  std::size_t at = 0;
  while (true) {
    if (r.body.compare(at, border.size(), border) != 0) return std::nullopt;
    at += border.size();
    if (r.body.substr(at) == "--\r\n") return made;
    if (r.body.compare(at, 2, "\r\n") != 0) return std::nullopt;
    const auto end_of_head = r.body.find("\r\n\r\n", at);
    const auto end = end_of_head == std::string::npos ? end_of_head : r.body.find("\r\n" + border, end_of_head + 2);
    if (end == std::string::npos) return std::nullopt;
    const auto head = r.body.substr(at, end_of_head - at);
    form_field field;
    field.file_name = quoted_after(head, "; filename");
    if (const auto names = head.find("Content-Type: "); names != std::string::npos)
      field.type = head.substr(names + 14, head.find("\r\n", names) - names - 14);
    field.value = r.body.substr(end_of_head + 4, end - end_of_head - 4);
    const auto name = quoted_after(head, "form-data; name");
    if (name.empty() || !made.emplace(name, std::move(field)).second) return std::nullopt;
    at = end + 2;
  }
}

}  // namespace connector_tests
