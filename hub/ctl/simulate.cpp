// hubctl simulate: invented customers write through the real, signed webhook of a running system.

#include "hub/async/runtime.hpp"
#include "hub/async/within.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/log.hpp"
#include "hub/ctl/activity_player.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/demo_reviews.hpp"
#include "hub/ctl/demo_rows.hpp"
#include "hub/ctl/files.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/mail_player.hpp"
#include "hub/ctl/messenger_players.hpp"
#include "hub/ctl/phone_player.hpp"
#include "hub/ctl/pilot_cars_story.hpp"
#include "hub/ctl/private_mail.hpp"
#include "hub/ctl/simulate_bas.hpp"
#include "hub/ctl/simulated_viber.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/viber_player.hpp"
#include "hub/ctl/webhook_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

namespace hub::ctl {

namespace {

using namespace std::chrono_literals;

struct simulate_wishes {
  story_options stories;
  delivery_options delivery;
  load_options load;
  std::string channel, account;
  std::uint16_t port = 0;
  bool demo = false, platform_only = false, json = false;
};

/// What proves the calls of a channel: the last part of its secret's name.
std::string_view secret_of(std::string_view channel) {
  if (channel == "activity") return "__SECRET";
  if (channel == "whatsapp") return "__APP_SECRET";
  if (channel == "ringostat") return "__TOKEN";
  if (channel == "bas") return "__PASSWORD";
  return channel == "telegram" ? "__SECRET_TOKEN" : "__AUTH_TOKEN";
}

/// A secret or setting of the account, from where the running system has it; empty: it is nowhere.
std::string setting_of(const std::string& channel, const std::string& account, std::string_view last, const status_lines& system,
                       std::string* called = nullptr) {
  std::string name = "HUB__CONNECTORS__" + channel + "__" + account + std::string(last);
  for (auto& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (const char* given = std::getenv(name.c_str())) return given;
  const auto file = system.find("secrets");
  auto secrets = read_map(file == system.end() ? home_directory() + "/secrets.env" : file->second);
  if (called) *called = name;
  if (account == demo_account && secrets[name].empty() && last == secret_of(channel))
    return demo_secret(channel, secrets["HUB__INTERNAL__TOKEN"]);
  return secrets[name];
}

std::string token_of(const std::string& channel, const std::string& account, const status_lines& system) {
  std::string name;
  auto found = setting_of(channel, account, secret_of(channel), system, &name);
  if (found.empty()) throw error(failure::permanent, "token", name + " is neither set nor in the secrets file; give --token");
  return found;
}

/// What was not said on the command line comes from the running system.
void find_system(simulate_wishes& wanted) {
  if (wanted.channel == "email") {
    // Nobody is called: mails are put where the hub fetches them.
    wanted.load.url = demo_mail_address;
    return;
  }
  if (wanted.load.url.empty()) {
    const auto system = running_system();
    const auto webhooks = system.find("webhooks");
    if (webhooks == system.end()) throw not_running("the running system tells no webhook address; give --url");
    const auto* const kind = wanted.channel == "bas" ? "/exchange/" : "/webhooks/";
    wanted.load.url = webhooks->second + kind + wanted.channel + "/" + wanted.account;
  }
  if (wanted.load.token.empty()) wanted.load.token = token_of(wanted.channel, wanted.account, read_status(home_directory()));
  // It signs nothing: who knows the address is believed.
  if (wanted.channel == "ringostat" && !wanted.load.url.ends_with(wanted.load.token)) wanted.load.url += "/" + wanted.load.token;
}

void print(const simulate_wishes& wanted, const load_report& report) {
  const auto milliseconds = [](std::chrono::microseconds t) { return static_cast<double>(t.count()) / 1000; };
  const double p50 = milliseconds(report.percentile(0.5)), p99 = milliseconds(report.percentile(0.99));
  if (wanted.json) {
    std::cout << fmt::format(
                     R"({{"sent":{},"accepted":{},"retried":{},"seconds":{:.3f},"p50_ms":{:.3f},"p99_ms":{:.3f},"seed":{}}})",
                     report.sent, report.accepted, report.retried, report.seconds, p50, p99, wanted.stories.seed)
              << std::endl;
    return;
  }
  if (wanted.channel == "email") {
    std::cout << fmt::format("{} mails put into the mailbox; seed {}", report.sent, wanted.stories.seed) << std::endl;
    return;
  }
  std::cout << fmt::format(
                   "sent {}, answered 200 {}, sent again {}; {:.1f} a second for {:.1f} s; p50 {:.1f} ms, p99 {:.1f} ms; seed {}",
                   report.sent, report.accepted, report.retried,
                   report.seconds > 0 ? static_cast<double>(report.sent) / report.seconds : 0, report.seconds, p50, p99,
                   wanted.stories.seed)
            << std::endl;
  if (!report.first_failure.empty()) std::cout << "first failure: " << report.first_failure << std::endl;
}

/// Until the hub has every message and no picture is left to fetch: the platform has to serve them as long.
async::task<bool> wait_for_media(boost::asio::thread_pool& blocking, db::connection& database, std::int64_t messages) {
  const auto until = std::chrono::steady_clock::now() + 60s;
  const auto ask = [&database] { return database.transact([](pqxx::work& in) { return count_demo_rows(in); }); };
  const auto mark = [&database] { database.transact([](pqxx::work& in) { mark_demo_rows(in); }); };
  while (std::chrono::steady_clock::now() < until) {
    const auto now = co_await async::on_thread(blocking, ask);
    if (now.messages >= messages && now.pending_media == 0) {
      co_await async::on_thread(blocking, mark);
      std::cout << fmt::format("{} messages, calls and activities in the database, {} media stored", now.messages,
                               now.stored_media)
                << std::endl;
      co_return true;
    }
    co_await async::sleep_for(300ms);
  }
  std::cout << "not all messages and media arrived within a minute" << std::endl;
  co_return false;
}

/// What is played: how many bodies, the text of each, and how many messages the hub has in the end.
struct played {
  std::size_t events = 0;
  std::function<std::string(std::size_t)> body;
  std::int64_t messages = 0;
};

played tell(const simulate_wishes& wanted) {
  played made;
  if (wanted.channel == "activity") {
    visit_options visits{.seed = wanted.stories.seed, .companies = wanted.stories.customers, .count = wanted.stories.count};
    visits.start = wanted.stories.start;
    visits.step = wanted.stories.step;
    auto all = std::make_shared<const std::vector<site_activity>>(tell_visits(visits));
    made.events = all->size();
    made.messages = wanted.delivery.duplicates > 0 ? 0 : static_cast<std::int64_t>(all->size());
    made.body = [all](std::size_t i) { return activity_body((*all)[i]); };
  } else if (wanted.channel == "ringostat") {
    auto all = std::make_shared<const std::vector<std::string>>(tell_calls(wanted.stories));
    made.events = all->size();
    made.messages = static_cast<std::int64_t>(count_calls(wanted.stories));
    made.body = [all](std::size_t i) { return (*all)[i]; };
  } else if (wanted.channel == "email") {
    // A mail holds several of a story's events, and some are no mail's.
    auto stories = wanted.stories;
    stories.count *= 10;
    auto told = tell_mails(tell_stories(stories));
    if (wanted.stories.count > 0 && told.size() > wanted.stories.count) told.resize(wanted.stories.count);
    auto all = std::make_shared<const std::vector<told_mail>>(std::move(told));
    made.events = all->size();
    made.messages = static_cast<std::int64_t>(all->size());
    made.body = [all](std::size_t i) { return mail_body((*all)[i]); };
  } else {
    auto told = tell_stories(wanted.stories);
    const auto body = [channel = wanted.channel](const viber_event& event) {
      if (channel == "whatsapp") return whatsapp_body(event, demo_phone_number_id);
      return channel == "telegram" ? telegram_body(event) : viber_body(event);
    };
    // What the platform has no word for is not told.
    std::erase_if(told, [&](const viber_event& event) { return body(event).empty(); });
    auto all = std::make_shared<const std::vector<viber_event>>(std::move(told));
    made.events = all->size();
    for (const auto& event : *all) made.messages += event.event == "message";
    made.body = [all, body](std::size_t i) { return body((*all)[i]); };
  }
  return made;
}

/// Into the dealer's mailbox on the private mail server, as another server would.
async::task<load_report> put_mails(std::function<std::string(std::size_t)> body, const std::vector<std::size_t>& order,
                                   double rate) {
  private_mail server({.home = home_directory()});
  if (!server.running())
    throw not_running("no mail server of the demo runs; hubctl up --demo starts one where Dovecot is installed");
  load_report report;
  const auto begun = std::chrono::steady_clock::now();
  for (const auto index : order) {
    const auto at = std::chrono::steady_clock::now();
    server.deliver(std::string(demo_mail_address), body(index));
    report.latencies.push_back(std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - at));
    ++report.sent;
    ++report.accepted;
    if (rate > 0) co_await async::sleep_for(std::chrono::milliseconds(static_cast<std::int64_t>(1000 / rate)));
  }
  std::sort(report.latencies.begin(), report.latencies.end());
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  co_return report;
}

/// Another way round: the ERP leads the dialogue, in a few large steps.
async::task<> play_erp(async::runtime& runtime, simulate_wishes& wanted, int& code) {
  bas_visit visit;
  visit.address = wanted.load.url;
  visit.user = setting_of("bas", wanted.account, "__USER", read_status(home_directory()));
  if (visit.user.empty()) visit.user = demo_erp_user;
  visit.password = wanted.load.token;
  visit.story.seed = wanted.stories.seed;
  visit.story.now = real_clock().now();
  if (wanted.stories.count > 0) visit.story.vehicles = wanted.stories.count;
  visit.demo = wanted.demo;
  visit.json = wanted.json;
  code = co_await play_bas(runtime, std::move(visit));
  runtime.stop();
}

async::task<> play(async::runtime& runtime, simulated_viber& platform, simulate_wishes& wanted, int& code) {
  wanted.stories.start = std::chrono::floor<std::chrono::milliseconds>(real_clock().now());
  if (wanted.stories.media_url.empty()) wanted.stories.media_url = platform.url();
  const auto story = tell(wanted);
  const auto order = delivery_order(story.events, wanted.delivery);
  // The last part of such an address is a secret.
  auto address = wanted.load.url;
  if (wanted.channel == "ringostat") address.erase(address.rfind('/'));
  if (!wanted.json)
    std::cout << fmt::format("{} {} {} times to {}", wanted.stories.customers,
                             wanted.channel == "activity" ? "companies use the website" : "customers write", order.size(),
                             address)
              << std::endl;
  // Of an earlier channel's story.
  std::int64_t before = 0;
  if (wanted.demo) {
    auto database = open_database(settings_with_database());
    before = database.transact([](pqxx::work& in) { return count_demo_rows(in); }).messages;
  }
  load_report report;
  if (wanted.channel == "email")
    report = co_await put_mails(story.body, order, wanted.load.rate);
  else
    report = co_await play_load(runtime.context(), story.body, order, wanted.load);
  print(wanted, report);
  code = report.accepted == order.size() ? good : failed;
  if (wanted.demo && code == good) {
    auto database = open_database(settings_with_database());
    boost::asio::thread_pool blocking(1);
    const bool arrived = co_await wait_for_media(blocking, database, before + story.messages);
    code = arrived ? good : failed;
    if (arrived && wanted.channel == "ringostat") {
      const auto criteria = config::load_settings().value.call_review.criteria;
      const auto reviewed = database.transact([&](pqxx::work& in) { return add_demo_reviews(in, criteria); });
      std::cout << reviewed << " calls reviewed" << std::endl;
    }
  }
  runtime.stop();
}

simulate_wishes read_wishes(const words& arguments) {
  simulate_wishes wanted;
  std::uint64_t seed = 0;
  options::options_description known;
  known.add_options()("demo", options::bool_switch(&wanted.demo),
                      "the profile's customers for some seconds, and wait until all they sent is stored")(
      "platform", options::bool_switch(&wanted.platform_only), "only serve pictures and the bot API, until Ctrl-C")(
      "rate", options::value(&wanted.load.rate)->value_name("N"), "callbacks a second; 0: as fast as they are answered")(
      "count", options::value(&wanted.stories.count)->value_name("N"), "how many callbacks; without it every story is told once")(
      "customers", options::value(&wanted.stories.customers)->value_name("N"), "how many people write")(
      "seed", options::value(&seed)->value_name("S"), "the same seed plays the same; without it another one each time")(
      "album", options::value(&wanted.stories.album)->implicit_value(10)->value_name("N"),
      "everybody only sends N pictures at one moment")("duplicates", options::value(&wanted.delivery.duplicates)->value_name("P"),
                                                       "share of the callbacks that come two to five times")(
      "shuffle", options::bool_switch(&wanted.delivery.shuffle), "in any order")(
      "connections", options::value(&wanted.load.connections)->value_name("N"), "at most this many under way")(
      "channel", options::value(&wanted.channel)->value_name("NAME"),
      "viber, whatsapp, telegram, email, ringostat (calls), activity or bas (an ERP); without it viber, in the demo what the "
      "profile "
      "lives on")("account", options::value(&wanted.account)->default_value("main"), "whose webhook")(
      "url", options::value(&wanted.load.url), "the webhook's address; without it the running system's")(
      "token", options::value(&wanted.load.token), "signs the callbacks; without it the running system's")(
      "port", options::value(&wanted.port), "of the simulated platform")("json", options::bool_switch(&wanted.json),
                                                                         "print JSON");
  const auto given = read_options(arguments, known, {},
                                  "hubctl simulate [--demo | --platform] [--rate N] [--count N] [--customers N] [--seed S] ...");
  if (wanted.channel.empty()) {
    auto system = wanted.demo ? read_status(home_directory()) : status_lines{};
    wanted.channel = system["profile"] == "pilot-cars" ? "activity" : "viber";
  }
  constexpr std::array known_channels{"viber", "whatsapp", "telegram", "email", "ringostat", "activity", "bas"};
  if (std::find(known_channels.begin(), known_channels.end(), wanted.channel) == known_channels.end())
    throw usage_error("customers of channel " + wanted.channel +
                      " cannot be simulated; those of viber, whatsapp, telegram, email, ringostat, activity and bas can");
  if (wanted.channel == "whatsapp") {
    wanted.load.signature_header = "X-Hub-Signature-256";
    wanted.load.signature_prefix = "sha256=";
  }
  if (wanted.channel == "telegram") {
    wanted.load.signature_header = "X-Telegram-Bot-Api-Secret-Token";
    wanted.load.shows_token = true;
  }
  if (wanted.channel == "activity") {
    if (wanted.stories.album) throw usage_error("--album: a website sends no pictures");
    wanted.load.signature_header = "X-Leadyard-Signature";
    if (!given.count("customers")) wanted.stories.customers = 10;
  }
  if (wanted.delivery.duplicates < 0 || wanted.delivery.duplicates > 1) throw usage_error("--duplicates is a share from 0 to 1");
  if (wanted.stories.customers == 0) throw usage_error("--customers takes a number from 1");
  if (!given.count("customers") && wanted.stories.count > 60) wanted.stories.customers = wanted.stories.count / 5;
  if (!given.count("rate")) wanted.load.rate = 8;
  if (!given.count("seed"))
    seed = wanted.demo ? 1 : static_cast<std::uint64_t>(real_clock().now().time_since_epoch().count() % 1'000'000);
  wanted.stories.seed = wanted.delivery.seed = seed;
  wanted.stories.media_url.clear();
  if (wanted.load.rate > 0)
    wanted.stories.step =
        std::chrono::milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(1000 / wanted.load.rate)));
  return wanted;
}

}  // namespace

int simulate(const words& arguments) {
  auto wanted = read_wishes(arguments);
  if (!wanted.platform_only || wanted.load.token.empty()) find_system(wanted);
  log::set_level(log::level::warn);

  async::runtime runtime;
  simulated_viber platform(runtime.context(), {.port = wanted.port, .token = wanted.load.token});
  platform.set_webhook(wanted.load.url);
  platform.start();
  runtime.on_stop("platform", [&] { return platform.stop(); });
  int code = good;
  if (wanted.platform_only)
    std::cout << "serving " << platform.url() << ", bot API under " << platform.url() << "/pa, until Ctrl-C" << std::endl;
  else if (wanted.channel == "bas")
    runtime.spawn("play", play_erp(runtime, wanted, code));
  else
    runtime.spawn("play", play(runtime, platform, wanted, code));
  const int ended = runtime.run();
  if (ended == 0 && code == good && wanted.demo && wanted.channel == "activity") {
    auto database = open_database(settings_with_database());
    std::cout << tell_pilot_cars_story(database, running_system()["console"]) << std::flush;
  }
  return ended != 0 ? ended : code;
}

}  // namespace hub::ctl
