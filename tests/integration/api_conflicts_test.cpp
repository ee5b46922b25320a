// Conflicts with an ERP: who sees them, who judges them.

#include "tests/integration/api_fixture.hpp"

namespace hub::api {
namespace {

class conflicts : public api {
 protected:
  void SetUp() override {
    api::SetUp();
    mine_ = add("v-1", "status", leads_["anns"]);
    nobodys_ = add("v-2", "colour", std::nullopt);
  }
  void TearDown() override { hub_->run("delete from hub.erp_conflict"); }

  static std::int64_t add(const std::string& object, const std::string& field, const std::optional<std::int64_t>& lead) {
    hub_->run(
        "insert into hub.erp_conflict (account, object_type, object_id, field, ours, theirs, why, lead_id)"
        " values ('bas:main', 'vehicle', $1, $2, 'reserved', 'sold', 'test', $3)",
        object, field, lead);
    return hub_->number("select max(id) from hub.erp_conflict");
  }
  static std::size_t seen_by(const std::string& who) {
    const auto got = hub_->get("/api/v1/conflicts", sessions_[who]);
    EXPECT_EQ(got.status, 200) << got.body;
    return boost::json::parse(got.body).at("conflicts").as_array().size();
  }
  static http::incoming judge(const std::string& who, std::int64_t id, const std::string& take) {
    return hub_->post("/api/v1/conflicts/" + std::to_string(id) + "/resolve", sessions_[who], R"({"take":")" + take + "\"}");
  }

  std::int64_t mine_ = 0, nobodys_ = 0;
};

TEST_F(conflicts, are_shown_with_their_lead_and_to_whoever_judges) {
  EXPECT_EQ(seen_by("ann"), 1u) << "her lead's";
  EXPECT_EQ(seen_by("adam"), 2u);
  EXPECT_EQ(hub_->get("/api/v1/conflicts?state=what", sessions_["adam"]).status, 400);
}

TEST_F(conflicts, are_judged_once_by_who_may_and_on_record) {
  EXPECT_EQ(judge("ann", mine_, "ours").status, 403);
  const auto held = judge("adam", mine_, "theirs");
  EXPECT_EQ(held.status, 409);
  EXPECT_THAT(held.body, HasSubstr("holds this vehicle"));
  EXPECT_EQ(judge("adam", mine_, "both").status, 400);
  const auto kept = judge("adam", mine_, "ours");
  ASSERT_EQ(kept.status, 200) << kept.body;
  EXPECT_THAT(kept.body, HasSubstr("kept_ours"));
  EXPECT_EQ(judge("adam", mine_, "ours").status, 409) << "judged already";
  ASSERT_EQ(judge("adam", nobodys_, "theirs").status, 200);
  EXPECT_EQ(judge("adam", 999999, "ours").status, 404);
  EXPECT_EQ(seen_by("adam"), 0u);
  EXPECT_EQ(hub_->number("select count(*) from hub.erp_conflict where not applied and judged_by is not null"), 2);
  EXPECT_EQ(hub_->number("select count(*) from hub.audit where action = 'conflict_resolve'"), 2);
}

}  // namespace
}  // namespace hub::api
