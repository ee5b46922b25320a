#include "hub/message/json.hpp"

#include "hub/base/text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include <cmath>
#include <cstring>
#include <limits>

namespace hub::message {

result<boost::json::value> parse_json(std::string_view text, const json_limits& limits, boost::json::storage_ptr storage) {
  if (text.size() > limits.bytes) return problem{"", "the body is longer than " + std::to_string(limits.bytes) + " bytes"};
  boost::json::parse_options options;
  options.max_depth = limits.depth;
  unsigned char scratch[4096];  // what the parser holds until a list or object is complete
  boost::json::stream_parser parser(storage, options, scratch);
  boost::json::error_code failed;
  const std::size_t read = parser.write_some(text.data(), text.size(), failed);
  if (!failed && read < text.size()) return problem{"byte " + std::to_string(read), "text after the end of the JSON value"};
  if (!failed) parser.finish(failed);
  if (failed) return problem{"byte " + std::to_string(read), "not JSON: " + failed.message()};
  return parser.release();
}

namespace {

/// Whether eight bytes stand in a JSON string as they are: no control character, quote or backslash among them.
bool are_plain(const char* eight) {
  constexpr std::uint64_t each = 0x0101010101010101, high = 0x8080808080808080;
  std::uint64_t word;
  std::memcpy(&word, eight, sizeof word);
  const auto quotes = word ^ (each * '"'), slashes = word ^ (each * '\\');
  const auto found = ((word - each * 0x20) & ~word) | ((quotes - each) & ~quotes) | ((slashes - each) & ~slashes);
  return (found & high) == 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    while (i + 8 <= text.size() && are_plain(text.data() + i)) i += 8;
    if (i == text.size()) break;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += hex[c >> 4];
        out += hex[c & 15];
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void json_reading::refuse(const std::string& path, std::string what, const boost::json::value& value) {
  found.push_back({path, std::move(what),
                   value.is_structured() ? std::string(value.is_array() ? "a list" : "an object")
                                         : shorten(boost::json::serialize(value), 60)});
}

bool read_json(const boost::json::value& from, std::string& to) {
  const auto* text = from.if_string();
  if (text) to.assign(text->data(), text->size());
  return text != nullptr;
}

bool read_json(const boost::json::value& from, bool& to) {
  const auto* flag = from.if_bool();
  if (flag) to = *flag;
  return flag != nullptr;
}

bool read_json(const boost::json::value& from, double& to) {
  boost::json::error_code failed;
  const double number = from.is_number() ? from.to_number<double>(failed) : std::nan("");
  if (failed || !std::isfinite(number)) return false;
  to = number;
  return true;
}

bool read_json(const boost::json::value& from, std::int64_t& to) {
  if (const auto* n = from.if_int64()) {
    to = *n;
    return true;
  }
  return false;
}

bool read_json(const boost::json::value& from, std::uint64_t& to) {
  if (const auto* n = from.if_uint64()) {
    to = *n;
    return true;
  }
  const auto* n = from.if_int64();
  if (!n || *n < 0) return false;
  to = static_cast<std::uint64_t>(*n);
  return true;
}

void refuse_unknown(const boost::json::object& from, const std::vector<std::string>& names, const std::string& path,
                    json_reading& reading) {
  for (const auto& member : from) {
    const std::string name(member.key());
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto meant = did_you_mean(name, names);
    reading.found.push_back({path.empty() ? name : path + "." + name,
                             meant ? "is not known here; did you mean " + *meant + "?" : std::string("is not known here")});
  }
}

}  // namespace hub::message
