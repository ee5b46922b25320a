// hubctl trace: everything that happened to an event, from the platform to the last file, by whatever id it is known.

#include "hub/base/text.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/ctl/trace_rows.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <iostream>

namespace hub::ctl {

namespace {

boost::json::value number_or_null(const std::optional<std::int64_t>& n) {
  return n ? boost::json::value(*n) : boost::json::value(nullptr);
}

boost::json::object json_of(const traced_event& e) {
  boost::json::object made{{"key", e.key},
                           {"kind", e.kind},
                           {"channel", e.channel},
                           {"account", e.account},
                           {"trace", e.trace},
                           {"state", e.state},
                           {"customer", number_or_null(e.customer)},
                           {"lead", number_or_null(e.lead)},
                           {"message", number_or_null(e.message)}};
  auto& hops = made["hops"].emplace_array();
  for (const auto& h : e.hops) {
    boost::json::object one{{"hop", h.name}, {"at", nullptr}, {"what", h.what}};
    if (!h.at.empty()) one["at"] = h.at;
    hops.push_back(std::move(one));
  }
  return made;
}

void print(const traced_event& e) {
  std::cout << (e.key.empty() ? "message " + std::to_string(e.message.value_or(0)) : e.key) << "\n";
  if (!e.trace.empty()) std::cout << "trace " << e.trace << "\n";
  table printed({"HOP", "WHEN (UTC)", "WHAT"});
  for (const auto& h : e.hops) printed.add({h.name, utc_words(h.at), h.what});
  std::cout << "\n" << printed.text();
}

}  // namespace

int trace(const words& arguments) {
  bool all = false, json = false, with_text = false;
  options::options_description known;
  known.add_options()("all", options::bool_switch(&all), "every hop of the further events too")(
      "text", options::bool_switch(&with_text), "what the customer wrote, too")(
      "json", options::bool_switch(&json), "print JSON")("id", options::value<std::string>(), "");
  options::positional_options_description positional;
  positional.add("id", 1);
  const std::string usage =
      "hubctl trace ID [--all] [--text] [--json]\n\n"
      "ID is an event key, a platform's message id, message:N, call:N, lead:N, media:N, a trace id or traceparent,\n"
      "or a bare number, which is looked for as message, platform id, lead and media in this order.";
  const auto given = read_options(arguments, known, positional, usage);
  if (!given.count("id")) throw usage_error("give an ID\nUsage: " + usage);
  const auto id = std::string(trim(given["id"].as<std::string>()));

  auto database = open_database(settings_with_database());
  found_id found;
  std::vector<traced_event> events;
  database.transact([&](pqxx::work& tx) {
    events.clear();
    found = find_id(tx, id);
    if (found.events.empty()) return;
    for (const auto& name : found.events) {
      events.push_back(trace_event(tx, name, with_text));
      if (!all) break;
    }
  });
  if (found.events.empty()) {
    std::cerr << "hubctl trace: " << one_line(id, 120)
              << " is no event, message, call, lead, media or trace that the hub knows. What still waits in a spool or a queue "
                 "is not known yet: hubctl connectors.\n";
    return failed;
  }

  if (json) {
    boost::json::object made = json_of(events.front());
    made["asked"] = id;
    made["as"] = found.as;
    auto& others = made["also"].emplace_array();
    for (const auto& other : found.others) others.emplace_back(other);
    auto& further = made["further"].emplace_array();
    for (std::size_t i = 1; i < found.events.size(); ++i) {
      const auto& name = found.events[i];
      boost::json::object one = all ? json_of(events[i]) : boost::json::object{{"key", name.key}};
      one["time"] = name.time;
      one["what"] = name.what;
      further.push_back(std::move(one));
    }
    std::cout << boost::json::serialize(made) << "\n";
    return good;
  }

  if (!found.others.empty()) {
    std::string besides;
    for (const auto& other : found.others) besides += (besides.empty() ? "" : " and ") + other;
    std::cerr << "note: this is " << found.as << "; there is " << besides
              << " too: message:N, lead:N and media:N say which is meant\n";
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (i > 0) std::cout << "\n";
    print(events[i]);
  }
  if (!all && found.events.size() > 1) {
    const auto more = found.events.size() - 1;
    std::cout << "\nThis was the first event of " << found.as << "; " << more << " more:\n";
    table printed({"WHEN (UTC)", "WHAT", "EVENT"});
    for (std::size_t i = 1; i < found.events.size(); ++i)
      printed.add(
          {utc_words(found.events[i].time), found.events[i].what, found.events[i].key.empty() ? "-" : found.events[i].key});
    std::cout << printed.text();
  }
  return good;
}

}  // namespace hub::ctl
