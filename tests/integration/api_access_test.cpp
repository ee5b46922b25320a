// Role x route x ownership: every operation of docs/openapi.yaml is asked by everybody for a row of their own, somebody
// else's, nobody's, another team's and one that is not there, and the answers are compared with the policy table. A new
// operation is asked by itself; its body is made from its schema.

#include "hub/api/openapi.hpp"
#include "tests/integration/api_fixture.hpp"

#include <array>
#include <iostream>
#include <set>

namespace hub::api {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

enum class whose { own, others, nobodys, other_teams, missing };
constexpr std::array everybodys{whose::own, whose::others, whose::nobodys, whose::other_teams, whose::missing};
constexpr std::string_view word(whose w) {
  constexpr std::array<std::string_view, 5> words{"own", "somebody else's", "nobody's", "another team's", "missing"};
  return words[static_cast<std::size_t>(w)];
}

/// What an operation's {id} is.
enum class subject { none, lead, customer, task, media, other };

struct asking {
  std::string person;
  hub::api::role is;
};
const std::vector<asking> askers{
    {"ann", role::manager}, {"sue", role::supervisor}, {"adam", role::admin}, {"ian", role::analyst}};

/// What the policy promises; `seen` and `may` are the answers 404 and 403 stand for.
enum class promise { allowed, forbidden, unknown };

bool includes(access cell, role who, whose row) {
  switch (cell) {
    case access::none: return false;
    case access::own: return row == whose::own;
    case access::own_and_unassigned_of_own_teams: return row == whose::own || row == whose::nobodys;
    // sue supervises the team; adam supervises none, but what is his own is his own.
    case access::all_of_own_teams: return row == whose::own || (who == role::supervisor && row != whose::other_teams);
    case access::all:
    case access::masked: return true;
  }
  return false;
}

promise promised(access cell, role who, subject of, whose row, bool claims) {
  if (cell == access::none) return promise::forbidden;
  if (of == subject::none || of == subject::other) return promise::allowed;
  if (row == whose::missing) return promise::unknown;
  // A claim tells its team who was faster, whoever owns the lead.
  if (claims && row == whose::others && who != role::admin) return promise::allowed;
  // Files are no rows of a mask.
  if (includes(cell, who, row)) return promise::allowed;
  const bool seen = cell == access::own && row == whose::nobodys && who == role::manager;
  return seen && of != subject::customer ? promise::forbidden : promise::unknown;
}

class access_matrix : public api {
 protected:
  static subject subject_of(std::string_view route) {
    if (route.find("{id}") == std::string_view::npos) return subject::none;
    for (const auto& [start, is] : std::vector<std::pair<std::string_view, subject>>{{"/api/v1/leads/", subject::lead},
                                                                                     {"/api/v1/customers/", subject::customer},
                                                                                     {"/api/v1/tasks/", subject::task},
                                                                                     {"/api/v1/media/", subject::media}})
      if (route.starts_with(start)) return is;
    return subject::other;
  }

  /// A fresh lead for each question: what one changes does not answer the next.
  static std::int64_t lead_for(const asking& who, whose row) {
    if (row == whose::other_teams) return make_lead("Row", "service", "eve");
    const auto lead = make_lead("Row", "sales", row == whose::own ? who.person : row == whose::others ? "bob" : "");
    hub_->run(
        "update hub.staff s set open_leads = (select count(*) from hub.lead l where l.manager_id = s.id and l.stage not in "
        "('sold', 'lost'))");
    return lead;
  }
  static std::int64_t id_for(subject of, std::int64_t lead) {
    switch (of) {
      case subject::customer: return customers_[lead];
      case subject::media: return media_[lead];
      case subject::task: return hub_->number("insert into hub.task (lead_id, title) values ($1, 'Row') returning id", lead);
      default: return lead;
    }
  }

  /// The smallest value that a schema takes; names of members that must be real ids or words are hints.
  value sample(const value& contract, const value& schema, std::string_view name, std::int64_t lead) {
    if (const auto* ref = schema.as_object().if_contains("$ref")) {
      const std::string_view path = ref->as_string();
      return sample(contract, contract.at("components").at("schemas").at(path.substr(path.rfind('/') + 1)), name, lead);
    }
    if (name == "staff_id" || name == "owner_id" || name == "manager_id") return staff_["ann"];
    if (name == "customer_id" || name == "into" || name == "first_id" || name == "second_id") return customers_[lead];
    if (name == "stage") return "contacted";
    if (name == "do") return "lost";
    if (name == "email") return boost::json::string("fresh" + std::to_string(++fresh_) + "@example.com");
    if (name == "password" || name == "current") return "a right password";
    if (name == "zone") return "Europe/Kyiv";
    if (const auto* words = schema.as_object().if_contains("enum")) return words->as_array().at(0);
    const auto* type = schema.as_object().if_contains("type");
    if (!type) return nullptr;
    const auto kind = type->is_array() ? type->as_array().at(0).as_string() : type->as_string();
    if (kind == "object") {
      object made;
      if (const auto* required = schema.as_object().if_contains("required"))
        for (const auto& member : required->as_array())
          made[member.as_string()] = sample(contract, schema.at("properties").at(member.as_string()), member.as_string(), lead);
      return made;
    }
    if (kind == "array") return array{sample(contract, schema.at("items"), name == "ids" ? "staff_id" : name, lead)};
    if (kind == "integer") return 1;
    if (kind == "number") return 1.5;
    if (kind == "boolean") return false;
    const auto* format = schema.as_object().if_contains("format");
    if (format && format->as_string() == "date-time") return "2030-01-01T00:00:00Z";
    return "words enough";
  }

