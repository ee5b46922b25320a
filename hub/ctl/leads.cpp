// hubctl leads: who has which lead and why.

#include "hub/base/text.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/leads_rows.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace hub::ctl {

namespace {

std::string age(const std::optional<std::int64_t>& seconds) {
  if (!seconds) return "-";
  if (*seconds < 60) return std::to_string(std::max<std::int64_t>(*seconds, 0)) + " s";
  if (*seconds < 3600) return std::to_string(*seconds / 60) + " min";
  if (*seconds < 48 * 3600) return std::to_string(*seconds / 3600) + " h";
  return std::to_string(*seconds / 86400) + " d";
}

/// One line of a terminal: what customers write may hold line breaks and escape sequences.
std::string printable(std::string_view text, std::size_t limit) {
  std::string made;
  for (const char c : clean_text(text)) made += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  // U+0080 to U+009F are control characters too, and terminals obey them.
  for (auto at = made.find('\xc2'); at != std::string::npos && at + 1 < made.size(); at = made.find('\xc2', at + 1))
    if (static_cast<unsigned char>(made[at + 1]) < 0xa0) made.replace(at, 2, "  ");
  return shorten(made, limit);
}

boost::json::object json_of(const lead_line& lead) {
  boost::json::object made{{"id", lead.id},
                           {"customer", lead.customer},
                           {"channel", lead.channel},
                           {"stage", lead.stage},
                           {"priority", lead.priority},
                           {"owner", nullptr},
                           {"queue_reason", nullptr},
                           {"why", lead.why},
                           {"words", lead.words},
                           {"last_message_seconds", nullptr}};
  if (!lead.owner.empty()) made["owner"] = lead.owner;
  if (!lead.queue_reason.empty()) made["queue_reason"] = lead.queue_reason;
  if (lead.waiting_seconds) made["last_message_seconds"] = *lead.waiting_seconds;
  return made;
}

int print_list(db::connection& database, bool closed_too, int limit, bool json) {
  const auto lines = lead_lines(database, closed_too, limit);
  if (json) {
    boost::json::array all;
    for (const auto& lead : lines) all.push_back(json_of(lead));
    std::cout << boost::json::serialize(all) << "\n";
    return good;
  }
  table printed({">ID", "CUSTOMER", "CHANNEL", "STAGE", "OWNER", "WHY", ">LAST MESSAGE"});
  for (const auto& lead : lines)
    printed.add({std::to_string(lead.id), printable(lead.customer, 32), lead.channel, lead.stage,
                 lead.owner.empty() ? "-" : printable(lead.owner, 24), printable(lead.why, 48), age(lead.waiting_seconds)});
  if (printed.empty())
    std::cout << "No leads yet.\n";
  else
    std::cout << printed.text();
  return good;
}

int print_one(db::connection& database, std::int64_t id, bool json) {
  const auto lead = find_lead(database, id);
  if (!lead) {
    std::cerr << "hubctl leads: there is no lead " << id << "\n";
    return failed;
  }
  const auto owners = owners_of(database, id);
  const auto timeline = timeline_of(database, id);
  if (json) {
    auto made = json_of(*lead);
    auto& owner_list = made["owners"].emplace_array();
    for (const auto& o : owners)
      owner_list.push_back(boost::json::object{{"at", o.at}, {"from", o.from}, {"to", o.to}, {"by", o.by}, {"reason", o.reason}});
    auto& said = made["timeline"].emplace_array();
    for (const auto& m : timeline)
      said.push_back(
          boost::json::object{{"at", m.at}, {"direction", m.direction}, {"type", m.type}, {"text", m.text}, {"media", m.media}});
    std::cout << boost::json::serialize(made) << "\n";
    return good;
  }
  std::cout << "Lead " << lead->id << ": " << printable(lead->customer, 80) << ", " << lead->channel << ", " << lead->stage
            << ", priority " << lead->priority << "\n"
            << "Owner: " << (lead->owner.empty() ? "nobody" : printable(lead->owner, 80));
  if (!lead->queue_reason.empty()) std::cout << ", queued: " << printable(lead->queue_reason, 120);
  std::cout << "\nWhy:   " << printable(lead->words.empty() ? "no decision is recorded" : lead->words, 400) << "\n";
  if (!owners.empty()) {
    table printed({"WHEN (UTC)", "FROM", "TO", "BY", "REASON"});
    for (const auto& o : owners)
      printed.add({o.at, printable(o.from, 24), printable(o.to, 24), printable(o.by, 24), printable(o.reason, 60)});
    std::cout << "\n" << printed.text();
  }
  table printed({"WHEN (UTC)", "", "TYPE", "TEXT", "MEDIA"});
  for (const auto& m : timeline)
    printed.add({m.at, m.direction == "outgoing" ? "->" : "<-", m.type, printable(m.text, 80), m.media});
  if (!printed.empty()) std::cout << "\n" << printed.text();
  return good;
}

int print_summary(db::connection& database, bool json) {
  const auto all = summarize(database);
  if (json) {
    boost::json::object made;
    const auto add = [&](const char* name, const std::vector<count_line>& list) {
      auto& of = made[name].emplace_object();
      for (const auto& c : list) of[c.what] = c.n;
    };
    for (const auto& c : all.totals) made[c.what] = c.n;
    add("owners", all.owners);
    add("queued", all.queued);
    add("media", all.media);
    std::cout << boost::json::serialize(made) << "\n";
    return good;
  }
  table printed({"WHAT", ">HOW MANY"});
  const auto add = [&](const std::string& prefix, const std::vector<count_line>& list) {
    for (const auto& c : list) printed.add({prefix + printable(c.what, 60), std::to_string(c.n)});
  };
  add("", all.totals);
  add("  owned by ", all.owners);
  add("  queued, ", all.queued);
  add("media ", all.media);
  std::cout << printed.text();
  return good;
}

}  // namespace

int leads(const words& arguments) {
  options::options_description known;
  known.add_options()("json", "print JSON")("all", "closed leads too")("summary", "print counts only")(
      "limit", options::value<int>()->default_value(50), "how many at most")("id", options::value<std::int64_t>(), "one lead");
  options::positional_options_description positional;
  positional.add("id", 1);
  const auto given = read_options(arguments, known, positional, "hubctl leads [ID] [--summary] [--all] [--limit N] [--json]");
  if (given["limit"].as<int>() < 1) throw usage_error("--limit takes a number from 1");

  auto database = open_database(settings_with_database());
  const bool json = given.count("json") > 0;
  if (given.count("summary")) return print_summary(database, json);
  if (given.count("id")) return print_one(database, given["id"].as<std::int64_t>(), json);
  return print_list(database, given.count("all") > 0, given["limit"].as<int>(), json);
}

}  // namespace hub::ctl
