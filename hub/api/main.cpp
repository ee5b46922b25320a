// hub-api: the HTTP API and the page people work in. Reads the whole database, asks no platform: what only a platform can do
// it asks of hub-connector.

#include "config/settings.hpp"
#include "hub/api/routes.hpp"
#include "hub/async/runtime.hpp"
#include "hub/base/announce.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/http/server.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>

namespace {

using namespace std::chrono_literals;

hub::http::listen_options listening(const config::listener& on) {
  hub::http::listen_options made;
  made.address = on.address;
  made.port = on.port;
  made.next_free_port = true;
  made.tls = {on.tls.certificate, on.tls.key};
  made.trusted_proxies = on.trusted_proxies;
  return made;
}

/// Keeps `/readyz` true to the moment also while nobody asks for anything.
hub::async::task<> keep_probing(hub::api::services& with) {
  for (;;) {
    auto probe = [](pqxx::work& sql) { sql.exec("select 1"); };
    try {
      co_await with.db.run(probe);
    } catch (const hub::error&) {
      // queries remembers what it said; readyz shows it
    }
    co_await hub::async::sleep_for(5s);
  }
}

int serve(const config::loaded& from) {
  const auto& settings = from.value;
  hub::async::runtime loop;
  hub::db::connect_options database;
  database.url = settings.database.url;
  database.deadline = settings.database.deadline;
  database.application_name = "hub-api";
  const auto media = std::filesystem::path(from.home) / settings.media.directory;
  hub::api::services with(database, 4, media.string(), hub::real_clock());

  with.kept = {std::chrono::duration_cast<std::chrono::seconds>(settings.retention.events),
               std::chrono::duration_cast<std::chrono::seconds>(settings.retention.quarantine_bodies)};

  with.notify = {!settings.notify.email.empty(), !settings.notify.telegram.empty(), !settings.api.public_url.empty(),
                 settings.notify.telegram_bot};
  with.criteria = settings.call_review.criteria;
  for (const auto& [channel, accounts] : settings.connectors)
    for (const auto& [account, node] : accounts) with.accounts[channel].push_back(account);

  hub::http::client client(loop.context());
  with.connectors = {&client,
                     [home = from.home] {
                       const auto port = hub::announced_port(home, "hub-connector", "admin");
                       return port ? "http://127.0.0.1:" + std::to_string(*port) : std::string();
                     },
                     settings.internal.token};

  hub::http::server api(loop.context(), "api", hub::api::make_routes(with), listening(settings.api.listen));
  hub::http::router admin_routes;
  hub::http::add_admin_routes(admin_routes, [&] { return with.db.trouble(); });
  hub::http::listen_options admin_at;
  admin_at.address = settings.admin.address;
  admin_at.port = settings.admin.port;
  admin_at.next_free_port = true;
  hub::http::server admin(loop.context(), "admin", std::move(admin_routes), admin_at);

  admin.start();
  loop.on_stop("admin", [&] { return admin.stop(); });
  api.start();
  loop.on_stop("api", [&] { return api.stop(); });
  hub::announce(from.home, "hub-api", {{"admin", admin.port()}, {"api", api.port()}, {"console", api.port()}});
  loop.spawn("probe", keep_probing(with));
  hub::log::info("ready", {{"api_port", api.port()}, {"admin_port", admin.port()}});
  return loop.run(10s);
}

}  // namespace

int main(int argc, char** argv) {
  const auto loaded = config::load_settings(argc > 1 ? argv[1] : "");
  hub::log::start("hub-api", loaded.value.log.level);
  if (!loaded.problems.empty()) {
    std::cerr << to_text(loaded.problems) << "\n";
    return 2;
  }
  try {
    return serve(loaded);
  } catch (const std::exception& e) {
    hub::log::error("cannot start", {{"error", e.what()}});
    return 1;
  }
}
