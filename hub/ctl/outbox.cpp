// hubctl outbox: replies on their way out, what waits for a person, and accounts that send nothing until somebody resumes them.

#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace hub::ctl {

namespace {

constexpr const char* outbox_usage =
    "hubctl outbox [list] [--all] [--json]\n"
    "       hubctl outbox resend ID\n"
    "       hubctl outbox dismiss ID\n"
    "       hubctl outbox resume CHANNEL/ACCOUNT";

constexpr const char* select_counts =
    "select channel, account, state::text as state, count(*) as rows,"
    " extract(epoch from now() - min(created_at))::bigint as oldest from outbox"
    " where state in ('queued', 'sending') or (state in ('unknown', 'failed') and dismissed_at is null)"
    " group by 1, 2, 3 order by 1, 2, 3";

// What is read by strangers' eyes here has no text of the message in it.
const std::string select_held =
    "select o.id, o.state::text as state, o.channel || '/' || o.account as account, coalesce(m.lead_id, 0) as lead, o.attempt, " +
    utc_of("o.updated_at") +
    " as since, coalesce(o.reason, '') as reason from outbox o join message m on m.id = o.message_id"
    " where o.state in ('unknown', 'failed') and ($1 or o.dismissed_at is null) order by o.id desc limit 200";

const std::string select_pauses =
    "select channel || '/' || account as account, " + utc_of("since") + " as since, code, reason from account_pause order by 1";

int list(db::connection& database, bool all, bool json) {
  const auto [counts, held, pauses] = database.transact([&](pqxx::work& tx) {
    return std::tuple(tx.exec(select_counts), tx.exec_params(select_held, all), tx.exec(select_pauses));
  });
  if (json) {
    boost::json::array states, rows, paused;
    for (const auto& row : counts)
      states.push_back(boost::json::object{{"channel", row["channel"].c_str()},
                                           {"account", row["account"].c_str()},
                                           {"state", row["state"].c_str()},
                                           {"rows", row["rows"].as<std::int64_t>()},
                                           {"oldest_seconds", row["oldest"].as<std::int64_t>()}});
    for (const auto& row : held)
      rows.push_back(boost::json::object{{"id", row["id"].as<std::int64_t>()},
                                         {"state", row["state"].c_str()},
                                         {"account", row["account"].c_str()},
                                         {"lead", row["lead"].as<std::int64_t>()},
                                         {"attempts", row["attempt"].as<int>()},
                                         {"since", row["since"].c_str()},
                                         {"reason", row["reason"].c_str()}});
    for (const auto& row : pauses)
      paused.push_back(boost::json::object{{"account", row["account"].c_str()},
                                           {"since", row["since"].c_str()},
                                           {"code", row["code"].c_str()},
                                           {"reason", row["reason"].c_str()}});
    std::cout << boost::json::serialize(
                     boost::json::object{{"states", std::move(states)}, {"held", std::move(rows)}, {"paused", std::move(paused)}})
              << "\n";
    return good;
  }
  if (counts.empty() && held.empty() && pauses.empty()) {
    std::cout << "Nothing waits to be sent.\n";
    return good;
  }
  table states({"ACCOUNT", "STATE", ">ROWS", ">OLDEST"});
  for (const auto& row : counts)
    states.add({std::string(row["channel"].c_str()) + "/" + row["account"].c_str(), row["state"].c_str(), row["rows"].c_str(),
                age_words(row["oldest"].as<std::int64_t>())});
  if (!states.empty()) std::cout << states.text();
  if (!held.empty()) {
    table rows({">ID", "STATE", "ACCOUNT", ">LEAD", ">ATTEMPTS", "SINCE (UTC)", "REASON"});
    for (const auto& row : held)
      rows.add({row["id"].c_str(), row["state"].c_str(), row["account"].c_str(), row["lead"].c_str(), row["attempt"].c_str(),
                utc_words(row["since"].c_str()).substr(0, 19), one_line(row["reason"].c_str(), 80)});
    std::cout << "\n"
              << rows.text() << "\nhubctl outbox resend ID sends one again, which may deliver an unknown one twice; "
              << "dismiss ID lets it be.\n";
  }
  for (const auto& row : pauses)
    std::cout << "\n"
              << row["account"].c_str() << " sends nothing since " << utc_words(row["since"].c_str()).substr(0, 19)
              << " UTC: " << one_line(std::string(row["code"].c_str()) + " " + row["reason"].c_str(), 200)
              << "\nMend it, then hubctl outbox resume " << row["account"].c_str() << "\n";
  return good;
}

void write_audit(pqxx::work& tx, const std::string& action, const std::string& subject) {
  tx.exec_params0(
      "insert into audit (program, action, subject, details) values ('hubctl', $1, $2, jsonb_build_object('by', $3::text))",
      action, subject, operator_name());
}

int decide(db::connection& database, const std::string& verb, std::int64_t id) {
  const bool done = database.transact([&](pqxx::work& tx) {
    const auto answer =
        verb == "resend" ? tx.exec_params1("select resend($1)", id) : tx.exec_params1("select dismiss($1, null)", id);
    if (!answer[0].as<bool>()) return false;
    write_audit(tx, "outbox_" + verb, "outbox:" + std::to_string(id));
    return true;
  });
  if (!done) {
    std::cerr << "hubctl outbox: " << id << " is not there, is being sent, or is settled already\n";
    return failed;
  }
  std::cout << (verb == "resend" ? "message " + std::to_string(id) + " is sent again\n"
                                 : "message " + std::to_string(id) + " is let be; what follows in its reply goes on\n");
  return good;
}

int resume(db::connection& database, const std::string& account) {
  const auto slash = account.find('/');
  if (slash == std::string::npos) throw usage_error("resume takes CHANNEL/ACCOUNT, as the list shows it");
  const auto gone = database.transact([&](pqxx::work& tx) {
    const auto rows = tx.exec_params("delete from account_pause where channel = $1 and account = $2 returning 1",
                                     account.substr(0, slash), account.substr(slash + 1));
    if (!rows.empty()) write_audit(tx, "account_resume", "account:" + account);
    return rows.size();
  });
  if (gone == 0) {
    std::cerr << "hubctl outbox: " << account << " is not paused\n";
    return failed;
  }
  std::cout << account << " sends again\n";
  return good;
}

}  // namespace

int outbox(const words& arguments) {
  bool all = false, json = false;
  options::options_description known;
  known.add_options()("all", options::bool_switch(&all), "list: dismissed ones too")(
      "json", options::bool_switch(&json), "print JSON")("verb", options::value<std::string>()->default_value("list"), "")(
      "subject", options::value<std::string>()->default_value(""), "");
  options::positional_options_description positional;
  positional.add("verb", 1).add("subject", 1);
  const auto given = read_options(arguments, known, positional, outbox_usage);
  const auto verb = given["verb"].as<std::string>(), subject = given["subject"].as<std::string>();
  const bool knows = verb == "list" || verb == "resend" || verb == "dismiss" || verb == "resume";
  if (!knows) throw usage_error("what is " + verb + "?\n" + outbox_usage);
  if ((verb == "list") != subject.empty()) throw usage_error(std::string("outbox_usage: ") + outbox_usage);
  std::optional<std::int64_t> id;
  if (verb == "resend" || verb == "dismiss") {
    id = whole_number<std::int64_t>(subject);
    if (!id || *id <= 0) throw usage_error(subject + " is no message's number");
  }
  auto database = open_database(settings_with_database());
  if (verb == "list") return list(database, all, json);
  return verb == "resume" ? resume(database, subject) : decide(database, verb, *id);
}

}  // namespace hub::ctl
