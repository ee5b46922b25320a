// No phone number of a structured field in any call event: numbers in a dozen spellings in every field of every recorded body,
// one field after the other and all at once, then the encoded events are searched for them, plain and inside of base64.

#include "connectors/telephony/asterisk/normalize.hpp"
#include "connectors/telephony/binotel/normalize.hpp"
#include "connectors/telephony/ringostat/normalize.hpp"
#include "connectors/telephony/twilio/normalize.hpp"
#include "hub/http/text.hpp"
#include "tests/support/planted.hpp"
#include "tests/unit/telephony_fixture.hpp"

#include <filesystem>
#include <functional>
#include <set>

namespace {

using namespace telephony_test;
using test_support::planted_numbers;

/// An id is what the provider says it is; that it holds no number of the same body is tested with the parts.
const std::set<std::string, std::less<>> ids{
    "uniqueid",      "uniq",     "call_id",  "generalCallID", "callDetails[generalCallID]", "CallSid", "sid", "parent_call_sid",
    "ParentCallSid", "Uniqueid", "Linkedid", "linkedid"};
/// Without these a body is none of a call.
const std::set<std::string, std::less<>> shape{"requestType",
                                               "companyID",
                                               "callDetails[companyID]",
                                               "AccountSid",
                                               "account_sid",
                                               "CallStatus",
                                               "status",
                                               "RecordingSid",
                                               "callType",
                                               "Direction",
                                               "direction",
                                               "Event",
                                               "DialStatus",
                                               "calldate",
                                               "duration",
                                               "RecordingStatus",
                                               "billsec",
                                               "disposition",
                                               "call_type",
                                               "callDetails[callType]"};

/// A body as a list of its fields, and back.
struct form {
  std::vector<std::pair<std::string, std::string>> fields;
  std::function<std::string(const std::vector<std::pair<std::string, std::string>>&)> write;
};

form form_of(const std::string& body) {
  return {parse_form(body).value(), [](const auto& fields) {
            std::string text;
            for (const auto& [name, value] : fields)
              text += (text.empty() ? "" : "&") + hub::http::percent_encode(name) + "=" + hub::http::percent_encode(value);
            return text;
          }};
}

/// The members of an object, of the first of a list, or of the first list in it.
form json_of(const std::string& body) {
  auto root = hub::message::parse_json(body).value();
  const auto object_in = [](boost::json::value& of) -> boost::json::object& {
    auto* at = &of;
    for (const auto* name : {"callDetails", "calls", "data", "additional_call_data"})
      if (auto* object = at->if_object(); object && object->contains(name)) at = &object->at(name);
    if (auto* list = at->if_array()) at = &list->front();
    if (auto* object = at->if_object(); object && object->size() < 4) at = &object->begin()->value();
    return at->as_object();
  };
  form made;
  for (const auto& member : object_in(root))
    made.fields.emplace_back(member.key(), member.value().is_string() ? std::string(member.value().as_string()) : "1");
  made.write = [root, object_in](const auto& fields) {
    auto copy = root;
    auto& object = object_in(copy);
    for (const auto& [name, value] : fields)
      if (!object.at(name).is_structured()) object.at(name) = value;
    return boost::json::serialize(copy);
  };
  return made;
}

form ami_of(const std::string& block) {
  asterisk::ami_stream stream;
  return {stream.put(block + "\r\n\r\n").at(0).fields, [](const auto& fields) {
            std::string text;
            for (const auto& [name, value] : fields) text += name + ": " + value + "\r\n";
            return text + "\r\n";
          }};
}

struct searched {
  std::size_t bodies = 0, events = 0;
};

void search(const std::string& name, const form& body, const std::function<events(const std::string&)>& parse,
            planted_numbers& planted, searched& so_far) {
  const auto look = [&](const std::vector<std::pair<std::string, std::string>>& fields, const std::string& where) {
    const auto got = parse(body.write(fields));
    ++so_far.bodies;
    const auto said = got ? std::string() : hub::to_text(got.error());
    EXPECT_FALSE(planted.found_without_code_in(said)) << name << " " << where << ": " << said;
    if (!got) return;
    for (const auto& e : *got) {
      ++so_far.events;
      const auto found = planted.found_without_code_in(hub::message::encode(e));
      EXPECT_FALSE(found) << name << " " << where << ": ..." << *found;
    }
  };
  auto all = body.fields;
  for (std::size_t i = 0; i < body.fields.size(); ++i) {
    if (ids.contains(body.fields[i].first)) continue;
    for (int round = 0; round < 6; ++round) {
      auto fields = body.fields;
      fields[i].second = planted.spelled();
      look(fields, fields[i].first);
      // As it is dialled inside the country, and with somebody's name before it.
      fields[i].second = (round % 2 == 0 ? "0" : "op-0") + planted.digits().substr(3);
      look(fields, fields[i].first);
    }
    if (!shape.contains(all[i].first)) all[i].second = planted.spelled();
  }
  look(all, "all at once");
}

std::vector<std::string> samples(const std::string& beginning) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(LEADYARD_SOURCE_DIR "/tests/unit/telephony")) {
    const auto name = file.path().filename().string();
    if (name.starts_with(beginning) && name.find("error") == std::string::npos && name.find("empty") == std::string::npos)
      names.push_back(name);
  }
  return names;
}

