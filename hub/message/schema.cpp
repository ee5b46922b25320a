#include "hub/message/schema.hpp"

#include "hub/message/canonical.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/envelope.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace hub::message {

namespace {

namespace json = boost::json;

void write_pretty(std::string& out, const json::value& value, std::size_t depth) {
  const std::string inner(2 * (depth + 1), ' '), outer(2 * depth, ' ');
  if (const auto* object = value.if_object(); object && !object->empty()) {
    out += "{\n";
    for (auto member = object->begin(); member != object->end(); ++member) {
      out += inner + json::serialize(json::string(member->key())) + ": ";
      write_pretty(out, member->value(), depth + 1);
      out += member + 1 == object->end() ? "\n" : ",\n";
    }
    out += outer + "}";
  } else {
    // Lists of words and numbers stay on their line.
    out += json::serialize(value);
  }
}

// The schema of `data`, by the kind's alternative.
template <std::size_t I = 0>
json::object data_schema(std::string_view kind) {
  if constexpr (I == std::variant_size_v<event_data>) {
    throw std::invalid_argument("no kind of event: " + std::string(kind));
  } else {
    using alternative = std::variant_alternative_t<I, event_data>;
    return alternative::kind == kind ? schema_of<alternative>() : data_schema<I + 1>(kind);
  }
}

std::string_view meaning_of(std::string_view kind) {
  if (kind == chat_message::kind)
    return "A message somebody wrote. `text` is all that a person can read of it: the text, a caption, a link, the name on a "
           "contact card.";
  if (kind == message_edited::kind) return "Somebody changed what they had written; the event's time is that of the change.";
  if (kind == message_deleted::kind) return "Somebody took back what they had written.";
  if (kind == reaction::kind) return "An emoji on a message, or its removal.";
  if (kind == identity_changed::kind) return "The platform knows somebody by another id now.";
  if (kind == delivery_status::kind) return "What became of something the hub sent.";
  if (kind == conversation_opened::kind) return "Somebody opened the chat; they need not have written yet.";
  if (kind == subscribed::kind) return "Somebody allows messages.";
  if (kind == unsubscribed::kind) return "Somebody no longer wants messages.";
  if (kind == activity::kind) return "What a company did on a website: used a free service, began an order.";
  if (kind == call_record::kind)
    return "What a telephony platform tells of one call, once. One call is told of many times, in any order; the events of one "
           "`call_id` are merged.";
  if (kind == customer::kind) return "Somebody whom an ERP knows as its customer.";
  if (kind == exchange::kind) return "All ids of a range that an ERP's full exchange held: what is missing there is absent.";
  if (kind == order::kind) return "An order as an ERP keeps it.";
  if (kind == vehicle::kind) return "What an ERP tells of a vehicle; what is left out was not told and stays.";
  if (kind == send_outcome::kind) return "What came of an attempt to send a message of the hub's.";
  if (kind == order_handed::kind) return "The ERP has taken an order of the hub's.";
  if (kind == unparsed::kind)
    return "An authentic body that the connector's parser refused. It becomes a quarantine entry; a mended parser replays it.";
  throw std::logic_error("a kind without a sentence");
}

std::string text_of(const json::object& schema, std::string_view name) {
  const auto* value = schema.if_contains(name);
  if (!value) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

std::string type_text(const json::object& schema) {
  if (const auto* words = schema.if_contains("enum")) {
    std::string list;
    for (const auto& word : words->as_array()) list += (list.empty() ? "`" : ", `") + std::string(word.as_string()) + "`";
    return list;
  }
  if (schema.contains("format")) return "time";
  const auto type = text_of(schema, "type");
  if (type == "array") return "list";
  return type == "string" ? "text" : type;
}

std::string limits_text(const json::object& schema) {
  for (const auto& [least, most] :
       {std::pair{"minimum", "maximum"}, std::pair{"minLength", "maxLength"}, std::pair{"minItems", "maxItems"}}) {
    const auto min = text_of(schema, least), max = text_of(schema, most);
    if (!min.empty() && !max.empty()) return min + " to " + max;
    if (!min.empty()) return "at least " + min;
    if (!max.empty()) return "at most " + max;
  }
  return {};
}

// One line per member, those of inner objects under their path.
void append_rows(std::string& page, const json::object& schema, const std::string& path) {
  const auto* required = schema.if_contains("required");
  for (const auto& member : schema.at("properties").as_object()) {
    const auto& field = member.value().as_object();
    auto name = path + std::string(member.key());
    const bool wanted = required && std::find(required->as_array().begin(), required->as_array().end(),
                                              json::value(member.key())) != required->as_array().end();
    page += "| `" + name + "` | " + type_text(field) + " | " + (wanted ? "yes" : "") + " | " + limits_text(field) + " | " +
            text_of(field, "description") + " |\n";
    const auto* items = field.if_contains("items");
    const auto& inner = items ? items->as_object() : field;
    if (inner.contains("properties")) append_rows(page, inner, name + (items ? "[]." : "."));
  }
}

std::string table(const json::object& schema) {
  std::string page = "| field | type | required | limits | meaning |\n| --- | --- | --- | --- | --- |\n";
  append_rows(page, schema, "");
  return page;
}

std::string yes(bool so) { return so ? "yes" : "no"; }

}  // namespace

namespace detail {

json::value schema_number(double n) {
  if (n == std::floor(n) && std::abs(n) < 9e15) return static_cast<std::int64_t>(n);
  return n;
}

void add_limits(json::object& schema, const about& facts, const char* least, const char* most) {
  if (facts.min > std::numeric_limits<double>::lowest()) schema[least] = schema_number(facts.min);
  if (facts.max < std::numeric_limits<double>::max()) schema[most] = schema_number(facts.max);
}

}  // namespace detail

std::string pretty(const json::value& value) {
  std::string out;
  write_pretty(out, value, 0);
  return out + "\n";
}

std::string event_schema(std::string_view kind) {
  auto data = data_schema(kind);
  data["description"] = meaning_of(kind);
  auto schema = schema_of<envelope>();
  auto& properties = schema["properties"].as_object();
  properties["specversion"].as_object()["const"] = "1.0";
  properties["source"].as_object()["pattern"] = "^" + std::string(source_prefix) + "[^/]+/[^/]+$";
  properties["type"].as_object()["const"] = std::string(type_prefix) + std::string(kind) + std::string(type_suffix);
  properties["datacontenttype"] = json::object{{"const", "application/json"}};
  properties["data"] = std::move(data);
  schema["required"].as_array().emplace_back("data");

  json::object page{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                    {"title", std::string(type_prefix) + std::string(kind) + std::string(type_suffix)}};
  for (auto& member : schema) page.emplace(member.key(), std::move(member.value()));
  return pretty(page);
}

std::string canonical_reference() {
  std::string page =
      "# Canonical messages\n\n"
      "What connectors publish and workers consume, printed from `hub/message/canonical.hpp` (`hubctl reference\n"
      "docs/reference`). On the broker an event is a CloudEvent 1.0 in structured JSON, content type\n"
      "`" +
      std::string(single_content_type) +
      "`; several events of one shard may travel in one delivery,\n"
      "`" +
      std::string(batch_content_type) +
      "`. Empty texts and lists, absent values and values equal to their\n"
      "default are left out. Members that a reader does not know are ignored. Lengths are counted in bytes of UTF-8.\n"
      "The JSON Schema of each kind lies beside this page: `leadyard.<kind>.v1.json`.\n\n"
      "No field ever holds a phone number. Where a number identified somebody, an identity of space `fingerprint`\n"
      "stands instead.\n\n"
      "## What a kind may do\n\n"
      "| kind | creates a customer | creates a lead | touches a clock |\n| --- | --- | --- | --- |\n";
  for (const auto& policy : kind_policies())
    page += "| `" + std::string(policy.kind) + "` | " + yes(policy.creates_customer) + " | " + yes(policy.creates_lead) + " | " +
            yes(policy.touches_clock) + " |\n";
  page += "\n## The envelope\n\n" + table(schema_of<envelope>()) + "\n`data` holds what the kind says.\n";
  for (const auto& policy : kind_policies())
    page += "\n## " + std::string(policy.kind) + "\n\n" + std::string(meaning_of(policy.kind)) + "\n\n" +
            table(data_schema(policy.kind));
  return page;
}

}  // namespace hub::message
