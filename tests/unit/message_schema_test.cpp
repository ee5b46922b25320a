#include "hub/message/schema.hpp"

#include "hub/message/canonical.hpp"
#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace {

using namespace hub::message;
namespace json = boost::json;

enum class color { red, green };
constexpr auto names_of(color) { return std::array{hub::named{"red", color::red}, hub::named{"green", color::green}}; }

struct sample {
  std::string name;
  std::uint8_t small = 0;
  std::int64_t whole = 0;
  double share = 0;
  bool flag = true;
  color paint = color::green;
  std::optional<hub::instant> at;
  std::vector<std::string> tags;
  std::map<std::string, double> rates;
  hub::secret token;
  std::chrono::milliseconds wait{0};
  hub::byte_count room{0};

  static void describe(auto& self, auto& on) {
    on("name", self.name, hub::about{.text = "Its name.", .required = true, .min = 1, .max = 20, .example = "Ada"});
    on("small", self.small, hub::about{.text = "Small.", .max = 100});
    on("whole", self.whole, hub::about{.text = "Whole."});
    on("share", self.share, hub::about{.text = "A share.", .min = 0, .max = 0.5});
    on("flag", self.flag, hub::about{.text = "A flag."});
    on("paint", self.paint, hub::about{.text = "A color."});
    on("at", self.at, hub::about{.text = "When."});
    on("tags", self.tags, hub::about{.text = "Words.", .max = 3});
    on("rates", self.rates, hub::about{.text = "Rates."});
    on("token", self.token, hub::about{.text = "A secret.", .secret = true});
    on("wait", self.wait, hub::about{.text = "A wait."});
    on("room", self.room, hub::about{.text = "A size."});
  }
};

TEST(message_schema, prints_every_kind_of_field) {
  EXPECT_EQ(json_schema<sample>("sample"), R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "sample",
  "type": "object",
  "properties": {
    "name": {
      "type": "string",
      "description": "Its name.",
      "minLength": 1,
      "maxLength": 20,
      "examples": ["Ada"]
    },
    "small": {
      "type": "integer",
      "minimum": 0,
      "maximum": 100,
      "description": "Small."
    },
    "whole": {
      "type": "integer",
      "description": "Whole."
    },
    "share": {
      "type": "number",
      "description": "A share.",
      "minimum": 0,
      "maximum": 5E-1
    },
    "flag": {
      "type": "boolean",
      "description": "A flag.",
      "default": true
    },
    "paint": {
      "type": "string",
      "enum": ["red","green"],
      "description": "A color.",
      "default": "green"
    },
    "at": {
      "type": "string",
      "format": "date-time",
      "description": "When."
    },
    "tags": {
      "type": "array",
      "items": {
        "type": "string"
      },
      "description": "Words.",
      "maxItems": 3
    },
    "rates": {
      "type": "object",
      "additionalProperties": {
        "type": "number"
      },
      "description": "Rates."
    },
    "token": {
      "type": "string",
      "writeOnly": true,
      "description": "A secret."
    },
    "wait": {
      "type": "string",
      "pattern": "^[0-9]+(ms|s|m|h|d)$",
      "description": "A wait."
    },
    "room": {
      "type": "string",
      "pattern": "^[0-9]+(B|KiB|MiB|GiB)$",
      "description": "A size."
    }
  },
  "required": ["name"]
}
)");
}

