// hubctl doctor: looks at everything on this machine and says in plain words what is wrong and what to do next.

#include "hub/ctl/doctor.hpp"

#include "hub/base/failure.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iomanip>
#include <iostream>

namespace hub::ctl {

namespace {

using checks::finding;
using checks::findings;
using checks::health;
using checks::patient;

template <class Patient>
void look(const char* check, const char* next, void (*at)(Patient&, findings&), Patient& of, findings& to) {
  try {
    at(of, to);
  } catch (const not_running&) {
    throw;
  } catch (...) {
    const auto why = classify(std::current_exception());
    to.push_back({health::broken, check, why.what, next, why.kind == failure::transient});
  }
}

/// connector_client says not_running of a connector that does not answer: here that is a finding like others.
void look_at_connectors(const patient& of, findings& to) {
  try {
    checks::check_connectors(of, to);
  } catch (const error& e) {
    to.push_back({health::broken, "connectors", e.what(), "hubctl status; " + of.home + "/log/hub-connector.log", true});
  }
}

void print(const findings& all) {
  for (const auto& one : all) {
    const char* word = one.is == health::ok ? "OK" : one.is == health::look ? "LOOK" : "BROKEN";
    std::cout << std::left << std::setw(8) << word << std::setw(12) << one.check << one_line(one.said, 400) << "\n";
    if (!one.next.empty()) std::cout << std::string(20, ' ') << "next: " << one_line(one.next, 400) << "\n";
  }
  const auto count = [&](health is) {
    return std::count_if(all.begin(), all.end(), [&](const auto& one) { return one.is == is; });
  };
  const auto broken = count(health::broken), looks = count(health::look);
  if (broken + looks == 0)
    std::cout << "\nEverything is fine.\n";
  else
    std::cout << "\n" << broken << " broken, " << looks << " to look at.\n";
}

void print_json(const findings& all) {
  boost::json::array checks;
  auto worst = health::ok;
  for (const auto& one : all) {
    worst = std::max(worst, one.is);
    boost::json::object made{{"check", one.check}, {"state", name_of(one.is)}, {"said", one.said}};
    made["next"] = one.next;
    checks.push_back(std::move(made));
  }
  boost::json::object root{{"state", name_of(worst)}};
  root["checks"] = std::move(checks);
  std::cout << boost::json::serialize(root) << "\n";
}

}  // namespace

int doctor(const words& arguments) {
  bool json = false;
  patient who;
  options::options_description known;
  known.add_options()("json", options::bool_switch(&json), "one JSON object")("offline", options::bool_switch(&who.offline),
                                                                              "do not ask the platforms which address they call");
  read_options(arguments, known, {}, "hubctl doctor [--offline] [--json]");

  who.home = home_directory();
  who.loaded = config::load_settings();
  who.settings = system_settings();
  who.loaded.value.profile = who.settings.profile;
  findings all;
  look("programs", "hubctl status", checks::check_programs, who, all);
  const patient& seen = who;
  look("database", "hubctl status; log/postgresql.log, or the server of database.url", checks::check_database, seen, all);
  look("broker", "hubctl status; log/rabbitmq.log, or the server of broker.url", checks::check_broker, seen, all);
  look_at_connectors(seen, all);
  look("intake", "hubctl status", checks::check_intake, seen, all);
  look("machine", "look at the home directory", checks::check_machine, seen, all);
  if (json)
    print_json(all);
  else
    print(all);
  if (std::any_of(all.begin(), all.end(), [](const auto& one) { return one.unreachable; })) return unreachable;
  return std::all_of(all.begin(), all.end(), [](const auto& one) { return one.is == health::ok; }) ? good : failed;
}

}  // namespace hub::ctl
