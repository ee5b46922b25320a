// docs/openapi.yaml as a document: whole, described, of one style. And the validator that the API's tests hold every answer
// against it with: it must bite.

#include "hub/api/openapi.hpp"
#include "hub/api/policy.hpp"
#include "tests/support/contract.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <functional>
#include <regex>
#include <set>

namespace {

namespace json = boost::json;
using test_support::contract;

const contract& document() {
  static const contract made(hub::api::openapi_json(), "/api/v1");
  return made;
}

struct operation {
  std::string path, method;
  const json::object& about;
  std::string name() const { return method + " " + path; }
  bool changes() const { return method != "get"; }
  bool answers(const char* status) const { return about.at("responses").as_object().contains(status); }
};

void each_operation(const std::function<void(const operation&)>& look) {
  for (const auto& [path, item] : document().document().at("paths").as_object())
    for (const auto& [method, about] : item.as_object()) look({std::string(path), std::string(method), about.as_object()});
}

/// Every object below, with where it stands.
void each_object(const json::value& in, const std::string& at,
                 const std::function<void(const json::object&, const std::string&)>& look) {
  if (const auto* list = in.if_array())
    for (const auto& item : *list) each_object(item, at, look);
  const auto* object = in.if_object();
  if (!object) return;
  look(*object, at);
  for (const auto& [name, member] : *object) each_object(member, at + "/" + std::string(name), look);
}

std::vector<const json::object*> parameters_of(const operation& o) {
  std::vector<const json::object*> list;
  if (const auto* given = o.about.if_contains("parameters"))
    for (const auto& one : given->as_array()) list.push_back(&document().resolved(one).as_object());
  return list;
}

TEST(the_api_contract, names_every_operation_once_and_says_what_it_does) {
  std::set<std::string> ids;
  each_operation([&](const operation& o) {
    EXPECT_TRUE(ids.insert(std::string(o.about.at("operationId").as_string())).second) << o.name();
    EXPECT_TRUE(o.about.contains("summary")) << o.name();
    for (const auto& [status, answer] : o.about.at("responses").as_object())
      EXPECT_TRUE(document().resolved(answer).as_object().contains("description")) << o.name() << " " << status;
  });
  EXPECT_GT(ids.size(), 60u);
}

TEST(the_api_contract, says_what_strangers_missing_rows_and_repeated_keys_are_answered) {
  std::set<std::string> open;
  for (const auto& row : hub::api::policy())
    if (row.open) open.insert(std::string(row.method) + " " + std::string(row.route));
  each_operation([&](const operation& o) {
    std::string route = o.method;
    std::transform(route.begin(), route.end(), route.begin(), [](unsigned char c) { return std::toupper(c); });
    route += " /api/v1" + o.path;
    const bool signs_in = o.name() == "post /session";
    EXPECT_EQ(o.answers("401"), signs_in || !open.contains(route)) << o.name();
    EXPECT_TRUE(o.answers("404") || o.path.find('{') == std::string::npos) << o.name();
    bool keyed = false;
    for (const auto* p : parameters_of(o)) keyed = keyed || p->at("name") == "Idempotency-Key";
    EXPECT_EQ(keyed, o.answers("422")) << o.name();
    EXPECT_TRUE(o.answers("400") || !o.about.contains("requestBody")) << o.name();
  });
}

TEST(the_api_contract, describes_every_parameter) {
  each_operation([&](const operation& o) {
    std::set<std::string> in_path, declared;
    static const std::regex place(R"(\{(\w+)\})");
    for (auto at = std::sregex_iterator(o.path.begin(), o.path.end(), place); at != std::sregex_iterator(); ++at)
      in_path.insert((*at)[1]);
    for (const auto* p : parameters_of(o)) {
      EXPECT_TRUE(p->contains("description")) << o.name() << " " << json::serialize(p->at("name"));
      EXPECT_TRUE(p->contains("schema")) << o.name();
      if (p->at("in") == "path") declared.emplace(p->at("name").as_string());
    }
    EXPECT_EQ(in_path, declared) << o.name();
  });
}

TEST(the_api_contract, refers_only_to_what_is_there_and_holds_nothing_unused) {
  std::set<std::string> used;
  each_object(document().document(), "", [&](const json::object& o, const std::string& at) {
    if (const auto* reference = o.if_contains("$ref")) {
      EXPECT_NO_THROW(document().resolved(o)) << at;
      used.emplace(reference->as_string());
    }
  });
  for (const std::string kind : {"schemas", "responses", "parameters"})
    for (const auto& [name, component] : document().document().at("components").at(kind).as_object())
      EXPECT_TRUE(used.contains("#/components/" + kind + "/" + std::string(name))) << kind << "/" << name;
}

TEST(the_api_contract, writes_members_in_one_style_and_types_each) {
  static const std::regex snake("[a-z][a-z0-9_]*");
  each_object(document().document().at("components").at("schemas"), "", [&](const json::object& o, const std::string& at) {
    const auto* properties = o.if_contains("properties");
    if (!properties || !properties->is_object() || !o.contains("type")) return;
    for (const auto& [name, schema] : properties->get_object()) {
      EXPECT_TRUE(std::regex_match(std::string(name), snake)) << at << "/" << name;
      const auto& about = schema.as_object();
      EXPECT_TRUE(about.contains("type") || about.contains("$ref") || about.contains("anyOf")) << at << "/" << name;
    }
    const auto* required = o.if_contains("required");
    for (const auto& name : required ? required->as_array() : json::array())
      EXPECT_TRUE(properties->as_object().contains(name.as_string())) << at << " requires " << name;
  });
}

// ---- the validator --------------------------------------------------------------------------------------------------

const contract& small() {
  static const contract made(R"({
    "paths": {"/things": {"post": {
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}}},
        "responses": {
          "201": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}}},
                      "204": {"description": "nothing"}}}},
      "/things/{id}": {"get": {"responses": {
          "200": {"description": "", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}}}},
    "components": {"schemas": {
      "thing": {"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 4}, "at": {"type": ["string", "null"], "format": "date-time"},
        "size": {"type": "integer", "minimum": 1, "maximum": 9}, "word": {"type": "string", "enum": ["a", "b"]},
        "list": {"type": "array", "maxItems": 2, "items": {"type": "boolean"}},
        "other": {"anyOf": [{"$ref": "#/components/schemas/thing"}, {"type": "null"}]},
        "map": {"type": "object", "additionalProperties": {"type": "integer"}}}},
      "odd": {"type": "string", "contentEncoding": "base64"}}}})",
                             "/api");
  return made;
}

