// hubctl connectors: which accounts the hub is connected to and how they are, and whether the platforms call the address they
// should. `register` tells a platform our webhook.

#include "hub/base/clock.hpp"
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
#include <set>

namespace hub::ctl {

namespace {

constexpr const char* connectors_usage =
    "hubctl connectors [list] [--offline] [--json]\n       hubctl connectors register CHANNEL/ACCOUNT";

std::string account_name(const connector_account& a) { return a.channel + "/" + a.account; }

std::string spool_words(const connector_account& a) {
  if (!a.spool_writable) return "NOT WRITABLE";
  if (a.spooled == 0) return "empty";
  return std::to_string(a.spooled) + (a.spooled == 1 ? " event" : " events") + ", oldest " + age_words(a.oldest_seconds);
}

std::optional<std::int64_t> age_of(const std::string& rfc3339) {
  const auto at = parse_rfc3339(rfc3339);
  if (!at) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(real_clock().now() - *at).count();
}

std::string last_words(const connector_account& a) {
  const auto age = age_of(a.last_event_at.value_or(""));
  return age ? age_words(*age) : "-";
}

std::string webhook_words(const connector_webhook& w) {
  if (w.state == "matches") return !w.findings.empty() ? "LOOK" : w.wanted.empty() ? "none wanted, none set" : "matches";
  if (w.state == "differs") return "DIFFERS";
  if (w.state == "not_set") return "NOT SET";
  if (w.state == "nothing") return w.wanted.empty() ? "-" : "cannot be asked";
  return "could not ask";
}

/// What is behind the word in the table, each line with the account's name before it.
void explain(const connector_account& a, const connector_webhook& w) {
  std::vector<std::string> lines;
  if (w.state == "differs") {
    lines.push_back("the platform calls " + w.found);
    lines.push_back("it should call " + (w.wanted.empty() ? "nobody" : w.wanted));
  }
  if (w.state == "not_set")
    lines.push_back("the platform calls nobody" + (w.wanted.empty() ? "" : "; it should call " + w.wanted));
  for (const auto& finding : w.findings) lines.push_back(finding);
  if (!w.why.empty() && (w.state == "unknown" || !w.wanted.empty())) lines.push_back(w.why);
  if (w.pending.value_or(0) > 0) lines.push_back("waiting at the platform: " + std::to_string(*w.pending));
  if (!w.last_error.empty()) {
    const auto age = age_of(w.last_error_at);
    lines.push_back("the platform's last failure to reach us" + (age ? ", " + age_words(*age) + " ago" : "") + ": " +
                    w.last_error);
  }
  if (w.is_wrong()) lines.push_back("to mend it: hubctl connectors register " + account_name(a));
  if (!lines.empty()) std::cout << "\n";
  for (const auto& line : lines) std::cout << account_name(a) << ": " << one_line(line, 400) << "\n";
}

boost::json::object json_of(const connector_webhook& w) {
  boost::json::object one{{"state", w.state},   {"wanted", w.wanted},       {"found", w.found},          {"why", w.why},
                          {"pending", nullptr}, {"last_error_at", nullptr}, {"last_error", w.last_error}};
  if (w.pending) one["pending"] = *w.pending;
  if (!w.last_error_at.empty()) one["last_error_at"] = w.last_error_at;
  boost::json::array findings;
  for (const auto& f : w.findings) findings.emplace_back(f);
  one["findings"] = std::move(findings);
  return one;
}

void print_json(const std::vector<connector_account>& accounts, const std::vector<connector_webhook>& webhooks) {
  boost::json::array all;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const auto& a = accounts[i];
    boost::json::object one{{"channel", a.channel},
                            {"account", a.account},
                            {"mode", a.mode},
                            {"spooled", a.spooled},
                            {"spooled_bytes", a.spooled_bytes},
                            {"spool_oldest_seconds", a.oldest_seconds},
                            {"spool_writable", a.spool_writable},
                            {"events", a.events},
                            {"last_event_at", nullptr},
                            {"last_event_age_seconds", nullptr},
                            {"public_url", nullptr}};
    if (a.last_event_at) one["last_event_at"] = *a.last_event_at;
    if (const auto age = age_of(a.last_event_at.value_or(""))) one["last_event_age_seconds"] = *age;
    if (!a.public_url.empty()) one["public_url"] = a.public_url;
    one["trouble"] = a.trouble;
    if (!webhooks.empty()) one["webhook"] = json_of(webhooks[i]);
    all.push_back(std::move(one));
  }
  std::cout << boost::json::serialize(all) << "\n";
}

void print_table(const std::vector<connector_account>& accounts, const std::vector<connector_webhook>& webhooks) {
  table printed({"ACCOUNT", "MODE", "SPOOL", ">EVENTS", "LAST EVENT (UTC)", ">AGO", "WEBHOOK"});
  std::set<std::string> addresses;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    const auto& a = accounts[i];
    printed.add({account_name(a), a.mode, spool_words(a), std::to_string(a.events), utc_words(a.last_event_at.value_or("")),
                 last_words(a), webhooks.empty() ? "not asked" : webhook_words(webhooks[i])});
    addresses.insert(a.public_url);
  }
  std::cout << printed.text();
  for (const auto& one : addresses) std::cout << "\nPublic URL: " << (one.empty() ? "not set" : one) << "\n";
  for (const auto& a : accounts)
    if (!a.trouble.empty()) std::cout << "\n" << account_name(a) << ": " << one_line(a.trouble, 300) << "\n";
  for (std::size_t i = 0; i < webhooks.size(); ++i) explain(accounts[i], webhooks[i]);
  // Counted since the program started: that is what "none yet" may mean after a restart.
  if (std::none_of(accounts.begin(), accounts.end(), [](const auto& a) { return a.last_event_at.has_value(); }))
    std::cout << "\nNo event came since the connector started.\n";
}

int list(connector_client& connectors, bool json, bool offline) {
  const auto accounts = connectors.accounts();
  if (accounts.empty() && !json) {
    std::cout << "No connectors are configured; see connectors in config/hub.yaml.\n";
    return good;
  }
  std::vector<connector_webhook> webhooks;
  if (!offline) webhooks = connectors.webhooks_of(accounts);
  if (json)
    print_json(accounts, webhooks);
  else
    print_table(accounts, webhooks);
  return std::any_of(webhooks.begin(), webhooks.end(), [](const auto& w) { return w.is_wrong(); }) ? failed : good;
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
    for (const auto& a : accounts) names.push_back(account_name(a));
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
  known.add_options()("json", "print JSON")("offline", "do not ask the platforms which address they call")(
      "verb", options::value<std::string>()->default_value("list"), "")("account", options::value<std::string>(), "");
  options::positional_options_description positional;
  positional.add("verb", 1).add("account", 1);
  const auto given = read_options(arguments, known, positional, connectors_usage);
  const auto verb = given["verb"].as<std::string>();
  const bool named = given.count("account") > 0;
  if ((verb != "list" || named) && (verb != "register" || !named))
    throw usage_error(std::string("expected list, or register CHANNEL/ACCOUNT\nUsage: ") + connectors_usage);

  connector_client client(system_settings());
  if (verb == "list") return list(client, given.count("json") > 0, given.count("offline") > 0);
  return register_webhook(client, given["account"].as<std::string>());
}

}  // namespace hub::ctl
