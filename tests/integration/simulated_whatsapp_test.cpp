// The simulated Graph API itself: it refuses what Meta refuses, one test a refusal, and takes the same request without that one
// thing. Our sender keeps most of that back, so that nothing else would notice a platform that takes anything.

#include "connectors/multipart.hpp"
#include "tests/integration/whatsapp_graph.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace {

using namespace connector_tests;

struct refused_request {
  std::string what;
  std::int64_t code;
  std::string type;
  std::function<void(object&)> spoil;  ///< given the member of that type, or the whole message
  bool whole = false;
};

class the_simulated_graph : public send_fixture, public testing::WithParamInterface<refused_request> {
 protected:
  the_simulated_graph() {
    upload("image/jpeg");
    upload("audio/ogg");
  }
  int upload(const std::string& type, std::size_t size = 5) {
    const auto form = connectors::make_form(
        {{"messaging_product", "whatsapp"}, {"type", type}, {"file", std::string(size, 'b'), "a.bin", type}}, "border");
    return post(platform.base() + "/v26.0/" + phone_number_id + "/media", form.bytes,
                {{"Authorization", "Bearer access"}, {"Content-Type", form.content_type}})
        .status;
  }
  static object right(const std::string& type) {
    const auto choice = [](const char* title) {
      return object{{"reply", object{{"id", "1"}, {"title", title}}}, {"title", title}};
    };
    object part;
    if (type == "text") part = {{"body", "x"}};
    if (type == "location") part = {{"latitude", 50}, {"longitude", 30}};
    if (type == "template") part = {{"name", "hello"}, {"language", object{{"code", "uk"}}}};
    if (type == "image") part = {{"id", "1800000000000010"}, {"caption", "x"}};
    if (type == "audio") part = {{"id", "1800000000000011"}};
    if (type == "interactive")
      part = {{"type", "button"},
              {"body", object{{"text", "x"}}},
              {"action", object{{"buttons", boost::json::array{choice("Так"), choice("Ні")}}}}};
    return object{{"messaging_product", "whatsapp"}, {"recipient", shy}, {"type", type}, {type, std::move(part)}};
  }
  /// 0: it was taken.
  std::int64_t answer_to(const object& message, const std::string& token = "access") {
    const auto got = post(platform.base() + "/v26.0/" + phone_number_id + "/messages", boost::json::serialize(message),
                          {{"Authorization", "Bearer " + token}});
    const auto body = boost::json::parse(got.body).as_object();
    return body.contains("error") ? body.at("error").at("code").as_int64() : 0;
  }

  graph platform;
};

TEST_P(the_simulated_graph, refuses) {
  auto message = right(GetParam().type);
  EXPECT_EQ(answer_to(message), 0);
  EXPECT_EQ(answer_to(message, "another"), 190);
  platform.allow_to_one(0);
  EXPECT_EQ(answer_to(message), 131056);
  platform.allow_to_one(1);
  GetParam().spoil(GetParam().whole ? message : message.at(GetParam().type).as_object());
  EXPECT_EQ(answer_to(message), GetParam().code);
}

std::string characters(std::size_t count) { return std::string(count, 'x'); }

INSTANTIATE_TEST_SUITE_P(
    , the_simulated_graph,
    testing::Values(refused_request{"no_product", 100, "text", [](object& m) { m.erase("messaging_product"); }, true},
                    refused_request{"nobody", 131008, "text", [](object& m) { m.erase("recipient"); }, true},
                    refused_request{"a_number_without_plus", 131026, "text", [](object& m) { m["to"] = "380000000001"; }, true},
                    refused_request{"a_text_after_the_day", 131047, "text", [](object& m) { m["recipient"] = silent; }, true},
                    refused_request{"long_data", 100, "text", [](object& m) { m["biz_opaque_callback_data"] = characters(513); },
                                    true},
                    refused_request{"a_type_without_its_part", 100, "text", [](object& m) { m["type"] = "image"; }, true},
                    refused_request{"an_empty_text", 100, "text", [](object& p) { p["body"] = ""; }},
                    refused_request{"a_long_text", 100, "text", [](object& p) { p["body"] = characters(4097); }},
                    refused_request{"a_place_without_longitude", 100, "location", [](object& p) { p.erase("longitude"); }},
                    refused_request{"a_template_without_name", 100, "template", [](object& p) { p.erase("name"); }},
                    refused_request{"an_unknown_file", 100, "image", [](object& p) { p["id"] = "1"; }},
                    refused_request{"a_sound_as_a_picture", 100, "image", [](object& p) { p["id"] = "1800000000000011"; }},
                    refused_request{"a_long_caption", 100, "image", [](object& p) { p["caption"] = characters(1025); }},
                    refused_request{"words_beside_a_sound", 100, "audio", [](object& p) { p["caption"] = "x"; }},
                    refused_request{"a_long_text_with_buttons", 100, "interactive",
                                    [](object& p) {
                                      p["body"] = object{{"text", characters(1025)}};
                                    }},
                    refused_request{"a_fourth_button", 100, "interactive",
                                    [](object& p) {
                                      auto& list = p["action"].as_object()["buttons"].as_array();
                                      const auto one = list[0];
                                      list.push_back(one), list.push_back(one);
                                    }},
                    refused_request{"a_long_button", 100, "interactive",
                                    [](object& p) {
                                      p["action"].as_object()["buttons"].as_array()[0].as_object()["reply"].as_object()["title"] =
                                          characters(21);
                                    }}),
    [](const auto& one) { return one.param.what; });

TEST_F(the_simulated_graph, refuses_to_keep_what_meta_does_not_take) {
  EXPECT_EQ(upload("application/pdf"), 200);
  EXPECT_EQ(upload("application/x-msdownload"), 400);
  EXPECT_EQ(upload(""), 400);
}

TEST_F(the_simulated_graph, takes_what_is_too_large_for_its_kind_as_a_document_only) {
  std::uint64_t id = 1800000000000012;  // behind the two that are there
  for (const auto& [kind, type, most] :
       {std::tuple("image", "image/png", 5 << 20), {"audio", "audio/ogg", 16 << 20}, {"video", "video/mp4", 16 << 20}}) {
    SCOPED_TRACE(kind);
    for (const bool fits : {true, false}) {
      ASSERT_EQ(upload(type, static_cast<std::size_t>(most) + !fits), 200);
      auto message = right("text");
      message["type"] = kind;
      message[kind] = object{{"id", std::to_string(id)}};
      EXPECT_EQ(answer_to(message), fits ? 0 : 100);
      message["type"] = "document";
      message["document"] = object{{"id", std::to_string(id++)}};
      EXPECT_EQ(answer_to(message), 0);
    }
  }
}

}  // namespace
