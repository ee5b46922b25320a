#include "tests/support/contract.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <regex>
#include <set>
#include <stdexcept>

namespace test_support {

namespace json = boost::json;

namespace {

using findings = std::vector<std::string>;

std::string_view text(const json::value& v) { return {v.get_string().data(), v.get_string().size()}; }

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_of_type(const json::value& v, std::string_view type) {
  if (type == "null") return v.is_null();
  if (type == "string") return v.is_string();
  if (type == "boolean") return v.is_bool();
  if (type == "array") return v.is_array();
  if (type == "object") return v.is_object();
  if (type == "integer") return v.is_int64() || v.is_uint64();
  if (type == "number") return v.is_number();
  throw std::runtime_error("no such type: " + std::string(type));
}

bool has_format(std::string_view value, std::string_view format) {
  static const std::regex date(R"(\d{4}-\d\d-\d\d)"), moment(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))");
  if (format == "binary") return true;
  if (format == "date" || format == "date-time")
    return std::regex_match(value.begin(), value.end(), format == "date" ? date : moment);
  throw std::runtime_error("no such format: " + std::string(format));
}

class checker {
 public:
  checker(const contract& of, findings& found) : of_(of), found_(found) {}

  void check(const json::value& given, const json::value& value, const std::string& at) {
    const auto& schema = of_.resolved(given).as_object();
    for (const auto& [keyword, argument] : schema) check_keyword(schema, {keyword.data(), keyword.size()}, argument, value, at);
  }

 private:
  void wrong(const std::string& at, const std::string& what, const json::value& value) {
    found_.push_back((at.empty() ? "/" : at) + ": " + what + ", is " + json::serialize(value).substr(0, 200));
  }

  void check_keyword(const json::object& schema, std::string_view keyword, const json::value& argument, const json::value& value,
                     const std::string& at) {
    if (keyword == "description" || keyword == "default") return;
    if (keyword == "type") return check_type(argument, value, at);
    if (keyword == "anyOf") return check_any(argument.as_array(), value, at);
    if (keyword == "enum") {
      const auto& words = argument.as_array();
      if (std::find(words.begin(), words.end(), value) == words.end())
        wrong(at, "is none of " + json::serialize(argument), value);
    } else if (keyword == "format" || keyword == "pattern" || keyword == "minLength" || keyword == "maxLength") {
      if (value.is_string()) check_text(keyword, argument, value, at);
    } else if (keyword == "minimum" || keyword == "maximum") {
      if (!value.is_number()) return;
      const auto number = value.to_number<double>(), limit = argument.to_number<double>();
      if (keyword == "minimum" ? number < limit : number > limit)
        wrong(at, std::string(keyword) + " " + json::serialize(argument), value);
    } else if (keyword == "minItems" || keyword == "maxItems") {
      if (!value.is_array()) return;
      const auto size = value.get_array().size(), limit = argument.to_number<std::size_t>();
      if (keyword == "minItems" ? size < limit : size > limit)
        wrong(at, std::string(keyword) + " " + json::serialize(argument), value);
    } else if (keyword == "items") {
      if (!value.is_array()) return;
      std::size_t n = 0;
      for (const auto& item : value.get_array()) check(argument, item, at + "/" + std::to_string(n++));
    } else if (keyword == "properties") {
      if (value.is_object()) check_members(schema, argument.as_object(), value, at);
    } else if (keyword == "required") {
      if (!value.is_object()) return;
      for (const auto& name : argument.as_array())
        if (!value.get_object().contains(text(name))) wrong(at, "lacks " + std::string(text(name)), value);
    } else if (keyword == "additionalProperties") {
      if (!argument.is_bool() && schema.contains("properties")) wrong(at, "mixed members are not understood here", argument);
      if (argument.is_object() && value.is_object())
        for (const auto& [name, member] : value.get_object()) check(argument, member, at + "/" + std::string(name));
    } else {
      found_.push_back(at + ": the schema's keyword " + std::string(keyword) + " is not understood");
    }
  }

  void check_type(const json::value& argument, const json::value& value, const std::string& at) {
    bool good = false;
    if (argument.is_string()) good = is_of_type(value, text(argument));
    if (argument.is_array())
      for (const auto& one : argument.get_array()) good = good || is_of_type(value, text(one));
    if (!good) wrong(at, "is no " + json::serialize(argument), value);
  }

  void check_any(const json::array& ways, const json::value& value, const std::string& at) {
    findings of_all;
    for (const auto& way : ways) {
      findings here;
      checker(of_, here).check(way, value, at);
      if (here.empty()) return;
      of_all.insert(of_all.end(), here.begin(), here.end());
    }
    found_.insert(found_.end(), of_all.begin(), of_all.end());
  }

