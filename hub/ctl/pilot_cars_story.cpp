#include "hub/ctl/pilot_cars_story.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/http/client.hpp"
#include "hub/message/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include <utility>
#include <vector>

namespace hub::ctl {

namespace {

using namespace std::chrono_literals;

struct colleague {
  std::string id, token;
};

struct demo_lead {
  std::string id, value;
};

/// One step on one of the leads, the most valuable first.
struct step {
  std::size_t lead;
  const char* what;
  std::string body;
};

std::vector<step> steps_of(const std::vector<demo_lead>& leads, const std::string& tomorrow) {
  const auto call = [](const std::string& outcome, const std::string& notes, const std::string& more = {}) {
    return R"({"action_type":"call","outcome":")" + outcome + R"(","notes":")" + notes + "\"" + more + "}";
  };
  const auto sold = [&](std::size_t lead, const char* type, const char* reason) {
    return std::string(R"({"conversion_type":")") + type + R"(","conversion_value":)" + leads[lead].value +
           R"(,"reason":")" + reason + "\"}";
  };
  const std::string follow_up = R"(,"follow_up_date":")" + tomorrow + "\"";
  return {{0, "claim", ""},
          {0, "actions", call("interested", "ordered two cars")},
          {0, "convert", sold(0, "manual_mark", "ordered by phone")},
          {1, "claim", ""},
          {1, "actions", call("voicemail", "asked to call back", follow_up)},
          {2, "claim", ""},
          {2, "actions", call("not_interested", "has a car already")},
          {2, "lost", R"({"reason":"went to another company","note":"found one on the way"})"},
          {4, "claim", ""},
          {4, "actions", R"({"action_type":"email","action_description":"sent the price","outcome":"interested"})"},
          {4, "convert", sold(4, "registration", "registered")},
          {3, "claim", ""},
          {3, "actions", call("answered", "the date is not sure yet")}};
}

class storyteller {
 public:
  storyteller(db::connection& database, std::string api) : database_(database), api_(std::move(api)) {
    database_.transact([this](pqxx::work& in) {
      for (const auto& row : in.exec("select id from staff where role in ('manager', 'supervisor') and active"
                                     " order by role, id")) {
        colleagues_.push_back({row[0].as<std::string>(), random_token()});
        // As if signed in; the first passwords are shown once and only to people.
        in.exec_params("insert into web_session (token_hash, staff_id, expires_at, agent)"
                       " values (sha256(convert_to($1, 'UTF8')), $2, now() + interval '5 minutes', 'demo')",
                       colleagues_.back().token, colleagues_.back().id);
      }
    });
  }
  storyteller(const storyteller&) = delete;
  storyteller& operator=(const storyteller&) = delete;
  ~storyteller() {
    try {
      database_.transact([this](pqxx::work& in) {
        for (const auto& one : colleagues_)
          in.exec_params("delete from web_session where token_hash = sha256(convert_to($1, 'UTF8'))", one.token);
      });
    } catch (const std::exception&) {
      // They end by themselves in five minutes.
    }
  }

  void act() {
    std::vector<demo_lead> leads;
    std::string tomorrow;
    database_.transact([&](pqxx::work& in) {
      leads.clear();
      for (const auto& row : in.exec("select id, coalesce(estimated_value, 0) from lead where demo and stage = 'new'"
                                     " and manager_id is null and source_channel = 'website' order by 2 desc, 1 limit 5"))
        leads.push_back({row[0].as<std::string>(), row[1].as<std::string>()});
      tomorrow = in.exec1("select (current_date + 1)::text")[0].as<std::string>();
    });
    if (leads.size() < 5 || colleagues_.size() < 2) return;
    for (const auto& one : steps_of(leads, tomorrow)) {
      const auto& by = colleagues_[one.lead % (colleagues_.size() - 1)];
      ask("POST", "/api/v1/leads/" + leads[one.lead].id + "/" + one.what, by, one.body);
    }
  }

  std::string ranking() {
    const auto body = ask("GET", "/api/v1/reports/ranking", colleagues_.back(), {});
    std::string text = fmt::format("{:<24} {:>8} {:>11} {:>6}  {}\n", "RANKING", "ASSIGNED", "CONVERSIONS", "RATE", "REVENUE");
    const auto parsed = message::parse_json(body);
    if (!parsed) throw error(failure::permanent, "ranking", "the ranking is not JSON");
    for (const auto& each : parsed->at("people").as_array()) {
      std::string revenue;
      for (const auto& sum : each.at("revenue").as_array())
        revenue += fmt::format("{}{:.2f} {}", revenue.empty() ? "" : ", ", sum.at("total").to_number<double>(),
                               std::string(sum.at("currency").as_string()));
      text += fmt::format("{:<24} {:>8} {:>11} {:>6.2f}  {}\n", std::string(each.at("person").at("name").as_string()),
                          each.at("assigned").to_number<int>(), each.at("conversions").to_number<int>(),
                          each.at("rate").to_number<double>(), revenue);
    }
    return text;
  }

 private:
  std::string ask(const std::string& method, const std::string& path, const colleague& by, const std::string& body) {
    http::outgoing request;
    request.method = method;
    request.url = api_ + path;
    request.head.set("Cookie", "leadyard_session=" + by.token);
    if (!body.empty()) request.head.set("Content-Type", "application/json");
    request.body = body;
    request.total_time = 10s;
    loop_.restart();
    auto done = boost::asio::co_spawn(loop_, client_.fetch(std::move(request)), boost::asio::use_future);
    while (done.wait_for(0s) != std::future_status::ready) loop_.run_one();
    auto got = done.get();
    if (got.status / 100 != 2)
      throw error(failure::permanent, "story",
                  method + " " + path + " was answered " + std::to_string(got.status) + ": " + got.body);
    return got.body;
  }

  db::connection& database_;
  std::string api_;
  boost::asio::io_context loop_;
  http::client client_{loop_};
  std::vector<colleague> colleagues_;  ///< managers, then supervisors
};

}  // namespace

std::string tell_pilot_cars_story(db::connection& database, const std::string& api) {
  storyteller all(database, api);
  all.act();
  return all.ranking();
}

}  // namespace hub::ctl
