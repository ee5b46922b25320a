// hub-connector: webhooks in, canonical events out. Holds platform credentials, never the database.

#include "config/settings.hpp"
#include "connectors/host.hpp"
#include "connectors/intake.hpp"
#include "connectors/internal.hpp"
#include "connectors/media_shelf.hpp"
#include "connectors/refused.hpp"
#include "connectors/sends.hpp"
#include "connectors/spool.hpp"
#include "hub/amqp/publisher.hpp"
#include "hub/async/runtime.hpp"
#include "hub/async/within.hpp"
#include "hub/base/announce.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/http/client.hpp"
#include "hub/http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/program_options.hpp>

#include <sys/resource.h>
#include <filesystem>
#include <iostream>

namespace {

namespace options = boost::program_options;
using connectors::host;

options::variables_map read_flags(int count, char** values, options::options_description& known) {
  auto add = known.add_options();
  add("help", "what this program is and does");
  add("config", options::value<std::string>()->default_value(""), "settings file (default: config/hub.yaml)");
  add("check", "read the settings, print what is wrong with them, end with 0 or 1");
  add("describe-settings", "print the reference of all connectors' settings");
  options::variables_map given;
  options::store(options::parse_command_line(count, values, known), given);
  options::notify(given);
  return given;
}

void describe_settings() {
  for (const auto& kind : connectors::registry())
    std::cout << "### " << kind.channel << "\n\n" << kind.describe_settings() << "\n";
}

/// What only this program needs, beyond what the reader checks.
void check_needs(const config::loaded& from, hub::problems& found) {
  const auto need = [&](const hub::secret& s, const char* name) {
    if (s.empty()) found.push_back({from.file, std::string(name) + ": is empty; hub-connector needs it"});
  };
  need(from.value.broker.url, "broker.url");
  need(from.value.privacy.seal_key, "privacy.seal_key");
  need(from.value.privacy.fingerprint_key, "privacy.fingerprint_key");
  need(from.value.internal.token, "internal.token");
}

std::string below(const std::string& home, const std::string& path) { return (std::filesystem::path(home) / path).string(); }

hub::http::listen_options listening(const config::listener& from) {
  hub::http::listen_options to;
  to.address = from.address;
  to.port = from.port;
  to.next_free_port = true;
  to.tls.certificate = from.tls.certificate;
  to.tls.key = from.tls.key;
  to.trusted_proxies = from.trusted_proxies;
  return to;
}

/// Bodies are in memory here; a core file would put them on disk.
void forbid_core_files() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

hub::async::task<> sweep_media(connectors::media_shelf& shelf) {
  while (true) {
    shelf.sweep();
    co_await hub::async::sleep_for(std::chrono::minutes(10));
  }
}

/// While events wait on disk their media's links run out: the bytes are fetched now.
void keep_media_of(const std::vector<hub::message::event>& events, host& accounts, connectors::media_shelf& shelf,
                   hub::async::runtime& runtime) {
  for (const auto& e : events) {
    const auto* message = std::get_if<hub::message::chat_message>(&e.data);
    auto* const of = message ? accounts.find(e.channel, e.account) : nullptr;
    if (!of) continue;
    for (const auto& a : message->attachments)
      boost::asio::co_spawn(runtime.context(), shelf.keep(*of, a.reference), boost::asio::detached);
  }
}

int run(const config::loaded& from, std::vector<std::unique_ptr<connectors::connector>> made) {
  const auto& settings = from.value;
  const auto& clock = hub::real_clock();
  const auto spool_directory = below(from.home, settings.intake.spool_directory);

  hub::async::runtime runtime;
  hub::http::client http(runtime.context());
  connectors::spool files(runtime.executor(), {spool_directory, settings.intake.spool_limit});
  connectors::refused_ring refused(spool_directory + "/refused-" + std::to_string(files.number()), settings.privacy.seal_key);

  std::unique_ptr<hub::amqp::publisher> publisher;
  connectors::broker_link link;
  link.submit = [&](std::vector<hub::amqp::publication> list) { publisher->submit(std::move(list)); };
  link.ready = [&] { return publisher->ready(); };
  link.abandon = [&] { publisher->abandon(); };
  connectors::intake_options how;
  how.shards = settings.ingest.shards;
  how.confirm_wait = settings.intake.confirm_wait;
  connectors::intake events(runtime.context(), link, files, how);
  hub::amqp::publisher_options publishing;
  publishing.broker.url = settings.broker.url.reveal();
  publishing.broker.client_name = "hub-connector";
  publishing.shards = settings.ingest.shards;
  publisher = std::make_unique<hub::amqp::publisher>(
      publishing, [&](std::vector<hub::amqp::settlement> list) { events.settled(std::move(list)); });

  connectors::media_limits limits;
  limits.max_size = settings.media.max_size;
  limits.shelf_size = settings.intake.spool_limit;
  limits.allow_private_addresses = settings.media.allow_private_addresses;
  connectors::media_shelf shelf(spool_directory + "/media", limits, http, clock);

  host accounts(std::move(made), events, refused, settings.privacy.seal_key, clock);
  events.on_spooled([&](const std::vector<hub::message::event>& list) { keep_media_of(list, accounts, shelf, runtime); });
  const hub::media::store stored(below(from.home, settings.media.directory));
  const connectors::media_links links(settings.intake.public_url, settings.privacy.seal_key, stored, clock);
  connectors::sends sends(accounts, events, http, stored, links, spool_directory + "/sends.db", clock);
  const connectors::internal_parts parts{
      accounts, events, files, shelf, sends, http, settings.internal.token, settings.privacy.seal_key, clock};

  connectors::positions kept(spool_directory + "/positions");
  hub::http::router webhooks;
  accounts.add_webhooks(webhooks);
  links.add_route(webhooks);
  hub::http::router inside;
  hub::http::add_admin_routes(inside,
                              [&] { return files.is_writable() ? std::string() : std::string("the spool cannot be written"); });
  connectors::add_internal_routes(inside, parts);

  hub::http::listen_options admin_port;
  admin_port.address = settings.admin.address;
  admin_port.port = settings.admin.port;
  admin_port.next_free_port = true;
  hub::http::server admin(runtime.context(), "admin", std::move(inside), admin_port);
  hub::http::server front(runtime.context(), "webhooks", std::move(webhooks), listening(settings.intake.listen));
  admin.start();
  events.start();
  front.start();
  hub::announce(from.home, "hub-connector", {{"admin", admin.port()}, {"webhooks", front.port()}});
  hub::log::info("ready", {{"webhooks", front.port()}, {"admin", admin.port()}, {"spooled", files.pending()}});

  runtime.spawn("media sweep", sweep_media(shelf));
  runtime.spawn("send outcomes", sends.keep_publishing());
  for (const auto& [channel, of_channel] : accounts.accounts())
    for (const auto& [name, account] : of_channel)
      runtime.spawn("fetch " + channel + "/" + name,
                    accounts.fetch(channel, name, {http, kept, shelf, spool_directory + "/exchange"}));
  runtime.on_stop("admin", [&] { return admin.stop(); });
  runtime.on_stop("intake", [&] { return events.stop(); });
  runtime.on_stop("webhooks", [&] { return front.stop(); });
  const int code = runtime.run();
  // Its thread ends before what it reports to.
  publisher.reset();
  hub::log::info("stopped", {{"spooled", files.pending()}});
  return code;
}

}  // namespace

int main(int count, char** values) try {
  options::options_description known("hub-connector: takes what platforms send and hands it to the broker");
  const auto flags = read_flags(count, values, known);
  if (flags.contains("help")) {
    std::cout << known;
    return 0;
  }
  if (flags.contains("describe-settings")) {
    describe_settings();
    return 0;
  }
  forbid_core_files();
  auto from = config::load_settings(flags["config"].as<std::string>());
  auto made = connectors::make_connectors(from.value, hub::real_clock(), from.problems);
  // `hubctl up` supplies these; a check of the file does not ask for them.
  if (!flags.contains("check")) check_needs(from, from.problems);
  if (!from.problems.empty()) {
    std::cerr << hub::to_text(from.problems) << "\n";
    return 1;
  }
  if (flags.contains("check")) return 0;
  hub::log::start("hub-connector", from.value.log.level);
  return run(from, std::move(made));
} catch (const options::error& e) {
  std::cerr << "hub-connector: " << e.what() << "; see --help\n";
  return 2;
} catch (const std::exception& e) {
  hub::log::error("hub-connector ends", {{"why", e.what()}});
  return 1;
}