void expect_searched(const searched& all, std::size_t bodies) {
  EXPECT_GT(all.bodies, bodies);
  EXPECT_GT(all.events, all.bodies / 2) << "most of them are calls";
}

TEST(telephony_privacy, no_number_of_a_field_of_ringostat_is_in_an_event) {
  const auto of = context("ringostat");
  planted_numbers planted(1);
  searched all;
  for (const auto& name : samples("ringostat_")) {
    const auto body = body_of(name);
    search(
        name, body.starts_with('{') || body.starts_with('[') ? json_of(body) : form_of(body),
        [&](const std::string& text) { return ringostat::normalize(of, {}, text, received_at); }, planted, all);
  }
  expect_searched(all, 1000);
}

TEST(telephony_privacy, no_number_of_a_field_of_binotel_is_in_an_event) {
  const auto of = context("binotel");
  binotel::settings with;
  with.company_id = "90001";
  planted_numbers planted(2);
  searched all;
  for (const auto& name : samples("binotel_")) {
    const auto body = body_of(name);
    search(
        name, body.starts_with('{') ? json_of(body) : form_of(body),
        [&](const std::string& text) { return binotel::normalize(of, with, text, received_at); }, planted, all);
  }
  expect_searched(all, 1000);
}

TEST(telephony_privacy, no_number_of_a_field_of_twilio_is_in_an_event) {
  const auto of = context("twilio");
  twilio::settings with;
  with.account_sid = "AC00000000000000000000000000000a01";
  planted_numbers planted(3);
  searched all;
  for (const auto& name : samples("twilio_")) {
    if (name.find("vectors") != std::string::npos) continue;
    const auto body = body_of(name);
    search(
        name, body.starts_with('{') ? json_of(body) : form_of(body),
        [&](const std::string& text) { return twilio::normalize(of, with, text, received_at); }, planted, all);
  }
  expect_searched(all, 1000);
}

TEST(telephony_privacy, no_number_of_a_field_of_asterisk_is_in_an_event) {
  const auto of = context("asterisk");
  planted_numbers planted(4);
  searched all;
  const auto parse = [&](const std::string& text) { return asterisk::normalize(of, {}, text, received_at); };
  search("rows", json_of(body_of("asterisk_cdr_rows.json")), parse, planted, all);
  auto stream = body_of("asterisk_ami_in_answered.txt");
  for (auto at = stream.find("Event: "); at != std::string::npos;) {
    const auto end = stream.find("\r\n\r\n", at);
    const auto block = stream.substr(at, end - at);
    if (block.starts_with("Event: Newchannel") || block.starts_with("Event: DialEnd") || block.starts_with("Event: Hangup"))
      search(block.substr(0, block.find('\r')), ami_of(block), parse, planted, all);
    at = stream.find("Event: ", end);
  }
  expect_searched(all, 500);
}

TEST(telephony_privacy, the_search_finds_a_number_where_it_is) {
  planted_numbers planted(5);
  const auto n = planted.digits();
  auto e = ringostat::normalize(context("ringostat"), {}, R"({"uniqueid":"1.1"})", received_at).value().front();
  EXPECT_FALSE(planted.found_without_code_in(hub::message::encode(e)));
  for (const auto& text : {n, "0" + n.substr(3), "+380 (00) " + n.substr(5, 3) + "-" + n.substr(8),
                           hub::to_base64url("a0" + n.substr(3) + "more")}) {
    std::get<call_record>(e.data).manager = text;
    EXPECT_TRUE(planted.found_without_code_in(hub::message::encode(e))) << text;
  }
}

}  // namespace
