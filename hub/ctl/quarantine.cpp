// hubctl quarantine: what could not be processed, why, and another chance for it once the cause is mended.

#include "hub/base/log.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/connector_client.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/quarantine_replay.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/message/codec.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <charconv>
#include <iostream>

namespace hub::ctl {

namespace {

constexpr const char* quarantine_usage =
    "hubctl quarantine [list] [--all] [--json]\n"
    "       hubctl quarantine show ID [--json]\n"
    "       hubctl quarantine replay ID | --cause TEXT | --all  [--dry-run] [--rate N] [--wait S] [--json]\n"
    "       hubctl quarantine dismiss ID";

boost::json::object json_of(const quarantine_entry& e) {
  boost::json::object made{{"id", e.id},           {"event_key", e.event_key}, {"kind", e.kind},         {"channel", e.channel},
                           {"account", e.account}, {"cause", e.cause},         {"reason", e.reason},     {"quarantined_at", e.at},
                           {"attempts", e.attempts}, {"state", e.state},       {"resolved_at", nullptr}, {"resolved_by", nullptr},
                           {"trace", e.trace}};
  if (!e.resolved_at.empty()) made["resolved_at"] = e.resolved_at;
  if (!e.resolved_by.empty()) made["resolved_by"] = e.resolved_by;
  return made;
}

int list_groups(db::connection& database, bool json) {
  const auto groups = database.transact([](pqxx::work& tx) { return quarantine_groups(tx); });
  if (json) {
    boost::json::array all;
    for (const auto& g : groups) {
      boost::json::array examples;
      for (const auto id : g.examples) examples.emplace_back(id);
      all.push_back(boost::json::object{{"cause", g.cause},
                                        {"kind", g.kind},
                                        {"account", g.account},
                                        {"count", g.count},
                                        {"oldest", g.oldest},
                                        {"newest", g.newest},
                                        {"examples", std::move(examples)}});
    }
    std::cout << boost::json::serialize(all) << "\n";
    return good;
  }
  if (groups.empty()) {
    std::cout << "Nothing is in quarantine.\n";
    return good;
  }
  table printed({">COUNT", "CAUSE", "KIND", "ACCOUNT", "OLDEST (UTC)", "NEWEST (UTC)", "EXAMPLES"});
  std::int64_t total = 0;
  for (const auto& g : groups) {
    std::string examples;
    for (const auto id : g.examples) examples += (examples.empty() ? "" : " ") + std::to_string(id);
    printed.add({std::to_string(g.count), one_line(g.cause, 70), g.kind.empty() ? "-" : g.kind,
                 g.account.empty() ? "-" : g.account, utc_words(g.oldest).substr(0, 19), utc_words(g.newest).substr(0, 19),
                 examples});
    total += g.count;
  }
  std::cout << printed.text() << "\n"
            << total << (total == 1 ? " entry is open" : " entries are open")
            << ". Mend the cause, then hubctl quarantine replay --cause TEXT; hubctl quarantine show ID says more.\n";
  return good;
}

/// Closed ones too.
int list_all(db::connection& database, bool json) {
  boost::json::array all;
  table printed({">ID", "STATE", "SINCE (UTC)", ">TRIES", "CAUSE", "EVENT"});
  for (std::int64_t after = 0;;) {
    const auto entries = database.transact(
        [&](pqxx::work& tx) { return quarantine_entries(tx, {.id = {}, .cause = {}, .open_only = false}, false, after, 1000); });
    if (entries.empty()) break;
    after = entries.back().id;
    for (const auto& e : entries) {
      if (json)
        all.push_back(json_of(e));
      else
        printed.add({std::to_string(e.id), e.state, utc_words(e.at).substr(0, 19), std::to_string(e.attempts),
                     one_line(e.cause, 60), one_line(e.event_key, 120)});
    }
  }
  if (json)
    std::cout << boost::json::serialize(all) << "\n";
  else if (printed.empty())
    std::cout << "Nothing was ever in quarantine.\n";
  else
    std::cout << printed.text();
  return good;
}

quarantine_entry find(db::connection& database, std::int64_t id, bool with_body) {
  auto found = database.transact(
      [&](pqxx::work& tx) { return quarantine_entries(tx, {.id = id, .cause = {}, .open_only = false}, with_body, 0, 1); });
  if (found.empty()) throw error(failure::permanent, "not found", "there is no entry " + std::to_string(id));
  return std::move(found.front());
}

/// What the connector's parser says about a refused body today; it alone can open it.
std::string verdict_of_today(const config::settings& settings, const quarantine_entry& e) {
  try {
    connector_client connectors(settings);
    const auto kept = message::decode(e.body);
    const auto received_at = kept.size() == 1 && kept[0].value ? to_rfc3339(kept[0].value->received_at) : std::string();
    const auto got = connectors.normalize(e.channel, e.account, e.body, received_at, e.trace);
    if (got.status != 200) return got.problem();
    std::string keys;
    for (const auto& one : message::decode(got.body)) keys += (keys.empty() ? "it can be read now and becomes " : ", ") + one.key;
    return keys.empty() ? "it can be read now, and nothing in it is kept" : keys;
  } catch (const error& e2) {
    return std::string("nobody could be asked: ") + e2.what();
  }
}

int show(db::connection& database, const config::settings& settings, std::int64_t id, bool json) {
  const auto e = find(database, id, true);
  const bool sealed = e.kind == message::unparsed::kind;
  const auto today = sealed && e.state == "open" ? verdict_of_today(settings, e) : std::string();
  if (json) {
    auto made = json_of(e);
    made["body"] = clean_text(e.body);
    if (!today.empty()) made["today"] = today;
    std::cout << boost::json::serialize(made) << "\n";
    return good;
  }
  table printed({"ENTRY", std::to_string(e.id)});
  printed.add(
      {"state", e.state + (e.state == "open" ? "" : " " + utc_words(e.resolved_at) + " by " + one_line(e.resolved_by, 120))});
  printed.add({"event", one_line(e.event_key, 300)});
  printed.add({"kind", (e.kind.empty() ? "not known: it could not be decoded" : e.kind) +
                           (e.channel.empty() ? "" : " from " + e.channel + "/" + e.account)});
  printed.add({"since", utc_words(e.at) + " UTC, " + std::to_string(e.attempts) + (e.attempts == 1 ? " attempt" : " attempts")});
  printed.add({"cause", one_line(e.cause, 300)});
  printed.add({"reason", one_line(e.reason, 1000)});
  if (!today.empty()) printed.add({"today", one_line(today, 1000)});
  if (!e.trace.empty()) printed.add({"trace", one_line(e.trace, 80)});
  std::cout << printed.text() << "\n";
  if (sealed)
    std::cout << "The platform's body is sealed: only the connector can open it.\n";
  else
    std::cout << one_line(e.body, 20000) << "\n";
  return good;
}

void print_plan(const std::vector<std::pair<std::string, std::int64_t>>& plan, std::int64_t total, bool dry_run) {
  std::cout << total << (total == 1 ? " entry" : " entries") << (dry_run ? " would be tried:\n" : " to replay:\n");
  table printed({">COUNT", "CAUSE"});
  for (const auto& [cause, n] : plan) printed.add({std::to_string(n), one_line(cause, 100)});
  std::cout << printed.text() << std::flush;
}

int replay_entries(db::connection& database, const config::settings& settings, replay_options how, bool json) {
  log::set_level(log::level::warn);
  std::vector<std::pair<std::string, std::int64_t>> plan;
  std::int64_t total = 0;
  database.transact([&](pqxx::work& tx) {
    for (const auto& row :
         tx.exec_params("select cause, count(*) from quarantine where state = 'open' and ($1::bigint is null or id = $1)"
                        " and strpos(cause, $2) > 0 group by cause order by count(*) desc, cause",
                        how.which.id, how.which.cause)) {
      plan.emplace_back(text_or_empty(row[0]), row[1].as<std::int64_t>());
      total += plan.back().second;
    }
  });
  if (how.which.id && total == 0) {
    const auto closed = find(database, *how.which.id, false);
    std::cerr << "hubctl quarantine: entry " << closed.id << " is " << closed.state << " already\n";
  }
  if (!json && total > 0) print_plan(plan, total, how.dry_run);
  if (!json) how.say = [](const std::string& text) { std::cout << text << std::endl; };
  const auto done = total > 0 ? replay(database, settings, how) : replay_report{};
  const bool well = done.refused + done.unpublished + done.pending == 0;
  if (json) {
    boost::json::object refusals;
    for (const auto& [why, n] : done.refusals) refusals[why] = n;
    std::cout << boost::json::serialize(boost::json::object{{"dry_run", how.dry_run},
                                                            {"entries", done.entries},
                                                            {"replayed", done.replayed},
                                                            {"known", done.known},
                                                            {"empty", done.empty},
                                                            {"refused", done.refused},
                                                            {"pending", done.pending},
                                                            {"unpublished", done.unpublished},
                                                            {"refusals", std::move(refusals)}})
              << "\n";
    return well ? good : failed;
  }
  if (total == 0) {
    std::cout << "Nothing to replay: 0 entries are open" << (how.which.cause.empty() ? "" : " for this cause") << ".\n";
    return good;
  }
  table printed({">COUNT", how.dry_run ? "WOULD BE" : "RESULT"});
  const auto add = [&](std::size_t n, const std::string& what) {
    if (n > 0) printed.add({std::to_string(n), what});
  };
  printed.add({std::to_string(done.replayed), how.dry_run ? "published" : "replayed: in the database now"});
  add(done.known, "already known: in the database before");
  add(done.empty, "closed: nothing in it is kept");
  for (const auto& [why, n] : done.refusals) add(n, "refused again: " + one_line(why, 160));
  add(done.unpublished, "not taken by the broker; still open");
  add(done.pending, "published and not seen in the database yet; still open, replay again later");
  std::cout << "\n" << printed.text();
  return well ? good : failed;
}

int dismiss(db::connection& database, std::int64_t id) {
  const auto e = find(database, id, false);
  db::array ids;
  ids.add(id);
  const auto closed = database.transact([&](pqxx::work& tx) { return close_entries(tx, ids, "dismissed", operator_name()); });
  if (closed == 0) {
    std::cerr << "hubctl quarantine: entry " << id << " is " << e.state << " already\n";
    return failed;
  }
  std::cout << "entry " << id << " is dismissed: " << one_line(e.event_key, 200) << " stays out of the database\n";
  return good;
}

}  // namespace

int quarantine(const words& arguments) {
  bool all = false, json = false;
  replay_options how;
  int wait = 60;
  options::options_description known;
  known.add_options()("all", options::bool_switch(&all), "list: every entry, closed ones too; replay: every open one")(
      "cause", options::value(&how.which.cause)->value_name("TEXT"), "replay: the open ones whose cause contains TEXT")(
      "dry-run", options::bool_switch(&how.dry_run), "replay: parse and look, publish and change nothing")(
      "rate", options::value(&how.rate)->value_name("N")->default_value(200), "replay: entries a second at most")(
      "wait", options::value(&wait)->value_name("S")->default_value(60), "replay: seconds to wait when nothing moves")(
      "json", options::bool_switch(&json), "print JSON")("verb", options::value<std::string>()->default_value("list"), "")(
      "entry", options::value<std::string>(), "");
  options::positional_options_description positional;
  positional.add("verb", 1).add("entry", 1);
  const auto given = read_options(arguments, known, positional, quarantine_usage);
  const auto verb = given["verb"].as<std::string>();
  std::optional<std::int64_t> id;
  if (given.count("entry")) {
    const auto text = given["entry"].as<std::string>();
    std::int64_t n = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (wrong != std::errc{} || end != text.data() + text.size() || n <= 0) throw usage_error(text + " is no entry's number");
    id = n;
  }
  if (how.rate <= 0) throw usage_error("--rate takes a number above 0");
  if (wait < 1) throw usage_error("--wait takes seconds from 1");

  const bool knows = verb == "list" || verb == "show" || verb == "replay" || verb == "dismiss";
  if (!knows) throw usage_error("expected list, show, replay or dismiss\nUsage: " + std::string(quarantine_usage));
  if ((verb == "show" || verb == "dismiss") && !id) throw usage_error(verb + " takes the number of an entry");
  if (verb == "replay" && (id.has_value() + !how.which.cause.empty() + all) != 1)
    throw usage_error("replay takes an ID, --cause TEXT or --all");

  const auto settings = settings_with_database();
  auto database = open_database(settings);
  if (verb == "list") return all ? list_all(database, json) : list_groups(database, json);
  if (verb == "show") return show(database, settings, *id, json);
  if (verb == "dismiss") return dismiss(database, *id);
  how.which.id = id;
  how.patience = std::chrono::seconds(wait);
  how.who = operator_name();
  return replay_entries(database, settings, std::move(how), json);
}

}  // namespace hub::ctl
