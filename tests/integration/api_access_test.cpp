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
enum class subject {
  none,
  lead,
  customer,
  task,
  call,
  media,
  vehicle,
  conflict,
  staff,
  session,
  token,
  absence,
  outbox,
  saved_reply,
  review,    ///< its {id} is whose review it is
  own_call,  ///< whose call was reviewed
};

/// Rows that belong to a person, not to a lead: their own, a colleague's, one of another team's.
constexpr bool is_personal(subject s) {
  return s == subject::staff || s == subject::session || s == subject::token || s == subject::absence || s == subject::review ||
         s == subject::own_call;
}

struct asking {
  std::string person;  ///< empty: nobody signed in
  hub::api::role is;
};
const std::vector<asking> askers{
    {"ann", role::manager}, {"sue", role::supervisor}, {"adam", role::admin}, {"ian", role::analyst}, {"", role::manager}};

/// What the policy promises: the answers 2xx, 403, 404 and 401. Anything else is no answer to the question who may.
enum class promise { allowed, forbidden, unknown, signed_out, broken };

/// Allowed, and then refused for what the generated request asks: the rules of business come after the policy.
const std::set<std::string_view> refused_afterwards{
    "POST /api/v1/leads",                   // an admin who is in no team
    "POST /api/v1/leads/{id}/claim",        // somebody else's: told who was faster
    "POST /api/v1/leads/{id}/release",      // nobody's: there is nothing to give back
    "POST /api/v1/leads/{id}/stage",        // nobody's: it leaves new with an owner
    "POST /api/v1/leads/{id}/convert",      // nobody's: the same
    "GET /api/v1/media/{id}/thumbnail",     // the file is no whole picture
    "POST /api/v1/leads/{id}/messages",     // the customers have no ids to write to; somebody else's: told whose it is
    "POST /api/v1/calls/{id}/call-back",    // nobody here has an extension
    "POST /api/v1/calls/{id}/reviews",      // one's own call, and one that nobody took
    "POST /api/v1/notifications/telegram",  // this hub has no bot
};

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
  if (of == subject::none) return promise::allowed;
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
    if (route == "/api/v1/call-reviews/{id}/answer") return subject::own_call;
    for (const auto& [start, is] :
         std::vector<std::pair<std::string_view, subject>>{{"/api/v1/leads/", subject::lead},
                                                           {"/api/v1/customers/", subject::customer},
                                                           {"/api/v1/tasks/", subject::task},
                                                           {"/api/v1/calls/", subject::call},
                                                           {"/api/v1/call-reviews/", subject::review},
                                                           {"/api/v1/media/", subject::media},
                                                           {"/api/v1/vehicles/", subject::vehicle},
                                                           {"/api/v1/conflicts/", subject::conflict},
                                                           {"/api/v1/staff/", subject::staff},
                                                           {"/api/v1/sessions/", subject::session},
                                                           {"/api/v1/tokens/", subject::token},
                                                           {"/api/v1/absences/", subject::absence},
                                                           {"/api/v1/outbox/", subject::outbox},
                                                           {"/api/v1/saved-replies/", subject::saved_reply}})
      if (route.starts_with(start)) return is;
    throw std::logic_error("no row to ask for: " + std::string(route));
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
      case subject::call:
        return hub_->number(
            "insert into hub.call_record (lead_id, customer_id, manager_id, direction, start_time, end_time, status, provider,"
            " call_id) select l.id, l.customer_id, l.manager_id, 'inbound', now(), now(), 'completed', 'ringostat', 'row ' || "
            "l.id"
            " from hub.lead l where l.id = $1 returning id",
            lead);
      case subject::conflict:
        return hub_->number(
            "insert into hub.erp_conflict (account, object_type, object_id, field, ours, theirs, why, lead_id)"
            " values ('bas:main', 'order', 'row ' || $1::bigint, 'stage', 'new', 'sold', 'test', $1) returning id",
            lead);
      case subject::outbox:
        return hub_->number(
            "insert into hub.outbox (message_id, reply_id, conversation, channel, account, payload, state)"
            " select m.id, m.id, 'viber:main:row', 'viber', 'main', '{}', 'unknown' from hub.message m where m.lead_id = $1"
            " returning id",
            lead);
      case subject::saved_reply:
        return hub_->number(
            "insert into hub.saved_reply (team_id, language, title, text) select l.team_id, 'uk', 'Row ' || l.id, 'Row'"
            " from hub.lead l where l.id = $1 returning id",
            lead);
      default: return lead;
    }
  }
  static std::int64_t personal_id(subject of, const asking& who, whose row) {
    const auto person = staff_[row == whose::others        ? "bob"
                               : row == whose::other_teams ? "eve"
                               : who.person.empty()        ? "ann"
                                                           : who.person];
    switch (of) {
      case subject::session:
        hub_->session_of(person);
        return hub_->number("select max(id) from hub.web_session where staff_id = $1", person);
      case subject::token:
        return hub_->number(
            "insert into hub.api_token (staff_id, name, token_hash, created_by) values ($1, 'Row',"
            " sha256(convert_to(random()::text, 'UTF8')), $1) returning id",
            person);
      case subject::absence:
        return hub_->number(
            "insert into hub.absence (staff_id, begins_at, ends_at) values ($1, '2031-01-01', '2031-01-02')"
            " returning id",
            person);
      case subject::review:
      case subject::own_call: {
        // Of a lead that every asker but the analyst sees, by or for the person.
        const auto call = id_for(subject::call, make_lead("Row", "sales", who.is == role::manager ? "ann" : "sue"));
        const bool reviewer = of == subject::review;
        hub_->run("update hub.call_record set manager_id = $2 where id = $1", call, reviewer ? staff_["bob"] : person);
        return hub_->number(
            "insert into hub.call_review (call_id, reviewer_id, criteria, score) values ($1, $2, '[]', 50) returning id", call,
            reviewer ? person : staff_["ada"]);
      }
      default: return person;
    }
  }

  /// The smallest value that a schema takes; names of members that must be real ids or words are hints.
  value sample(const value& contract, const value& schema, std::string_view name, std::int64_t lead) {
    if (const auto* ref = schema.as_object().if_contains("$ref")) {
      const std::string_view path = ref->as_string();
      return sample(contract, contract.at("components").at("schemas").at(path.substr(path.rfind('/') + 1)), name, lead);
    }
    if (name == "staff_id" || name == "owner_id" || name == "manager_id") return staff_["ann"];
    if (name == "first_id") return customers_[lead];
    if (name == "into" || name == "second_id") return customers_[partner_];
    if (name == "stage") return "contacted";
    if (name == "do") return "lost";
    if (name == "email") return boost::json::string("fresh" + std::to_string(++fresh_) + "@example.com");
    if (name == "password" || name == "current") return "a right password";
    if (name == "zone") return "Europe/Kyiv";
    if (const auto* words = schema.as_object().if_contains("enum")) return words->as_array().at(0);
    const auto* type = schema.as_object().if_contains("type");
    if (!type) throw std::logic_error("the generator cannot fill " + std::string(name) + ": " + boost::json::serialize(schema));
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
    if (!given->at("content").as_object().contains("application/json")) return "\xff\xd8\xff\xe0 a picture";
    auto made = sample(contract, given->at("content").at("application/json").at("schema"), "", lead);
    // One of several members that nothing requires alone.
    if (row.route == "/api/v1/leads") made.as_object()["customer"] = object{{"first_name", "Row"}};
    if (row.route == "/api/v1/saved-replies")
      made = object{{"team", "sales"}, {"language", "uk"}, {"title", "Text " + std::to_string(++fresh_)}, {"text", "Row"}};
    if (row.route == "/api/v1/calls/{id}/reviews") made = object{{"criteria", array{object{{"key", "offer"}, {"points", 4}}}}};
    if (row.route == "/api/v1/routing/try") made.as_object()["channel"] = "viber";
    if (row.route == "/api/v1/customers") made.as_object()["first_name"] = "Row";
    if (row.route == "/api/v1/leads/{id}/tasks") made.as_object()["due_at"] = "2030-01-01T00:00:00Z";
    return boost::json::serialize(made);
  }

  std::string path_of(const policy_row& row, std::int64_t id) {
    std::string path(row.route);
    if (const auto at = path.find("{id}"); at != std::string::npos) path.replace(at, 4, std::to_string(id));
    if (row.route == "/api/v1/events") path += "?seconds=0";  // else it never ends
    if (row.route == "/api/v1/search") path += "?q=row";
    if (row.route == "/api/v1/templates") {
      hub_->with->accounts["whatsapp"] = {"main"};
      path += "?channel=whatsapp";
    }
    if (const auto at = path.find("{vehicle}"); at != std::string::npos) path.replace(at, 9, std::to_string(vehicle_));
    return path;
  }

  static promise told(int status, const std::string& operation) {
    if (status == 401) return promise::signed_out;
    if (status == 403) return promise::forbidden;
    if (status == 404) return promise::unknown;
    const bool refused = (status == 400 || status == 409 || status == 415) && refused_afterwards.contains(operation);
    return status / 100 == 2 || refused ? promise::allowed : promise::broken;
  }

  /// How many answers differ from what `cell` promises; each is shown when `show`.
  template <class Cell>
  int compare(Cell cell, bool show, std::string_view only = {}) {
    const auto contract = boost::json::parse(openapi_json());
    int differences = 0;
    for (const auto& row : policy()) {
      if (row.open || !row.route.starts_with("/api/") || row.route == "/api/v1/session" || !row.route.starts_with(only)) continue;
      const auto of = subject_of(row.route);
      const std::string operation = std::string(row.method) + " " + std::string(row.route);
      for (const auto& who : askers)
        for (const auto each : everybodys) {
          if (of == subject::none && each != whose::own) continue;
          if (each == whose::nobodys && (is_personal(of) || of == subject::vehicle)) continue;
          const auto lead = lead_for(who, each == whose::missing ? whose::own : each);
          prepare(operation, lead, lead_for(who, each == whose::missing ? whose::own : each));
          const auto id = each == whose::missing   ? 999999999
                          : is_personal(of)        ? personal_id(of, who, each)
                          : of == subject::vehicle ? vehicle_
                                                   : id_for(of, lead);
          // Its own session: some requests end one.
          const auto token = who.person.empty() ? "" : hub_->session_of(staff_[who.person]);
          const auto answer = hub_->ask(hub_->to(std::string(row.method), path_of(row, id), token, body_of(contract, row, lead)));
          const auto wanted = who.person.empty() ? promise::signed_out
                                                 : promised(cell(row, who.is), who.is, of, each,
                                                            row.route.ends_with("/claim") || row.route.ends_with("/messages"));
          ++asked_;
          if (wanted == told(answer.status, operation)) continue;
          ++differences;
          if (show)
            ADD_FAILURE() << operation << " by " << (who.person.empty() ? "nobody" : name_of(who.is)) << " for " << word(each)
                          << ": " << answer.status << ", the policy says " << name_of(cell(row, who.is)) << " " << answer.body;
        }
    }
    return differences;
  }

  /// What makes the request one that can be done: a chosen vehicle, and somebody who may be the same customer.
  void prepare(const std::string& operation, std::int64_t lead, std::int64_t partner) {
    partner_ = partner;
    vehicle_ = hub_->number("insert into hub.vehicle (make, model) values ('Row', 'Car') returning id");
    hub_->run("insert into hub.lead_vehicle (lead_id, vehicle_id, chosen) values ($1, $2, true)", lead, vehicle_);
    hub_->run("insert into hub.possible_same (first_id, second_id, evidence) values ($1, $2, 'test')", customers_[lead],
              customers_[partner]);
    if (operation.ends_with("/unmerge"))
      hub_->run("select hub.merge_customers($1, $2, 'test', null)", customers_[partner], customers_[lead]);
  }

  std::int64_t vehicle_ = 0, partner_ = 0;
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
  EXPECT_EQ(compare(wrong, false, "/api/v1/leads/{id}/notes"), 3) << "somebody else's, nobody's, another team's";
}

}  // namespace
}  // namespace hub::api
