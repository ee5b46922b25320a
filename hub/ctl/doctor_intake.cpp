// From the platforms to the broker: accounts, webhooks, spool, queues, and what the programs measured on the way.

#include "hub/amqp/consumer.hpp"
#include "hub/ctl/connector_client.hpp"
#include "hub/ctl/doctor.hpp"
#include "hub/ctl/terminal.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hub::ctl::checks {

namespace {

constexpr std::int64_t spool_patience = 60;  // seconds
constexpr std::uint64_t long_queue = 1000;   // events
constexpr double clock_patience = 60;        // seconds

std::uint64_t whole(double value) { return static_cast<std::uint64_t>(std::llround(value)); }

std::string account_of(const sample& one) {
  const auto part = [&](const char* name) {
    const auto found = one.labels.find(name);
    return found == one.labels.end() ? std::string("?") : found->second;
  };
  return one.labels.contains("account") ? part("channel") + "/" + part("account") : part("channel");
}

/// The greatest of each account: every hub-worker measures the same.
std::map<std::string, double> by_account(const std::vector<sample>& samples) {
  std::map<std::string, double> made;
  for (const auto& one : samples) {
    auto& value = made[account_of(one)];
    value = std::max(value, one.value);
  }
  return made;
}

void check_spool(const patient& of, const std::vector<connector_account>& accounts, findings& to) {
  if (accounts.empty()) return;
  // Every account of one connector shows the same spool; the worst counts.
  const auto better = [](const auto& a, const auto& b) {
    return std::pair(!a.spool_writable, a.oldest_seconds) < std::pair(!b.spool_writable, b.oldest_seconds);
  };
  const auto& a = *std::max_element(accounts.begin(), accounts.end(), better);
  if (!a.spool_writable)
    to.push_back({health::broken, "spool", "cannot be written: events the broker does not take are refused",
                  "space and rights of " + of.settings.intake.spool_directory + " below " + of.home});
  else if (a.spooled > 0 && a.oldest_seconds > spool_patience)
    to.push_back({health::look, "spool", counted(a.spooled, "event") + " wait, the oldest for " + age_words(a.oldest_seconds),
                  "bring the broker back; the rest happens by itself"});
  else if (a.mode == "spool")
    to.push_back({health::look, "spool", "events go to disk because the broker does not confirm", "look again in a minute"});
  else
    to.push_back(
        {health::ok, "spool", a.spooled == 0 ? "writable, empty" : "writable, " + counted(a.spooled, "event") + " drain"});
  if (const auto failures = of.sum("hub_spool_failures_total"); failures > 0)
    to.push_back({health::look, "spool", counted(whole(failures), "write") + " failed since hub-connector started",
                  "the disk under the spool"});
}

void check_account(const connector_account& a, const connector_webhook* webhook, findings& to) {
  const auto name = a.channel + "/" + a.account;
  if (!a.trouble.empty()) to.push_back({health::look, "connectors", name + ": " + a.trouble, "hubctl connectors"});
  if (!webhook) {
    if (a.trouble.empty()) to.push_back({health::ok, "connectors", name + " is served"});
    return;
  }
  const auto& w = *webhook;
  const auto again = "hubctl connectors register " + name;
  if (w.state == "differs")
    to.push_back({health::broken, "connectors",
                  name + ": the platform calls " + w.found + " and should call " + (w.wanted.empty() ? "nobody" : w.wanted),
                  again});
  else if (w.state == "not_set")
    to.push_back({health::broken, "connectors", name + ": the platform calls nobody", again});
  else if (w.state == "unknown")
    to.push_back({health::look, "connectors", name + ": could not ask the platform: " + w.why, "the token, the network"});
  else if (!w.findings.empty())
    to.push_back({health::look, "connectors", name + ": " + w.findings.front(), again});
  else if (a.trouble.empty())
    to.push_back({health::ok, "connectors",
                  name + (w.state == "matches" ? ": the platform calls what it should"
                          : w.wanted.empty()   ? " is served"
                                               : ": the platform cannot be asked; compare the address in its settings")});
}

void check_silence(const patient& of, findings& to) {
  const auto silence = by_account(of.metric("hub_intake_silence_seconds"));
  const auto usual = by_account(of.metric("hub_intake_usual_gap_seconds"));
  const auto silent = by_account(of.metric("hub_intake_silent"));
  bool quiet = false;
  for (const auto& [name, is] : silent) {
    if (is < 1) continue;
    quiet = true;
    const auto words = [&](const auto& from) {
      const auto found = from.find(name);
      return age_words(found == from.end() ? 0 : std::llround(found->second));
    };
    to.push_back({health::look, "silence",
                  name + ": nothing came for " + words(silence) + " of working time; usual is up to " + words(usual),
                  "hubctl connectors; write to it yourself"});
  }
  if (!quiet)
    to.push_back({health::ok, "silence",
                  silent.empty() ? "too little came so far to know what is usual"
                                 : counted(silent.size(), "account") + " as talkative as usual"});
}

void check_timers(const patient& of, findings& to) {
  double lag = 0;
  for (const auto& one : of.metric("hub_timer_lag_seconds")) lag = std::max(lag, one.value);
  if (lag > clock_patience)
    to.push_back({health::look, "timers", "the oldest due timer is " + age_words(std::llround(lag)) + " late",
                  "hub-worker's log, PostgreSQL"});
  else
    to.push_back({health::ok, "timers", "none is late"});
}

void check_updates(const patient& of, findings& to) {
  bool missing = false;
  for (const auto& [name, count] : by_account(of.metric("hub_intake_missing_total"))) {
    if (count < 1) continue;
    missing = true;
    to.push_back({health::look, "updates",
                  name + ": " + counted(whole(count), "update") + " never came since hub-connector started",
                  "what answers between the platform and the hub in our place; hub-connector's log"});
  }
  if (!missing) to.push_back({health::ok, "updates", "no numbers are missing"});
}

void check_proof(const patient& of, findings& to) {
  const auto failures = by_account(of.metric("hub_intake_signature_failures_total"));
  if (failures.empty()) to.push_back({health::ok, "proof", "every request proved where it came from"});
  for (const auto& [name, count] : failures)
    to.push_back({health::look, "proof",
                  name + ": " + counted(whole(count), "request") + " without a valid proof since hub-connector started",
                  "a changed secret? mend it, restart, hubctl intake rejudge; else somebody knocks"});
}

}  // namespace

