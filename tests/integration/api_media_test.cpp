// Files put into the store through the API and found again, and texts kept for answering.

#include "tests/integration/api_fixture.hpp"

namespace hub::api {
namespace {

class api_shelf : public api {
 protected:
  http::incoming put(const std::string& query, const std::string& who, const std::string& bytes) {
    auto request = hub_->to("POST", "/api/v1/media" + query, sessions_[who], bytes);
    request.head.set("Content-Type", "application/octet-stream");
    return hub_->ask(std::move(request));
  }
};

TEST_F(api_shelf, keeps_a_file_by_what_it_is_and_hands_it_to_who_may_open_it) {
  const std::string picture = "\xff\xd8\xff\xe0 invented picture";
  const auto answer = put("?name=car.exe", "ann", picture);
  ASSERT_EQ(answer.status, 201) << answer.body;
  const auto made = json(answer);
  EXPECT_EQ(made.at("file_type"), "image/jpeg");
  EXPECT_EQ(json(put("?name=car.exe", "ann", picture)).at("id"), made.at("id")) << "the same file is the same row";
  const auto path = "/api/v1/media/" + std::to_string(made.at("id").as_int64());
  EXPECT_EQ(hub_->get(path, sessions_["ann"]).body, picture);
  EXPECT_EQ(hub_->get(path, sessions_["bob"]).status, 404);
  auto part = hub_->to("GET", path, sessions_["ann"]);
  part.head.set("Range", "bytes=0-1");
  EXPECT_EQ(hub_->ask(part).status, 206);
}

TEST_F(api_shelf, refuses_what_goes_nowhere) {
  const auto before = hub_->number("select count(*) from hub.media");
  EXPECT_EQ(put("", "ann", std::string("MZ") + std::string(200, '\0')).status, 415);
  EXPECT_EQ(put("", "ann", "#!/bin/sh\necho hello\n").status, 415);
  EXPECT_EQ(put("", "ann", "").status, 400);
  EXPECT_EQ(put("?vehicle=999999", "ann", "\xff\xd8\xff\xe0 of no car").status, 404);
  EXPECT_EQ(put("", "ian", "\xff\xd8\xff\xe0 by an analyst").status, 403);
  EXPECT_EQ(hub_->number("select count(*) from hub.media"), before);
}

TEST_F(api_shelf, finds_the_files_of_a_lead_and_a_vehicle_that_one_may_open) {
  const auto vehicle = hub_->number("insert into hub.vehicle (make, model) values ('Skoda', 'Octavia') returning id");
  EXPECT_EQ(put("?name=front.jpg&vehicle=" + std::to_string(vehicle), "sue", "\xff\xd8\xff\xe0 front").status, 201);
  const auto found = json(hub_->get("/api/v1/media?type=photo&vehicle=" + std::to_string(vehicle), sessions_["eve"]));
  ASSERT_EQ(found.at("files").as_array().size(), 1u);
  EXPECT_EQ(found.at("files").at(0).at("name"), "front.jpg");
  const auto lead = std::to_string(leads_["anns"]);
  EXPECT_EQ(json(hub_->get("/api/v1/media?lead=" + lead, sessions_["ann"])).at("files").as_array().size(), 1u);
  EXPECT_EQ(json(hub_->get("/api/v1/media?lead=" + lead, sessions_["eve"])).at("files").as_array().size(), 0u);
  EXPECT_EQ(json(hub_->get("/api/v1/media?to=2020-01-01T00:00:00Z", sessions_["ann"])).at("files").as_array().size(), 0u);
  EXPECT_EQ(hub_->get("/api/v1/media?type=song", sessions_["ann"]).status, 400);
}

TEST_F(api_shelf, texts_for_answering_belong_to_a_team_and_are_filled_for_a_lead) {
  const std::string body =
      R"({"team":"sales","language":"uk","title":"Вітання","text":"Вітаю, {customer}! {vehicle} чекає. {manager}"})";
  EXPECT_EQ(hub_->post("/api/v1/saved-replies", sessions_["ann"], body).status, 403);
  const auto made = hub_->post("/api/v1/saved-replies", sessions_["sue"], body);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(hub_->post("/api/v1/saved-replies", sessions_["sue"], body).status, 409);
  EXPECT_EQ(hub_->post("/api/v1/saved-replies", sessions_["sue"], R"({"language":"uk","title":"x","text":"x"})").status, 403);
  EXPECT_EQ(
      hub_->post("/api/v1/saved-replies", sessions_["sue"], R"({"team":"sales","language":"uk","title":"x","text":"{phone}"})")
          .status,
      400);
  const auto lead = std::to_string(leads_["anns"]);
  const auto filled = json(hub_->get("/api/v1/saved-replies?language=uk&lead=" + lead, sessions_["ann"]));
  ASSERT_EQ(filled.as_array().size(), 1u);
  EXPECT_EQ(filled.at(0).at("filled"), "Вітаю, Customer of anns! чекає. ann");
  EXPECT_EQ(json(hub_->get("/api/v1/saved-replies", sessions_["eve"])).as_array().size(), 0u);
  const auto path = "/api/v1/saved-replies/" + std::to_string(json(made).at("id").as_int64());
  EXPECT_EQ(hub_->ask(hub_->to("PATCH", path, sessions_["sue"], R"({"text":"{customer}","version":7})")).status, 409);
  EXPECT_EQ(json(hub_->ask(hub_->to("PATCH", path, sessions_["sue"], R"({"text":"{customer}"})"))).at("version"), 2);
  EXPECT_EQ(hub_->ask(hub_->to("DELETE", path, sessions_["eve"])).status, 403);
  EXPECT_EQ(hub_->ask(hub_->to("DELETE", path, sessions_["sue"])).status, 204);
}

}  // namespace
}  // namespace hub::api
