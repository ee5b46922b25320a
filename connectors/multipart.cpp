#include "connectors/multipart.hpp"

namespace connectors {

namespace {

/// What stands between quotes in a part's header; nothing can end it early, or begin a header of its own.
std::string quoted(std::string_view text) {
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"')
      made += "%22";
    else if (c == '\r')
      made += "%0D";
    else if (c == '\n')
      made += "%0A";
    else if (c != '\0')
      made += c;
  }
  return made + "\"";
}

}  // namespace

form_body make_form(const std::vector<form_part>& parts, std::string_view boundary) {
  form_body made;
  made.content_type = "multipart/form-data; boundary=" + std::string(boundary);
  std::size_t size = 0;
  for (const auto& part : parts) size += part.value.size() + part.name.size() + part.file_name.size() + 300;
  made.bytes.reserve(size);
  for (const auto& part : parts) {
    made.bytes.append("--").append(boundary).append("\r\nContent-Disposition: form-data; name=").append(quoted(part.name));
    if (!part.file_name.empty()) made.bytes.append("; filename=").append(quoted(part.file_name));
    if (!part.type.empty()) made.bytes.append("\r\nContent-Type: ").append(part.type);
    made.bytes.append("\r\n\r\n").append(part.value).append("\r\n");
  }
  made.bytes.append("--").append(boundary).append("--\r\n");
  return made;
}

}  // namespace connectors