  void check_text(std::string_view keyword, const json::value& argument, const json::value& value, const std::string& at) {
    const auto given = text(value);
    if (keyword == "format" && !has_format(given, text(argument))) wrong(at, "is no " + std::string(text(argument)), value);
    if (keyword == "pattern" && !std::regex_search(std::string(given), std::regex(std::string(text(argument)))))
      wrong(at, "does not match " + std::string(text(argument)), value);
    if (keyword == "minLength" && characters(given) < argument.to_number<std::size_t>()) wrong(at, "is too short", value);
    if (keyword == "maxLength" && characters(given) > argument.to_number<std::size_t>()) wrong(at, "is too long", value);
  }

  void check_members(const json::object& schema, const json::object& known, const json::value& value, const std::string& at) {
    const bool open = schema.contains("additionalProperties") && schema.at("additionalProperties") == json::value(true);
    for (const auto& [name, member] : value.get_object()) {
      const auto* described = known.if_contains(name);
      if (described)
        check(*described, member, at + "/" + std::string(name));
      else if (!open)
        wrong(at + "/" + std::string(name), "is not described", member);
    }
  }

  const contract& of_;
  findings& found_;
};

}  // namespace

contract::contract(std::string_view openapi_json, std::string base)
    : document_(json::parse(json::string_view(openapi_json.data(), openapi_json.size()))), base_(std::move(base)) {}

const json::value& contract::resolved(const json::value& maybe) const {
  const auto* object = maybe.if_object();
  const auto* reference = object ? object->if_contains("$ref") : nullptr;
  if (!reference) return maybe;
  const auto target = text(*reference);
  if (!target.starts_with("#")) throw std::runtime_error("a reference to elsewhere: " + std::string(target));
  return resolved(document_.at_pointer({target.data() + 1, target.size() - 1}));
}

const json::object* contract::operation(std::string_view method, std::string_view path) const {
  path = path.substr(0, path.find('?'));
  if (!path.starts_with(base_)) return nullptr;
  path.remove_prefix(base_.size());
  std::string verb(method);
  std::transform(verb.begin(), verb.end(), verb.begin(), [](unsigned char c) { return std::tolower(c); });
  const json::object* found = nullptr;
  for (const auto& [pattern, item] : document_.at("paths").as_object()) {
    const bool exact = path == std::string_view(pattern.data(), pattern.size());
    static const std::regex parameter(R"(\{\w+\})");
    const std::regex shape(std::regex_replace(std::string(pattern), parameter, "[^/]+"));
    if (!exact && !std::regex_match(path.begin(), path.end(), shape)) continue;
    if (const auto* described = item.as_object().if_contains(verb)) {
      found = &described->as_object();
      // "/leads/bulk" before "/leads/{id}".
      if (exact) break;
    }
  }
  return found;
}

std::vector<std::string> contract::check(const json::value& schema, const json::value& value) const {
  findings found;
  checker(*this, found).check(schema, value, "");
  return found;
}

std::vector<std::string> contract::check_answer(std::string_view method, std::string_view path, int status,
                                                std::string_view content_type, std::string_view body) const {
  const auto* described = operation(method, path);
  if (!described) return status == 404 || status == 405 ? findings{} : findings{"this operation is not described"};
  const auto* answers = described->at("responses").as_object().if_contains(std::to_string(status));
  if (!answers) return {"the status " + std::to_string(status) + " is not described: " + std::string(body.substr(0, 300))};
  const auto* contents = resolved(*answers).as_object().if_contains("content");
  if (!contents) return body.empty() ? findings{} : findings{"has a body, and none is described"};
  const auto type = content_type.substr(0, content_type.find(';'));
  const json::value* media = contents->as_object().if_contains({type.data(), type.size()});
  if (!media) media = contents->as_object().if_contains("*/*");
  if (!media) return {"the content type " + std::string(content_type) + " is not described"};
  if (!type.ends_with("json")) return {};
  boost::system::error_code failed;
  const auto value = json::parse({body.data(), body.size()}, failed);
  return failed ? findings{"the body is not JSON"} : check(media->at("schema"), value);
}

std::vector<std::string> contract::check_request(std::string_view method, std::string_view path, std::string_view body) const {
  const auto* described = operation(method, path);
  if (!described) return {"this operation is not described"};
  const auto* wanted = described->if_contains("requestBody");
  // Clients that always send an object say nothing with an empty one.
  if (!wanted) return body.empty() || body == "{}" ? findings{} : findings{"was accepted with a body, and none is described"};
  if (body.empty()) {
    const auto* required = wanted->as_object().if_contains("required");
    return required && required->as_bool() ? findings{"was accepted without the body that is required"} : findings{};
  }
  const auto* json_body = wanted->at("content").as_object().if_contains("application/json");
  if (!json_body) return {};  // bytes of any kind
  return check(json_body->at("schema"), json::parse({body.data(), body.size()}));
}

}  // namespace test_support
