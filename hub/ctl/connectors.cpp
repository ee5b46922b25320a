// hubctl connectors: which accounts the hub is connected to and how they are. `register` tells a platform our webhook.

#include "hub/base/text.hpp"
#include "hub/ctl/connector_client.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iostream>

namespace hub::ctl {

namespace {

constexpr const char* usage = "hubctl connectors [list] [--json]\n       hubctl connectors register CHANNEL/ACCOUNT";

std::string spool_words(const connector_account& a) {
  if (!a.spool_writable) return "NOT WRITABLE";
  if (a.spooled == 0) return "empty";
  return std::to_string(a.spooled) + (a.spooled == 1 ? " event" : " events") + ", oldest " + age_words(a.oldest_seconds);
}

int list(connector_client& connectors, bool json) {
  const auto accounts = connectors.accounts();
  if (json) {
    boost::json::array all;
    for (const auto& a : accounts) {
      boost::json::object one{{"channel", a.channel},
                              {"account", a.account},
                              {"mode", a.mode},
                              {"spooled", a.spooled},
                              {"spooled_bytes", a.spooled_bytes},
                              {"spool_oldest_seconds", a.oldest_seconds},
                              {"spool_writable", a.spool_writable},
                              {"events", a.events},
                              {"last_event_at", nullptr},
                              {"public_url", nullptr}};
      if (a.last_event_at) one["last_event_at"] = *a.last_event_at;
      if (!a.public_url.empty()) one["public_url"] = a.public_url;
      one["trouble"] = a.trouble;
      all.push_back(std::move(one));
    }
    std::cout << boost::json::serialize(all) << "\n";
    return good;
  }
  if (accounts.empty()) {
    std::cout << "No connectors are configured; see connectors in config/hub.yaml.\n";
    return good;
  }
  table printed({"ACCOUNT", "MODE", "SPOOL", ">EVENTS", "LAST EVENT (UTC)", "PUBLIC URL"});
  for (const auto& a : accounts)
    printed.add({a.channel + "/" + a.account, a.mode, spool_words(a), std::to_string(a.events),
                 utc_words(a.last_event_at.value_or("")), a.public_url.empty() ? "not set" : a.public_url});
  std::cout << printed.text();
  for (const auto& a : accounts)
    if (!a.trouble.empty()) std::cout << "\n" << a.channel << "/" << a.account << ": " << one_line(a.trouble, 300) << "\n";
  // Counted since the program started: that is what "none yet" may mean after a restart.
  if (std::none_of(accounts.begin(), accounts.end(), [](const auto& a) { return a.last_event_at.has_value(); }))
    std::cout << "\nNo event came since the connector started.\n";
  return good;
}

int register_webhook(connector_client& connectors, const std::string& name) {
  const auto slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size())
    throw usage_error("register takes CHANNEL/ACCOUNT, for example viber/main");
  const auto channel = name.substr(0, slash), account = name.substr(slash + 1);
  const auto accounts = connectors.accounts();
  if (std::none_of(accounts.begin(), accounts.end(),
                   [&](const auto& a) { return a.channel == channel && a.account == account; })) {
    std::vector<std::string> names;
    for (const auto& a : accounts) names.push_back(a.channel + "/" + a.account);
    std::cerr << "hubctl connectors: there is no account " << name;
    if (const auto close = did_you_mean(name, names)) std::cerr << "; did you mean " << *close << "?";
    std::cerr << "\n";
    return failed;
  }
  const auto got = connectors.register_webhook(channel, account);
  if (got.status != 200) {
    std::cerr << "hubctl connectors: " << name << ": " << one_line(got.problem(), 600) << "\n";
    return failed;
  }
  for (const auto& line : connector_client::lines_of(got)) std::cout << one_line(line, 400) << "\n";
  return good;
}

}  // namespace

int connectors(const words& arguments) {
  options::options_description known;
  known.add_options()("json", "print JSON")("verb", options::value<std::string>()->default_value("list"), "")(
      "account", options::value<std::string>(), "");
  options::positional_options_description positional;
  positional.add("verb", 1).add("account", 1);
  const auto given = read_options(arguments, known, positional, usage);
  const auto verb = given["verb"].as<std::string>();
  const bool named = given.count("account") > 0;
  if ((verb != "list" || named) && (verb != "register" || !named))
    throw usage_error(std::string("expected list, or register CHANNEL/ACCOUNT\nUsage: ") + usage);

  connector_client client(system_settings());
  if (verb == "list") return list(client, given.count("json") > 0);
  return register_webhook(client, given["account"].as<std::string>());
}

}  // namespace hub::ctl