void check_broker(const patient& of, findings& to) {
  if (of.settings.broker.url.empty()) {
    to.push_back({health::broken, "broker", "nobody says where it is", "./deploy/up, or HUB__BROKER__URL", true});
    return;
  }
  amqp::broker_options broker;
  broker.url = of.settings.broker.url.reveal();
  broker.client_name = "hubctl";
  const auto queues = amqp::look_at_queues(broker, of.settings.ingest.shards);
  std::uint64_t waiting = 0;
  std::string orphans;
  for (const auto& one : queues) {
    waiting += one.messages;
    if (one.consumers == 0) orphans += (orphans.empty() ? "" : ", ") + one.name;
  }
  if (of.sum("hub_broker_blocked") > 0)
    to.push_back(
        {health::broken, "broker", "blocks publishers: its memory or disk alarm is raised", "memory and disk of the broker"});
  else
    to.push_back({health::ok, "broker", "answers, " + counted(queues.size(), "queue")});
  if (!orphans.empty())
    to.push_back({health::broken, "queues", "nobody takes from " + orphans, "hub-worker: hubctl status and its log"});
  if (waiting > long_queue)
    to.push_back({health::look, "queues", counted(waiting, "event") + " wait",
                  "look again: do they get fewer? hub-worker's log, PostgreSQL"});
  else if (orphans.empty())
    to.push_back({health::ok, "queues", waiting == 0 ? "nothing waits" : counted(waiting, "event") + " wait"});
}

void check_connectors(const patient& of, findings& to) {
  connector_client client(of.settings);
  const auto accounts = client.accounts();
  check_spool(of, accounts, to);
  std::vector<connector_webhook> webhooks;
  if (!of.offline) webhooks = client.webhooks_of(accounts);
  for (std::size_t i = 0; i < accounts.size(); ++i) check_account(accounts[i], of.offline ? nullptr : &webhooks[i], to);
  if (accounts.empty()) to.push_back({health::look, "connectors", "none are configured", "connectors in " + of.loaded.file});
}

void check_intake(const patient& of, findings& to) {
  if (of.measured("hub-worker")) {
    check_silence(of, to);
    check_timers(of, to);
  } else {
    to.push_back({health::look, "silence", "not known: hub-worker measures it", "bring hub-worker back first"});
  }
  if (of.measured("hub-connector")) {
    check_updates(of, to);
    check_proof(of, to);
  } else {
    to.push_back({health::look, "updates", "not known: hub-connector counts them", "bring hub-connector back first"});
  }
}

}  // namespace hub::ctl::checks
