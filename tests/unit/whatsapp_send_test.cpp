// What goes to the Cloud API, against the recorded requests; and what comes back with a status resolves an attempt.

#include "connectors/whatsapp/send.hpp"
#include "hub/base/crypto.hpp"
#include "hub/message/json.hpp"
#include "tests/support/recorded_cases.hpp"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>

namespace {

using namespace connectors;
using boost::json::object;
using hub::message::content_type;
using hub::message::send_asked;

constexpr const char* raw_id = "wamid.HRgMMzgwMDAwMDAwMDAxFQIAEhgUMDAzQTAwMDAwMEYxQzAwMDAwMDEA";

send_asked text(const std::string& said) {
  send_asked made;
  made.outbox_id = 1200;
  made.attempt = 1;
  made.text = said;
  return made;
}

object recorded(const std::string& name) {
  auto made =
      hub::message::parse_json(test_support::bytes_of(test_support::cases_of("whatsapp") / "api" / name)).value().as_object();
  made["biz_opaque_callback_data"] = "hub:out=1200;attempt=1";
  return made;
}

object body(const send_asked& what, const whatsapp::receiver& to, const std::string& media = "") {
  const auto made = whatsapp::message_request(test_support::recorded_context("whatsapp"), {}, what, to, media);
  return hub::message::parse_json(made.value()).value().as_object();
}

const whatsapp::receiver by_number{"+380000000001", ""};

TEST(whatsapp_requests, equal_the_recorded_text) {
  auto what = text("Так, продається. Коли вам зручно подивитись?");
  what.sealed_reply_to = hub::seal(test_support::recorded_context("whatsapp").seal_key, raw_id);
  EXPECT_EQ(body(what, by_number), recorded("request_send_text.json"));
}

TEST(whatsapp_requests, equal_the_recorded_text_to_a_user_id) {
  auto wanted = recorded("request_send_text_to_bsuid.json");
  wanted["text"].as_object()["preview_url"] = false;  // Meta's usual
  EXPECT_EQ(body(text("Yes, winter tyres are included."), {"", "UA.8811223344556677001"}), wanted);
}

TEST(whatsapp_requests, equal_the_recorded_image) {
  auto what = text("Салон");
  what.type = content_type::photo;
  hub::message::outgoing_file file;
  file.type = "image/jpeg";
  file.size = 1000;
  what.files.push_back(file);
  EXPECT_EQ(body(what, by_number, "1800000000000001"), recorded("request_send_image.json"));
}

TEST(whatsapp_requests, equal_the_recorded_template) {
  auto what = text("shown to our own people only");
  what.prepared = hub::message::prepared_text{"viewing_reminder", "uk", {"19.11 о 18:30"}};
  EXPECT_EQ(body(what, by_number), recorded("request_send_template.json"));
}

TEST(whatsapp_statuses, tell_which_attempt_they_are_of) {
  const auto kinds = registry();
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [](const auto& k) { return k.channel == "whatsapp"; });
  const auto account = test_support::account_of(*kind);
  auto status = test_support::bytes_of(test_support::cases_of("whatsapp") / "status_delivered.json");
  const std::string theirs = "hub:out=o-001200";
  ASSERT_NE(status.find(theirs), std::string::npos);
  const auto read = [&] {
    const auto events = account.connector->normalize(status, hub::instant{}).value();
    return std::get<hub::message::delivery_status>(events.at(0).data);
  };
  EXPECT_EQ(read().outbox_id, 0u) << "another form than ours names nothing";
  status.replace(status.find(theirs), theirs.size(), "hub:out=1200;attempt=3");
  EXPECT_EQ(read().outbox_id, 1200u);
  EXPECT_EQ(read().attempt, 3u);
}

}  // namespace
