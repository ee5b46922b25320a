// hubctl erase: a customer is forgotten, as POST /api/v1/customers/{id}/erase does it, for when nobody can sign in.

#include "hub/ctl/database.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/media/store.hpp"
#include "hub/media/thumbnails.hpp"

#include <filesystem>
#include <iostream>

namespace hub::ctl {

namespace {

namespace fs = std::filesystem;

struct affected {
  std::string names;  ///< of the whole link
  std::int64_t customers = 0, leads = 0, messages = 0, calls = 0, files = 0;
};

affected look(db::connection& database, std::int64_t id) {
  return database.transact([&](pqxx::work& in) {
    const auto row = in.exec_params1(
        "with people as (select link_of($1) as id)"
        " select coalesce(string_agg(coalesce(nullif(trim(c.first_name || ' ' || c.last_name), ''), nullif(c.company_name, ''),"
        " 'customer ' || c.id), ', ' order by c.id), '') as names, count(*) as customers,"
        " (select count(*) from lead l where l.customer_id in (select id from people)) as leads,"
        " (select count(*) from message m where m.customer_id in (select id from people)) as messages,"
        " (select count(*) from call_record k where k.customer_id in (select id from people)) as calls,"
        " (select count(*) from media z where z.customer_id in (select id from people)) as files"
        " from customer c where c.id in (select id from people)",
        id);
    return affected{row["names"].as<std::string>(),     row["customers"].as<std::int64_t>(), row["leads"].as<std::int64_t>(),
                    row["messages"].as<std::int64_t>(), row["calls"].as<std::int64_t>(),     row["files"].as<std::int64_t>()};
  });
}

/// The hashes of files that nobody shows any more.
std::vector<std::string> forget(db::connection& database, std::int64_t id) {
  return database.transact([&](pqxx::work& in) {
    std::vector<std::string> files;
    in.exec("select lock_links()");
    for (const auto& row : in.exec_params("select erase_customer($1, null, now())", id))
      files.push_back(row[0].as<std::string>());
    in.exec_params(
        "insert into audit (program, action, subject, details) values ('hubctl', 'customer_erase', 'customer:' || $1::bigint,"
        " jsonb_build_object('by', $2::text, 'files', $3::bigint))",
        id, operator_name(), static_cast<std::int64_t>(files.size()));
    return files;
  });
}

/// After the rows: a file without a row is litter, a row without its file would be a lie.
void remove_files(db::connection& database, const std::string& directory, const std::vector<std::string>& files) {
  if (files.empty() || !fs::exists(directory)) return;
  media::store store(directory);
  for (const auto& sha256 : files) {
    // Somebody else may have sent the same picture meanwhile.
    const bool needed = database.transact(
        [&](pqxx::work& in) { return !in.exec_params("select 1 from media where sha256 = $1", sha256).empty(); });
    if (needed) continue;
    store.remove(sha256);
    media::remove_thumbnails(media::thumbnails_beside(directory), sha256);
  }
}

}  // namespace

int erase(const words& arguments) {
  bool yes = false;
  std::int64_t id = 0;
  options::options_description known;
  known.add_options()("yes", options::bool_switch(&yes), "do not ask")("customer", options::value(&id), "");
  options::positional_options_description positional;
  positional.add("customer", 1);
  const std::string usage = "hubctl erase CUSTOMER [--yes]";
  read_options(arguments, known, positional, usage);
  if (id <= 0) throw usage_error("the customer's number is missing\nUsage: " + usage);

  const auto settings = settings_with_database();
  auto database = open_database(settings);
  const auto found = look(database, id);
  if (found.customers == 0) throw error(failure::permanent, "customer", "there is no customer " + std::to_string(id));
  std::cout << found.names << ": " << found.leads << " leads, " << found.messages << " messages, " << found.calls << " calls, "
            << found.files << " files\n";
  if (!yes && !confirm("Names, addresses, texts and files go for good; leads, calls and sales stay as counted rows. Go on?")) {
    std::cerr << "Nothing was erased; --yes answers for you.\n";
    return failed;
  }
  const auto files = forget(database, id);
  remove_files(database, (fs::path(home_directory()) / settings.media.directory).string(), files);
  std::cout << "customer " << id << " is forgotten; " << files.size() << (files.size() == 1 ? " file" : " files") << " removed\n";
  return good;
}

}  // namespace hub::ctl
