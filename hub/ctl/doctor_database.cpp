// The database, and what waits in it for somebody.

#include "config/profile.hpp"
#include "hub/base/clock.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/doctor.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/quarantine_rows.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/db/migrate.hpp"
#include "routing/rules.hpp"

#include <cmath>

namespace hub::ctl::checks {

namespace {

constexpr double noticeable_skew = 2, harmful_skew = 60;  // seconds
constexpr std::size_t causes_shown = 5;

bool check_schema(const patient& of, findings& to) {
  const auto report =
      db::migrate(of.settings.database.url, db::read_migrations(installation_directory(of.loaded) + "/deploy/migrations"), true);
  if (!report.applied.empty()) {
    to.push_back({health::broken, "database", counted(report.applied.size(), "migration") + " not applied", "hubctl migrate"});
    return false;
  }
  to.push_back({health::ok, "database", "answers, schema version " + std::to_string(report.version)});
  return true;
}

void check_clock(db::connection& database, findings& to) {
  const auto before = real_clock().now();
  const auto theirs = database.transact(
      [](pqxx::work& tx) { return tx.exec1("select extract(epoch from clock_timestamp()) * 1000")[0].as<double>(); });
  const auto after = real_clock().now();
  const auto ours = static_cast<double>((before.time_since_epoch() + after.time_since_epoch()).count()) / 2;
  const auto skew = std::abs(theirs - ours) / 1000;
  if (skew < noticeable_skew) {
    to.push_back({health::ok, "clock", "this machine and the database agree"});
    return;
  }
  to.push_back({skew < harmful_skew ? health::look : health::broken, "clock",
                "this machine's clock and the database's are " + age_words(std::lround(skew)) + " apart",
                "let both follow a time server"});
}

void check_rules(pqxx::work& tx, const patient& of, findings& to) {
  const auto path = config::rules_path(of.loaded);
  const auto active = tx.exec("select hash from rule_version where active");
  if (active.empty()) {
    to.push_back({health::broken, "rules", "none are in force", "hubctl rules apply " + path});
    return;
  }
  const auto read = routing::read_rules(read_file(path), path);
  if (!read.rules)
    to.push_back({health::look, "rules", path + " is refused; the rules in force stay", "hubctl rules check " + path});
  else if (read.rules->hash != text_or_empty(active[0][0]))
    to.push_back(
        {health::look, "rules", path + " is not what is in force", "hubctl rules apply " + path + ", or hubctl rules list"});
  else
    to.push_back({health::ok, "rules", "the file is in force, " + counted(read.rules->rules.size(), "rule")});
}

void check_quarantine(pqxx::work& tx, findings& to) {
  const auto groups = quarantine_groups(tx);
  if (groups.empty()) to.push_back({health::ok, "quarantine", "empty"});
  std::size_t shown = 0;
  for (const auto& group : groups) {
    if (++shown > causes_shown) {
      to.push_back({health::look, "quarantine", counted(groups.size() - causes_shown, "more cause"), "hubctl quarantine"});
      return;
    }
    to.push_back({health::look, "quarantine",
                  counted(static_cast<std::uint64_t>(group.count), "event") + " of " + group.account + ": " + group.cause,
                  "hubctl quarantine list; when the cause is mended, hubctl quarantine replay"});
  }
}

void check_media(pqxx::work& tx, findings& to) {
  const auto row = tx.exec1(R"(
      select count(*) filter (where deadline < now()), count(*) from media_fetch
       where state = 'pending' and (taken_until is null or taken_until < now())
         and (deadline < now() or next_attempt_at < now() - interval '10 minutes'))");
  const auto expired = row[0].as<std::uint64_t>(), overdue = row[1].as<std::uint64_t>();
  if (overdue == 0)
    to.push_back({health::ok, "media", "no file is overdue"});
  else
    to.push_back({health::look, "media",
                  counted(overdue, "file") + " overdue" +
                      (expired > 0 ? ", of " + std::to_string(expired) + " the platform's time has run out" : ""),
                  "hub-worker's log; does hub-connector answer, and the platform?"});
}

void check_leads(pqxx::work& tx, findings& to) {
  const auto row = tx.exec1(R"(
      select count(*), coalesce(extract(epoch from now() - min(first_response_due_at)), 0)::bigint from lead
       where manager_id is null and first_response_due_at < now() and stage not in ('sold', 'lost'))");
  const auto waiting = row[0].as<std::uint64_t>();
  if (waiting == 0)
    to.push_back({health::ok, "leads", "none waits without an owner beyond its first response"});
  else
    to.push_back({health::look, "leads",
                  counted(waiting, "lead") + " without an owner beyond the first response, the oldest by " +
                      age_words(row[1].as<std::int64_t>()),
                  "hubctl leads says why each waits: capacity, absences, calendars, skills, or a queue of manual leads"});
}

void check_conflicts(pqxx::work& tx, findings& to) {
  const auto row = tx.exec1(R"(
      select count(*), coalesce(extract(epoch from now() - min(found_at)), 0)::bigint from erp_conflict where state = 'open')");
  const auto open = row[0].as<std::uint64_t>();
  const auto seconds = row[1].as<std::int64_t>();
  const auto waiting =
      counted(open, "conflict") + " with the ERP " + (open == 1 ? "waits" : "wait") + " for a person, " + age_words(seconds);
  if (open == 0)
    to.push_back({health::ok, "back office", "the hub and the ERP agree"});
  else if (seconds < 24 * 60 * 60)  // a day's work, and no trouble
    to.push_back({health::ok, "back office", waiting});
  else
    to.push_back({health::look, "back office", waiting,
                  "a supervisor or an admin judges them: GET /api/v1/conflicts, POST /api/v1/conflicts/{id}/resolve"});
}

}  // namespace

void check_database(const patient& of, findings& to) {
  if (of.settings.database.url.empty()) {
    to.push_back({health::broken, "database", "nobody says where it is", "./deploy/up, or HUB__DATABASE__URL", true});
    return;
  }
  if (!check_schema(of, to)) return;
  auto database = open_database(of.settings);
  check_clock(database, to);
  database.transact([&](pqxx::work& tx) {
    findings found;  // the whole may be tried again
    check_rules(tx, of, found);
    check_quarantine(tx, found);
    check_media(tx, found);
    check_leads(tx, found);
    check_conflicts(tx, found);
    to.insert(to.end(), found.begin(), found.end());
  });
}

}  // namespace hub::ctl::checks
