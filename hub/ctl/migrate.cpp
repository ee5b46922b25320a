// hubctl migrate: brings the database to the schema this build needs. `hubctl up` does the same at its start.

#include "hub/base/failure.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/db/migrate.hpp"

#include <iostream>

namespace hub::ctl {

int migrate(const words& arguments) {
  bool dry_run = false;
  std::string url;
  options::options_description known;
  known.add_options()("dry-run", options::bool_switch(&dry_run), "only say what would be applied")(
      "url", options::value(&url)->value_name("URL"),
      "postgresql://... instead of the database of the settings or the running system");
  read_options(arguments, known, {}, "hubctl migrate [--dry-run] [--url URL]");

  const auto loaded = config::load_settings();
  const auto files = db::read_migrations(installation_directory(loaded) + "/deploy/migrations");
  const auto database = url.empty() ? settings_with_database().database.url : secret(url);
  const auto report = db::migrate(database, files, dry_run);
  for (const auto& name : report.applied) std::cout << (dry_run ? "would apply " : "applied ") << name << "\n";
  if (report.applied.empty())
    std::cout << "nothing to apply; the database is at version " << report.version << "\n";
  else if (dry_run)
    std::cout << "the database is at version " << report.version << "; nothing was changed\n";
  else
    std::cout << "the database is at version " << report.version << " now\n";
  return good;
}

}  // namespace hub::ctl
