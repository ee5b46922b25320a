#include "workers/rules_file.hpp"

#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "routing/rules.hpp"
#include "workers/store/rules.hpp"

#include <fstream>
#include <iterator>

namespace workers {

namespace {

routing::rules_read read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open()) return {nullptr, {hub::problem(path, "cannot be read")}, {}};
  return routing::read_rules(text, path);
}

void tell(const routing::rules_read& read, const std::string& path) {
  static auto& good =
      hub::metrics::gauge("hub_config_last_reload_successful", "1 when the rules file was good the last time it was read.");
  good.Set(read.rules ? 1 : 0);
  for (const auto& p : read.warnings) hub::log::warn("rules file", {{"file", path}, {"lint", hub::to_text(p)}});
}

}  // namespace

void ensure_rules(hub::db::connection& database, const std::string& path) {
  const auto read = read_file(path);
  tell(read, path);
  database.transact([&](pqxx::work& tx) {
    // Two workers may start at once; one activates.
    tx.exec("select pg_advisory_xact_lock(hashtext('leadyard rules'))");
    if (!tx.exec("select from rule_version where active").empty()) return;
    if (!read.rules)
      throw hub::error(hub::failure::permanent, "rules",
                       "no rules are in force and the file is refused:\n" + hub::to_text(read.problems));
    store::rules::activate(tx, *read.rules, "first start");
    hub::log::info("rules activated", {{"file", path}, {"hash", read.rules->hash}});
  });
}

hub::problems apply_rules(hub::db::connection& database, const std::string& path, const std::string& author) {
  const auto read = read_file(path);
  tell(read, path);
  if (!read.rules) return read.problems;
  database.transact([&](pqxx::work& tx) {
    tx.exec("select pg_advisory_xact_lock(hashtext('leadyard rules'))");
    store::rules::activate(tx, *read.rules, author);
  });
  return {};
}

}  // namespace workers
