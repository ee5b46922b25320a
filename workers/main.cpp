// hub-worker: takes events from the broker into the database (ingest), fetches their files (media), sends replies (sender), does
// what is due by the clock (clock) and what the back office is owed (office). Holds the database, never a platform's credentials.

#include "config/profile.hpp"
#include "config/settings.hpp"
#include "hub/async/runtime.hpp"
#include "hub/async/within.hpp"
#include "hub/base/announce.hpp"
#include "hub/base/log.hpp"
#include "hub/http/server.hpp"
#include "hub/media/store.hpp"
#include "workers/clock/pool.hpp"
#include "workers/media/pool.hpp"
#include "workers/office/pool.hpp"
#include "workers/partitions.hpp"
#include "workers/pool.hpp"
#include "workers/rules_file.hpp"
#include "workers/sender/pool.hpp"

#include <boost/asio/thread_pool.hpp>

#include <unistd.h>
#include <filesystem>
#include <iostream>

namespace {

int usage() {
  std::cerr << "hub-worker [--config FILE]\n";
  return 2;
}

/// Where hub-connector's admin port is now; it changes when it restarts.
std::function<std::string()> connector_url_of(const config::loaded& loaded) {
  return [home = loaded.home] {
    const auto ports = hub::announced(home, "hub-connector");
    const auto admin = ports.find("admin");
    return admin == ports.end() ? std::string() : "http://127.0.0.1:" + std::to_string(admin->second);
  };
}

std::string this_process() {
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return std::string(host) + ":" + std::to_string(::getpid());
}

workers::media::media_options media_options_of(const config::loaded& loaded) {
  workers::media::media_options options;
  options.database = workers::database_options(loaded.value);
  options.connector_url = connector_url_of(loaded);
  options.internal_token = loaded.value.internal.token;
  options.max_size = loaded.value.media.max_size;
  options.fetchers = loaded.value.media.fetchers;
  options.process = this_process();
  return options;
}

workers::sender::sender_options sender_options_of(const config::loaded& loaded) {
  workers::sender::sender_options options;
  options.database = workers::database_options(loaded.value);
  options.connector_url = connector_url_of(loaded);
  options.internal_token = loaded.value.internal.token;
  options.senders = loaded.value.sending.senders;
  for (const auto& [channel, policy] : loaded.value.sending.on_unknown)
    if (policy == config::unknown_policy::resend) options.resent.push_back(channel);
  const auto& notify = loaded.value.notify;
  options.notices = {notify.email, !notify.telegram.empty(), config::without_slash(loaded.value.api.public_url)};
  options.process = this_process();
  return options;
}

int run(const std::string& config_file) {
  const auto loaded = config::load_settings(config_file);
  if (!loaded.problems.empty()) {
    std::cerr << hub::to_text(loaded.problems);
    return 1;
  }
  const auto& settings = loaded.value;
  hub::log::start("hub-worker", settings.log.level);

  hub::async::runtime runtime;
  boost::asio::thread_pool blocking(1);
  hub::db::connection database(workers::database_options(settings));
  workers::ensure_rules(database, config::rules_path(loaded));
  workers::make_partitions(database, hub::real_clock().now());

  hub::media::store files((std::filesystem::path(loaded.home) / settings.media.directory).string());
  workers::media::media_pool media(media_options_of(loaded), files);
  workers::sender::sender_pool senders(sender_options_of(loaded));
  workers::ingest_pool ingest(settings, hub::real_clock());
  workers::clock::clock_options clock_options{.database = workers::database_options(settings)};
  for (const auto& [channel, accounts] : settings.connectors)
    for (const auto& [account, node] : accounts) clock_options.accounts.emplace(channel, account);
  workers::clock::clock_pool clock(std::move(clock_options), hub::real_clock());

  const auto media_from = media_options_of(loaded);
  workers::office::office_pool office(
      {.database = workers::database_options(settings), .connector = {media_from.connector_url, media_from.internal_token}},
      hub::real_clock());

  hub::http::router routes;
  hub::http::add_admin_routes(routes, [&] { return ingest.not_ready(); });
  hub::http::server admin(runtime.context(), "admin", std::move(routes),
                          {.address = settings.admin.address, .port = settings.admin.port});

  admin.start();
  ingest.start();
  media.start();
  senders.start();
  clock.start();
  office.start();
  hub::announce(loaded.home, "hub-worker", {{"admin", admin.port()}});
  hub::log::info("ready", {{"shards", settings.ingest.shards}});

  // One thread owns this connection after the start: reloads and the daily partitions take turns on it.
  runtime.on_reload([&] {
    boost::asio::post(blocking, [&] {
      try {
        const auto problems = workers::apply_rules(database, config::rules_path(loaded), "SIGHUP");
        if (!problems.empty())
          hub::log::error("rules file refused; the rules in force stay", {{"problems", hub::to_text(problems)}});
      } catch (const std::exception& e) {
        hub::log::error("rules file not applied", {{"error", e.what()}});
      }
    });
  });
  runtime.spawn("partitions", workers::keep_partitions(blocking, database, settings.retention));
  runtime.on_stop("admin", [&] { return admin.stop(); });
  runtime.on_stop("media", [&] { return hub::async::on_thread(blocking, [&] { media.stop(); }); });
  runtime.on_stop("senders", [&] { return hub::async::on_thread(blocking, [&] { senders.stop(); }); });
  runtime.on_stop("clock", [&] { return hub::async::on_thread(blocking, [&] { clock.stop(); }); });
  runtime.on_stop("office", [&] { return hub::async::on_thread(blocking, [&] { office.stop(); }); });
  runtime.on_stop("ingest", [&] { return hub::async::on_thread(blocking, [&] { ingest.stop(); }); });

  const int code = runtime.run();
  blocking.join();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  std::string config_file;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag != "--config" || i + 1 == argc) return usage();
    config_file = argv[++i];
  }
  try {
    return run(config_file);
  } catch (const std::exception& e) {
    hub::log::error("cannot start", {{"error", e.what()}});
    return 1;
  }
}