  std::string body_of(const value& contract, const policy_row& row, std::int64_t lead) {
    std::string method(row.method);
    for (auto& c : method) c = static_cast<char>(std::tolower(c));
    const auto& operation = contract.at("paths").at(row.route.substr(7)).at(method).as_object();
    const auto* given = operation.if_contains("requestBody");
    if (!given) return {};
    auto made = sample(contract, given->at("content").at("application/json").at("schema"), "", lead);
    // One of several members that nothing requires alone.
    if (row.route == "/api/v1/customers") made.as_object()["first_name"] = "Row";
    if (row.route == "/api/v1/leads/{id}/tasks") made.as_object()["due_at"] = "2030-01-01T00:00:00Z";
    return boost::json::serialize(made);
  }

  std::string path_of(const policy_row& row, std::int64_t id) {
    std::string path(row.route);
    if (const auto at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, std::to_string(id));
    if (const auto at = path.find("{vehicle}"); at != std::string::npos) path.replace(at, 9, std::to_string(vehicle_));
    return path;
  }

  static promise told(int status) {
    return status == 401 || status == 403 ? promise::forbidden : status == 404 ? promise::unknown : promise::allowed;
  }

  /// How many answers differ from what `cell` promises; each is shown when `show`.
  template <class Cell>
  int compare(Cell cell, bool show) {
    const auto contract = boost::json::parse(openapi_json());
    vehicle_ = hub_->number("insert into hub.vehicle (make, model) values ('Row', 'Car') returning id");
    int differences = 0;
    for (const auto& row : policy()) {
      if (row.open || !row.route.starts_with("/api/") || row.route == "/api/v1/session") continue;
      const auto of = subject_of(row.route);
      const bool with_rows = of != subject::none && of != subject::other;
      for (const auto& who : askers)
        for (const auto each : everybodys) {
          if (!with_rows && each != whose::own) continue;
          const auto lead = lead_for(who, each == whose::missing ? whose::own : each);
          hub_->run("insert into hub.lead_vehicle (lead_id, vehicle_id) values ($1, $2)", lead, vehicle_);
          const auto id = each == whose::missing || of == subject::other ? 999999999 : id_for(of, lead);
          // Its own session: some requests end one.
          const auto token = hub_->session_of(staff_[who.person]);
          const auto status =
              hub_->ask(hub_->to(std::string(row.method), path_of(row, id), token, body_of(contract, row, lead))).status;
          const auto wanted = promised(cell(row, who.is), who.is, of, each, row.route.ends_with("/claim"));
          // A row that has no owner of a lead may be missing; a wrong password is a 403 of its own.
          const bool fits = wanted == told(status) || (of == subject::other && wanted == promise::allowed && status == 404);
          const bool own_words = row.route == "/api/v1/possible-same" && status == 404;
          ++asked_;
          if (fits || own_words) continue;
          ++differences;
          if (show)
            ADD_FAILURE() << row.method << " " << row.route << " by a " << name_of(who.is) << " for " << word(each) << ": "
                          << status << ", the policy says " << name_of(cell(row, who.is));
        }
    }
    return differences;
  }

  std::int64_t vehicle_ = 0;
  int asked_ = 0, fresh_ = 0;
};

TEST_F(access_matrix, is_what_the_policy_table_says_for_every_operation) {
  EXPECT_EQ(compare([](const policy_row& row, role who) { return row.of(who); }, true), 0);
  std::cout << asked_ << " questions asked\n";
}

TEST_F(access_matrix, is_noticed_when_the_table_and_the_queries_part) {
  // As if somebody had written "all" into cells that the queries keep.
  const auto wrong = [](const policy_row& row, role who) {
    return row.route == "/api/v1/leads/{id}/notes" && who == role::manager ? access::all : row.of(who);
  };
  EXPECT_EQ(compare(wrong, false), 3) << "somebody else's, nobody's, another team's";
}

}  // namespace
}  // namespace hub::api
