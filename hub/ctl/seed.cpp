// hubctl seed: who and what a hub starts with, and the removal of what the demo left. Safe to repeat.

#include "config/staff.hpp"
#include "hub/base/crypto.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/demo_rows.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/staff_rows.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/media/store.hpp"

#include <array>
#include <filesystem>
#include <iostream>

namespace hub::ctl {

namespace {

namespace fs = std::filesystem;

struct demo_vehicle {
  const char *make, *model, *vin, *colour;
  int year, price, mileage;
};
// The identification numbers belong to no car: no maker has the code 0DE.
constexpr std::array<demo_vehicle, 12> vehicles{{
    {"Skoda", "Octavia A7", "0DEM0000000000001", "silver", 2019, 14200, 148000},
    {"Volkswagen", "Golf VII", "0DEM0000000000002", "white", 2018, 13500, 121000},
    {"Renault", "Megane", "0DEM0000000000003", "grey", 2017, 9800, 163000},
    {"Toyota", "RAV4", "0DEM0000000000004", "blue", 2020, 27900, 64000},
    {"Hyundai", "Tucson", "0DEM0000000000005", "black", 2021, 26500, 41000},
    {"Kia", "Sportage", "0DEM0000000000006", "red", 2019, 21400, 87000},
    {"Mazda", "CX-5", "0DEM0000000000007", "burgundy", 2018, 20300, 96000},
    {"BMW", "X3", "0DEM0000000000008", "white", 2017, 26800, 118000},
    {"Nissan", "Leaf", "0DEM0000000000009", "green", 2020, 15900, 52000},
    {"Ford", "Kuga", "0DEM0000000000010", "orange", 2018, 16700, 102000},
    {"Honda", "CR-V", "0DEM0000000000011", "beige", 2019, 24100, 79000},
    {"Audi", "A4", "0DEM0000000000012", "black", 2018, 22600, 110000},
}};

std::string profile_staff(const std::string& profile) {
  const auto loaded = config::load_settings();
  return installation_directory(loaded) + "/config/profiles/" + profile + "/staff.yaml";
}

struct new_person {
  std::string email, name, role, password;
};

/// Everybody of the profile who is not there yet. An admin gets a password, in the demo everybody does.
std::vector<new_person> add_people(pqxx::work& in, const std::vector<config::staff_member>& people, bool demo) {
  std::vector<new_person> added;
  const auto add = [&](const std::string& email, const std::string& name, const std::string& role, bool signs_in,
                       const std::string& extension) {
    if (!in.exec_params("select 1 from staff where email = lower($1)", email).empty()) return;
    const auto password = signs_in ? std::optional(make_password()) : std::nullopt;
    if (add_staff(in, email, name, role, password)) added.push_back({email, name, role, password.value_or("")});
    if (!extension.empty())
      in.exec_params(
          "update staff set extension = $2 where email = lower($1) and not exists (select from staff where extension = $2)",
          email, extension);
  };
  for (const auto& person : people)
    add(person.email, person.name, std::string(name_of(person.role)), demo || person.role == config::staff_role::admin,
        person.extension);
  if (in.exec("select 1 from staff where role = 'admin' and active").empty())
    add("admin@localhost", "Administrator", "admin", true, "");
  return added;
}

std::size_t add_vehicles(pqxx::work& in) {
  std::size_t added = 0;
  for (const auto& v : vehicles)
    added += in.exec_params(
                   "insert into vehicle (make, model, year, vin, price, colour, mileage, demo) values ($1, $2, $3, $4, $5, $6, "
                   "$7, true)"
                   " on conflict (vin) do nothing",
                   v.make, v.model, v.year, v.vin, v.price, v.colour, v.mileage)
                 .affected_rows();
  return added;
}

int remove(db::connection& database, const config::settings& settings) {
  std::vector<std::string> files;
  const auto removed = database.transact([&](pqxx::work& in) {
    files.clear();
    return remove_demo_rows(in, files);
  });
  const fs::path directory = fs::path(home_directory()) / settings.media.directory;
  if (fs::exists(directory)) {
    media::store store(directory.string());
    for (const auto& hash : files) store.remove(hash);
  }
  // Played again on the next `up --demo`.
  std::error_code missing;
  for (const auto* const once : {"/demo.played", "/demo.bas.played"}) fs::remove(home_directory() + once, missing);
  table printed({"REMOVED", ">ROWS"});
  for (const auto& line : removed) printed.add({line.what, std::to_string(line.rows)});
  printed.add({"media files", std::to_string(files.size())});
  std::cout << printed.text();
  return good;
}

}  // namespace

int seed(const words& arguments) {
  bool demo = false, removing = false;
  options::options_description known;
  known.add_options()("demo", options::bool_switch(&demo), "vehicles too, and a password for everybody")(
      "remove", options::bool_switch(&removing),
      "remove simulated customers, their leads, messages and media, and demo vehicles");
  read_options(arguments, known, {}, "hubctl seed [--demo | --remove]");
  const auto settings = settings_with_database();
  auto database = open_database(settings);
  if (removing) return remove(database, settings);

  const auto file = profile_staff(settings.profile);
  const auto read = config::read_staff_file(file);
  if (!read.problems.empty()) throw error(failure::permanent, "staff", to_text(read.problems));
  std::size_t cars = 0;
  const auto added = database.transact([&](pqxx::work& in) {
    auto people = add_people(in, read.staff, demo);
    cars = demo ? add_vehicles(in) : 0;
    return people;
  });
  if (cars) std::cout << cars << " demo vehicles added\n";
  if (added.empty()) {
    std::cout << "everybody of " << file << " is there already\n";
    return good;
  }
  table printed({"SIGN IN WITH", "PASSWORD (shown once)", "ROLE", "NAME"});
  for (const auto& person : added)
    printed.add({person.email, person.password.empty() ? "-" : person.password, person.role, person.name});
  std::cout << printed.text();
  return good;
}

}  // namespace hub::ctl
