// Customers over the API: by hand, found, linked and unlinked, judged; and the stock of vehicles.

#include "tests/integration/api_fixture.hpp"

namespace hub::api {
namespace {

using boost::json::object;

class customers : public api {
 protected:
  static http::incoming send(const std::string& method, const std::string& path, const std::string& who,
                             const object& body = {}) {
    return hub_->ask(hub_->to(method, "/api/v1" + path, sessions_.at(who), boost::json::serialize(body)));
  }
  static http::incoming look(const std::string& path, const std::string& who) {
    return hub_->get("/api/v1" + path, sessions_.at(who));
  }
  static std::string text(const http::incoming& from, const char* member) {
    return std::string(json(from).at(member).as_string());
  }
  static std::string path_of(std::int64_t customer) { return "/customers/" + std::to_string(customer); }
  static std::int64_t identity(std::int64_t customer, const std::string& id) {
    return hub_->number(
        "insert into hub.identity (space, account, external_id, customer_id) values ('viber', 'main', $2, $1) returning id",
        customer, id);
  }
  static std::string fingerprint_of_rows() {
    return hub_->direct->transact([](pqxx::work& sql) {
      return sql
          .exec1(
              "select md5(coalesce(string_agg(r, '' order by r), '')) from ("
              " select 'c' || id || coalesce(merged_into::text, '-') || first_name || named_at::text as r from hub.customer"
              " union all select 'i' || id || customer_id from hub.identity"
              " union all select 'l' || id || customer_id || stage || attachable from hub.lead"
              " union all select 'm' || id || customer_id || lead_id from hub.message) x")[0]
          .as<std::string>();
    });
  }
};

TEST_F(customers, are_made_and_edited_by_hand_without_any_phone_number) {
  const auto made = send("POST", "/customers", "ann",
                         {{"first_name", " Petro "}, {"company_name", "Haul Example Co"}, {"email", "p@haul.example"}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(text(made, "name"), "Petro");
  const auto path = path_of(json(made).at("id").as_int64());
  for (const auto& [field, typed] :
       std::vector<std::pair<const char*, const char*>>{{"first_name", "+12025550143"},
                                                        {"company_name", "Haul, call 380 00 000 00 01"},
                                                        {"email", "+12025550143@x.example"}}) {
    const auto refused = send("PATCH", path, "ann", {{field, typed}, {"version", 1}});
    EXPECT_EQ(refused.status, 400) << field;
    EXPECT_EQ(text(refused, "field"), field);
    EXPECT_THAT(refused.body, Not(HasSubstr("2025550143")));
  }
  EXPECT_EQ(send("PATCH", path, "ann", {{"url", "javascript:alert(1)"}, {"version", 1}}).status, 400);
  EXPECT_EQ(send("POST", "/customers", "ann", {{"email", "p@haul.example"}}).status, 400) << "a name is needed";
  const auto edited = send("PATCH", path, "ann", {{"last_name", "Koval"}, {"version", 1}});
  ASSERT_EQ(edited.status, 200) << edited.body;
  EXPECT_EQ(text(edited, "name"), "Petro Koval");
  EXPECT_EQ(text(send("PATCH", path, "ann", {{"last_name", "Else"}, {"version", 1}}), "field"), "version");
}

TEST_F(customers, are_found_by_those_who_may_see_them) {
  const auto id = customers_[leads_["anns"]];
  identity(id, "viber-person-of-anns");
  const auto found = [&](const std::string& q, const std::string& who) {
    return json(look("/customers?q=" + q, who)).at("customers").as_array().size();
  };
  EXPECT_EQ(found("Customer%20of%20anns", "ann"), 1U);
  EXPECT_EQ(found("viber-person-of-anns", "sue"), 1U);
  EXPECT_EQ(found("Customer%20of%20anns", "bob"), 0U) << "not bob's";
  EXPECT_EQ(found("Customer%20of%20anns", "ian"), 0U) << "masked names are not searched";
  EXPECT_GE(json(look("/customers", "ian")).at("customers").as_array().size(), 5U);
  EXPECT_EQ(look(path_of(id), "bob").status, 404);
  EXPECT_EQ(send("PATCH", path_of(id), "bob", {{"first_name", "Mine"}, {"version", 1}}).status, 404);
}

TEST_F(customers, merge_and_unmerge_to_exactly_what_they_were) {
  const auto one = customers_[make_lead("One", "sales", "ann")], two = customers_[make_lead("Two", "sales", "ann")],
             three = customers_[make_lead("Three", "sales", "ann")];
  identity(one, "one");
  identity(two, "two");
  const auto before = fingerprint_of_rows();
  const auto merged = send("POST", path_of(two) + "/merge", "ann", {{"into", three}, {"reason", "same person"}});
  ASSERT_EQ(merged.status, 200) << merged.body;
  ASSERT_EQ(send("POST", path_of(three) + "/merge", "ann", {{"into", one}, {"reason", "told us"}}).status, 200);
  const auto page = json(look(path_of(two), "ann"));
  EXPECT_EQ(page.at("id").as_int64(), one) << "a link is one step long";
  EXPECT_EQ(page.at("leads").as_array().size(), 3U);
  EXPECT_EQ(page.at("merged").as_array().size(), 2U);
  EXPECT_EQ(page.at("identities").as_array().size(), 2U);
  EXPECT_EQ(json(look(path_of(one) + "/timeline", "ann")).at("events").as_array().size(), 3U);
  EXPECT_EQ(send("POST", path_of(one) + "/merge", "ann", {{"into", two}, {"reason", "again"}}).status, 409);
  EXPECT_EQ(send("POST", path_of(one) + "/unmerge", "ann", {{"reason", "no"}}).status, 409) << "nobody's child";

  ASSERT_EQ(send("POST", path_of(three) + "/unmerge", "ann", {{"reason", "two people"}}).status, 200);
  EXPECT_EQ(json(look(path_of(two), "ann")).at("id").as_int64(), three) << "who came along goes along";
  ASSERT_EQ(send("POST", path_of(two) + "/unmerge", "ann", {{"reason", "two people"}}).status, 200);
  EXPECT_EQ(fingerprint_of_rows(), before);
  EXPECT_EQ(hub_->number("select count(*) from hub.possible_same where not same and judged_at is not null"), 2);
}

TEST_F(customers, that_may_be_one_are_judged_by_a_person) {
  const auto one = customers_[make_lead("Left", "sales", "ann")], two = customers_[make_lead("Right", "sales", "ann")],
             far = customers_[make_lead("Far", "service", "eve")];
  hub_->run("insert into hub.possible_same (first_id, second_id, evidence) values ($1, $2, 'the same e-mail address')", one, two);
  hub_->run("insert into hub.possible_same (first_id, second_id, evidence) values ($1, $2, 'the same name')", one, far);
  const auto mine = json(look("/possible-same", "ann"));
  ASSERT_EQ(mine.at("pairs").as_array().size(), 1U) << "both sides must be hers";
  EXPECT_EQ(mine.at("pairs").at(0).at("second").at("name").as_string(), "Right");
  const object apart{{"first_id", one}, {"second_id", two}, {"same", false}, {"reason", "brothers"}};
  EXPECT_EQ(send("POST", "/possible-same", "bob", apart).status, 400);
  ASSERT_EQ(send("POST", "/possible-same", "ann", apart).status, 200);
  EXPECT_EQ(send("POST", "/possible-same", "ann", apart).status, 409) << "judged already";
  EXPECT_TRUE(json(look("/possible-same", "ann")).at("pairs").as_array().empty());
}

TEST_F(customers, buy_vehicles_that_are_kept_by_hand) {
  const object car{{"make", "Skoda"}, {"model", "Octavia"}, {"vin", "tmbjj7nex00000001"}, {"price", 14200.55}, {"year", 2019}};
  const auto made = send("POST", "/vehicles", "ann", car);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(text(made, "vin"), "TMBJJ7NEX00000001");
  EXPECT_EQ(json(made).at("price").as_double(), 14200.55);
  EXPECT_EQ(text(send("POST", "/vehicles", "bob", car), "field"), "vin") << "known already";
  auto wrong = car;
  wrong["vin"] = "IOQ00000000000000";
  EXPECT_EQ(send("POST", "/vehicles", "ann", wrong).status, 400);
  const auto path = "/vehicles/" + std::to_string(json(made).at("id").as_int64());
  EXPECT_EQ(send("PATCH", path, "ann", {{"status", "sold"}, {"version", 1}}).status, 409) << "leads sell";
  ASSERT_EQ(send("PATCH", path, "ann", {{"status", "archived"}, {"mileage", 100}, {"version", 1}}).status, 200);
  EXPECT_EQ(send("PATCH", path, "ann", {{"mileage", 200}, {"version", 1}}).status, 409);
  EXPECT_EQ(json(look("/vehicles?q=octavia&status=archived", "ian")).at("vehicles").as_array().size(), 1U);
  EXPECT_EQ(send("POST", "/vehicles", "ian", car).status, 403);
  hub_->run("update hub.vehicle set erp_sync_id = 'erp-1' where vin = 'TMBJJ7NEX00000001'");
  EXPECT_EQ(text(send("PATCH", path, "ann", {{"price", 1.0}, {"version", 2}}), "field"), "price") << "the ERP's";
}

}  // namespace
}  // namespace hub::api