// As much of a validator as the printed schemas need.
void validate(const json::value& value, const json::object& schema, const std::string& path, std::vector<std::string>& wrong) {
  const auto text = [&](const char* name) {
    return schema.contains(name) ? std::string(schema.at(name).as_string()) : std::string();
  };
  const auto type = text("type");
  const bool fits = type.empty() || (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
                    (type == "string" && value.is_string()) || (type == "boolean" && value.is_bool()) ||
                    (type == "number" && value.is_number()) || (type == "integer" && (value.is_int64() || value.is_uint64()));
  if (!fits) return wrong.push_back(path + " is no " + type);
  if (schema.contains("const") && schema.at("const") != value) wrong.push_back(path + " is not the constant");
  if (schema.contains("enum")) {
    const auto& words = schema.at("enum").as_array();
    if (std::find(words.begin(), words.end(), value) == words.end()) wrong.push_back(path + " is not in the list");
  }
  if (value.is_object() && schema.contains("properties")) {
    const auto& object = value.as_object();
    const auto& properties = schema.at("properties").as_object();
    if (schema.contains("required"))
      for (const auto& name : schema.at("required").as_array())
        if (!object.contains(name.as_string())) wrong.push_back(path + "." + std::string(name.as_string()) + " is missing");
    for (const auto& member : object) {
      if (!properties.contains(member.key())) {
        wrong.push_back(path + "." + std::string(member.key()) + " is not declared");
        continue;
      }
      validate(member.value(), properties.at(member.key()).as_object(), path + "." + std::string(member.key()), wrong);
    }
  }
  if (value.is_array() && schema.contains("items"))
    for (const auto& item : value.as_array()) validate(item, schema.at("items").as_object(), path + "[]", wrong);
}

event example(event_data data) {
  event e;
  e.key = "viber:main:message:1";
  e.channel = "viber";
  e.account = "main";
  e.conversation = "viber:main:u";
  e.trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  e.data = std::move(data);
  return e;
}

TEST(message_schema, encoded_events_of_every_kind_satisfy_their_schema) {
  const person somebody{{{"viber", "main", "u"}}, "Олена", "uk", "UA", "sealed"};
  chat_message full;
  full.sender = somebody;
  full.direction = direction::outgoing;
  full.type = content_type::location;
  full.platform_id = "1";
  full.text = "текст";
  full.attachments = {{"0", content_type::photo, "sealed", hub::instant{}, "a.jpg", 5, 6}};
  full.location = geo_point{50.45, 30.52};
  full.sticker = "s";
  full.reply_to = "r";
  full.tracking = "t";
  full.group = "g";
  full.author = "a";
  full.subject = "s";
  full.quoted = "q";
  full.automatic = true;
  full.sealed_id = "i";
  full.referral = referral{"ad", "1", "https://ad.example/1", "h", "t"};
  call_record call;
  call.call_id = "1";
  call.step = call_step::ended;
  call.source = call_source::completed;
  call.direction = call_direction::outbound;
  call.customer = {{"fingerprint", "", "fp:00000000:00"}};
  call.manager = "901";
  call.line = "sales";
  call.started_at = call.answered_at = call.ended_at = hub::instant{};
  call.waiting_seconds = call.talk_seconds = 5;
  call.disposition = call_disposition::answered;
  call.recording = attachment{"0", content_type::voice_note, "sealed", hub::instant{}, "", 5, 6};
  hub::message::order bought{"o",  "42",  "v",     "АП-1", hub::instant(std::chrono::milliseconds(1'794'990'000'000)),
                             "c",  {"1"}, "10.00", "UAH",  "Новий",
                             true, true,  true,    true};
  vehicle car;
  car.id = "1";
  car.version = "AAAAAAABcxg=";
  car.deleted = true;
  car.vin = "TMBZZZ9BZE0009000";
  car.make = "Skoda";
  car.model = "Octavia";
  car.year = 2014;
  car.status = vehicle_state::sold;
  car.price = "630500.00";
  car.currency = "UAH";
  car.quantity = "1";
  car.colour = "білий";
  car.mileage = "51000";
  car.photos = {{"0", content_type::photo, "sealed", std::nullopt, "1.jpg", 10, std::nullopt}};
  car.warnings = {"check_digit"};
  const std::vector<event> events{example(full),
                                  example(delivery_status{
                                      {{"viber", "main", "u"}}, "1", delivery_state::failed, true, "why", 7, 1}),
                                  example(send_outcome{7, 1, {send_state::sent, {"1"}, "sealed", "0", "ok", 500, true, false}}),
                                  example(conversation_opened{somebody, "ad", true}),
                                  example(subscribed{somebody}),
                                  example(unsubscribed{somebody}),
                                  example(message_edited{somebody, "1", "інше", geo_point{50.45, 30.52}}),
                                  example(message_deleted{somebody, "1"}),
                                  example(reaction{somebody, "1", "👍", "7"}),
                                  example(identity_changed{somebody}),
                                  example(activity{somebody, "quote", "Haul Example Co", "dispatch@haul.example",
                                                   "https://site.example/1", "1250.50", "USD", "{}"}),
                                  example(call),
                                  example(customer{somebody, "v", "Ганна", "Зразкова", "Приклад", "a@client.example", true}),
                                  example(exchange{"vehicle", "c", "0000000000000000", "ffffffffffffffff", {"1"}, 1}),
                                  example(bought),
                                  example(order_handed{"lead-7", "v", "1"}),
                                  example(car),
                                  example(unparsed{"sealed", "reason"})};
  ASSERT_EQ(events.size(), kind_policies().size());
  for (const auto& e : events) {
    const auto schema = parse_json(event_schema(kind_of(e)));
    ASSERT_TRUE(schema.has_value());
    std::vector<std::string> wrong;
    validate(*parse_json(encode(e)), schema->as_object(), "event", wrong);
    EXPECT_EQ(wrong, std::vector<std::string>{}) << encode(e);
  }
}

TEST(message_schema, a_word_that_is_no_kind_has_no_schema) { EXPECT_THROW(event_schema("parcel"), std::invalid_argument); }

TEST(message_schema, the_reference_says_what_each_kind_may_do) {
  const auto page = canonical_reference();
  EXPECT_NE(page.find("| `message` | yes | yes | yes |\n"), std::string::npos);
  EXPECT_NE(page.find("| `status` | no | no | no |\n"), std::string::npos);
  EXPECT_NE(page.find("| `sender.identities[].id` | text | yes | 1 to 512 |"), std::string::npos);
  for (const auto& policy : kind_policies()) EXPECT_NE(page.find("\n## " + std::string(policy.kind) + "\n"), std::string::npos);
}

std::string committed(const std::string& name) {
  std::ifstream file(LEADYARD_SOURCE_DIR "/docs/reference/" + name, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(message_schema, the_committed_pages_are_the_printed_ones) {
  EXPECT_EQ(committed("canonical.md"), canonical_reference()) << "run `hubctl reference docs/reference`";
  for (const auto& policy : kind_policies())
    EXPECT_EQ(committed("leadyard." + std::string(policy.kind) + ".v1.json"), event_schema(policy.kind))
        << "run `hubctl reference docs/reference`";
}

}  // namespace