std::size_t wrong_in(const std::string& body) {
  return small().check_answer("POST", "/api/things", 201, "application/json", body).size();
}

TEST(the_contract_validator, takes_what_the_schema_allows) {
  EXPECT_EQ(wrong_in(R"({"name":"їжак"})"), 0u);
  EXPECT_EQ(wrong_in(R"({"name":"ab","at":"2026-12-01T10:00:00.000Z","size":9,"word":"b","list":[true,false],)"
                     R"("other":{"name":"cd","other":null},"map":{"x":1}})"),
            0u);
  EXPECT_EQ(wrong_in(R"({"name":"ab","at":null})"), 0u);
}

TEST(the_contract_validator, refuses_everything_else) {
  for (const std::string body : {R"({})",
                                 R"([])",
                                 R"("x")",
                                 "{",
                                 R"({"name":1})",
                                 R"({"name":"a"})",
                                 R"({"name":"abcde"})",
                                 R"({"name":"ab","more":1})",
                                 R"({"name":"ab","at":"yesterday"})",
                                 R"({"name":"ab","at":"2026-12-01"})",
                                 R"({"name":"ab","size":0})",
                                 R"({"name":"ab","size":10})",
                                 R"({"name":"ab","size":1.5})",
                                 R"({"name":"ab","size":null})",
                                 R"({"name":"ab","word":"c"})",
                                 R"({"name":"ab","list":[1]})",
                                 R"({"name":"ab","list":[true,true,true]})",
                                 R"({"name":"ab","other":{"name":"cd","x":1}})",
                                 R"({"name":"ab","other":5})",
                                 R"({"name":"ab","map":{"x":"1"}})"})
    EXPECT_GT(wrong_in(body), 0u) << body;
}

TEST(the_contract_validator, refuses_statuses_types_and_operations_that_are_not_described) {
  const std::string good = R"({"name":"ab"})";
  EXPECT_FALSE(small().check_answer("POST", "/api/things", 200, "application/json", good).empty());
  EXPECT_FALSE(small().check_answer("POST", "/api/things", 201, "text/html", good).empty());
  EXPECT_FALSE(small().check_answer("POST", "/api/things", 204, "", "x").empty());
  EXPECT_TRUE(small().check_answer("POST", "/api/things", 204, "", "").empty());
  EXPECT_FALSE(small().check_answer("GET", "/api/things", 200, "application/json", good).empty());
  EXPECT_TRUE(small().check_answer("GET", "/api/things/7?x=1", 200, "image/jpeg", "bytes").empty());
  EXPECT_FALSE(small().check_request("POST", "/api/things", "").empty());
  EXPECT_FALSE(small().check_request("POST", "/api/things", R"({"nam":"ab"})").empty());
  EXPECT_TRUE(small().check_request("POST", "/api/things", good).empty());
}

TEST(the_contract_validator, says_so_where_it_does_not_understand_a_schema) {
  const auto& odd = small().document().at("components").at("schemas").at("odd");
  EXPECT_THAT(small().check(odd, json::value("x")), testing::ElementsAre(testing::HasSubstr("contentEncoding")));
}

}  // namespace
