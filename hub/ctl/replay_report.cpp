#include "hub/ctl/replay_report.hpp"

#include "hub/ctl/terminal.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iostream>

namespace hub::ctl {

namespace {

std::string count_of(std::size_t n, const std::string& what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

boost::json::object object_of(const std::map<std::string, std::size_t>& counts) {
  boost::json::object made;
  for (const auto& [name, n] : counts) made[name] = n;
  return made;
}

std::string names_of_columns(const std::map<std::string, std::size_t>& columns) {
  std::string list;
  for (const auto& [name, n] : columns) list += (list.empty() ? "" : ", ") + one_line(name, 40) + " " + std::to_string(n);
  return list;
}

std::string shown(const std::string& text) { return text.empty() ? "(nothing)" : one_line(text, 160); }

}  // namespace

void print_plan(const replay_plan& plan, const kept_selection& which) {
  std::cout << count_of(plan.events, "kept event") << (which.limit == plan.events ? " (--limit)" : "") << " of "
            << count_of(plan.customers.size(), "customer") << " and " << count_of(plan.leads.size(), "lead") << ":\n";
  table printed({">EVENTS", "KIND", "ACCOUNT"});
  for (const auto& [what, n] : plan.kinds) printed.add({std::to_string(n), what.first, one_line(what.second, 80)});
  std::cout << printed.text() << "\n" << std::flush;
}

void print_differences(const kept_event& e, const replay_verdict& v) {
  std::cout << one_line(e.key, 200) << (e.lead ? "  lead " + std::to_string(*e.lead) : "") << "\n";
  table printed({"", "COLUMN", "IN THE DATABASE", "TODAY"});
  for (const auto& d : v.found) printed.add({"", d.column + (d.stays ? " (stays)" : ""), shown(d.was), shown(d.now)});
  std::cout << printed.text() << "\n" << std::flush;
}

boost::json::object json_of(const kept_event& e, const replay_verdict& v) {
  boost::json::object made{{"event_key", e.key}, {"lead", nullptr}};
  if (e.lead) made["lead"] = *e.lead;
  auto& list = made["columns"].emplace_array();
  for (const auto& d : v.found)
    list.push_back(boost::json::object{{"column", d.column}, {"was", d.was}, {"now", d.now}, {"stays", d.stays}});
  return made;
}

void print_comparison(const replay_comparison& compared, bool dry_run) {
  table printed({">EVENTS", "TODAY"});
  const auto add = [&](std::size_t n, const std::string& what) {
    if (n > 0) printed.add({std::to_string(n), what});
  };
  add(compared.left_alone, "known: left as the database has them");
  printed.add({std::to_string(compared.unchanged), "unchanged"});
  add(compared.differing, (dry_run ? "would get other content: " : "other content: ") + names_of_columns(compared.columns));
  add(compared.unknown, dry_run ? "not in the database: would be published" : "not in the database");
  for (const auto& [why, n] : compared.refusals) add(n, "refused: " + one_line(why, 160));
  std::cout << printed.text();
  if (!compared.staying_columns.empty())
    std::cout << "Differs too, and a replay never changes it: " << names_of_columns(compared.staying_columns) << "\n";
  std::cout << std::flush;
}

std::string question_of(const replay_plan& plan, const replay_comparison& compared, bool resend) {
  std::string text;
  if (resend)
    text = "Publish all " + count_of(plan.events, "event");
  else if (compared.unknown > 0)
    text = "Publish " + count_of(compared.unknown, "event");
  if (compared.differing > 0)
    text += (text.empty() ? "Change" : " and change") + std::string(" the content of ") + count_of(compared.differing, "event");
  return text + "?";
}

void print_outcome(const replay_outcome& done, bool work) {
  if (!work) {
    std::cout << "Nothing to do.\n";
    return;
  }
  table printed({">EVENTS", "RESULT"});
  const auto add = [&](std::size_t n, const std::string& what) {
    if (n > 0) printed.add({std::to_string(n), what});
  };
  add(done.arrived, "in the database now");
  add(done.updated, "content changed");
  add(done.resent, "published again; their keys were known");
  for (const auto& [why, n] : done.refusals) add(n, "refused: " + one_line(why, 160));
  add(done.unpublished, "not taken by the broker; replay again");
  add(done.pending, "published and not seen in the database yet; replay again later");
  if (printed.empty()) printed.add({"0", "changed: somebody else was quicker"});
  std::cout << "\n" << printed.text();
}

void print_json(const replay_report_of& report, bool dry_run) {
  const auto& [plan, compared, applied, shown] = report;
  boost::json::array kinds;
  for (const auto& [what, n] : plan.kinds)
    kinds.push_back(boost::json::object{{"kind", what.first}, {"account", what.second}, {"events", n}});
  auto refusals = compared.refusals;
  for (const auto& [why, n] : applied.refusals) refusals[why] += n;
  boost::json::object made{{"dry_run", dry_run},
                           {"events", plan.events},
                           {"customers", plan.customers.size()},
                           {"leads", plan.leads.size()},
                           {"kinds", std::move(kinds)},
                           {"unchanged", compared.unchanged},
                           {"left_alone", compared.left_alone},
                           {"differing", compared.differing},
                           {"unknown", compared.unknown},
                           {"columns", object_of(compared.columns)},
                           {"staying_columns", object_of(compared.staying_columns)},
                           {"arrived", applied.arrived},
                           {"updated", applied.updated},
                           {"resent", applied.resent},
                           {"refused", compared.refused + applied.refused},
                           {"unpublished", applied.unpublished},
                           {"pending", applied.pending},
                           {"refusals", object_of(refusals)}};
  if (!shown.empty()) made["differences"] = shown;
  std::cout << boost::json::serialize(made) << "\n";
}

}  // namespace hub::ctl
