// hubctl user: the people who sign in.

#include "hub/base/announce.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/staff_rows.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/db/hashes.hpp"

#include <iostream>

namespace hub::ctl {

namespace {

struct user_wishes {
  std::string verb, email, name, role, extension;
  bool password_from_input = false;
};

/// Given on standard input, else made up and printed once.
std::string wanted_password(const user_wishes& wanted) {
  if (!wanted.password_from_input) return make_password();
  std::string line;
  std::getline(std::cin, line);
  const std::string password(trim(line));
  if (password.size() < 12) throw usage_error("a password has at least 12 characters");
  return password;
}

void print_password(const user_wishes& wanted, const std::string& password) {
  if (!wanted.password_from_input) std::cout << "password (shown once): " << password << "\n";
}

int add(db::connection& database, const user_wishes& wanted) {
  if (wanted.name.empty()) throw usage_error("--name is missing");
  const auto password = wanted_password(wanted);
  const bool added =
      database.transact([&](pqxx::work& in) { return add_staff(in, wanted.email, wanted.name, wanted.role, password); });
  if (!added) throw error(failure::permanent, "staff", wanted.email + " is staff already");
  std::cout << wanted.email << " added as " << wanted.role << "\n";
  print_password(wanted, password);
  return good;
}

int list(db::connection& database) {
  table printed({">ID", "E-MAIL", "NAME", "ROLE", "ACTIVE", "TEAMS", ">OPEN LEADS"});
  database.transact([&](pqxx::work& in) {
    for (const auto& row :
         in.exec("select s.id, s.email, s.name, s.role, s.active, s.open_leads,"
                 " coalesce((select string_agg(t.name, ', ' order by t.name) from team_member m join team t on t.id = m.team_id"
                 " where m.staff_id = s.id and t.active), '-') from staff s order by s.active desc, s.role, s.name"))
      printed.add({row[0].as<std::string>(), row[1].as<std::string>(), row[2].as<std::string>(), row[3].as<std::string>(),
                   row[4].as<bool>() ? "yes" : "no", row[6].as<std::string>(), row[5].as<std::string>()});
  });
  std::cout << printed.text();
  return good;
}

/// Signing in ends at once, and no rule chooses the person any more; open leads wait in their teams' queues.
int deactivate(db::connection& database, const user_wishes& wanted) {
  const auto open = database.transact([&](pqxx::work& in) -> int {
    const auto found =
        in.exec_params("select deactivate_staff((select id from staff where email = lower($1)), null, now())", wanted.email);
    return found[0][0].as<int>(-1);
  });
  if (open < 0) throw error(failure::permanent, "staff", wanted.email + " is not staff");
  std::cout << wanted.email << " deactivated";
  if (open > 0) std::cout << "; " << open << (open == 1 ? " open lead went" : " open leads went") << " to the queue";
  std::cout << "\n";
  return good;
}

int password(db::connection& database, const user_wishes& wanted) {
  const auto made = wanted_password(wanted);
  const auto hash = hash_password(made);
  const bool found = database.transact([&](pqxx::work& in) {
    const auto changed = in.exec_params(
        "update staff set password_hash = $2, updated_at = now() where email = lower($1) returning id", wanted.email, hash);
    if (changed.empty()) return false;
    in.exec_params("delete from web_session where staff_id = $1", changed[0][0].as<std::int64_t>());
    return true;
  });
  if (!found) throw error(failure::permanent, "staff", wanted.email + " is not staff");
  print_password(wanted, made);
  return good;
}

/// Where people open the console: as they know it, else where hub-api listens.
std::string console_address() {
  const auto known = system_settings().api.public_url;
  if (!known.empty()) return config::without_slash(known);
  const auto port = announced_port(home_directory(), "hub-api", "console");
  return "http://127.0.0.1:" + std::to_string(port.value_or(system_settings().api.listen.port));
}

/// For whoever is locked out, the only admin included. Whoever opens it sets the password; until then the old one holds.
int link(db::connection& database, const user_wishes& wanted) {
  const auto token = random_token();
  const bool found = database.transact([&](pqxx::work& in) {
    const auto whose = in.exec_params("select id from staff where email = lower($1) and active for no key update", wanted.email);
    if (whose.empty()) return false;
    const auto id = whose[0][0].as<std::int64_t>();
    in.exec_params("select make_password_link($1, $2, null, now(), interval '24 hours')", id, db::hash_of(token));
    in.exec_params(
        "insert into audit (program, action, subject, details) values ('hubctl', 'password_link_make', 'staff:' || $1::bigint,"
        " jsonb_build_object('by', $2::text))",
        id, operator_name());
    return true;
  });
  if (!found) throw error(failure::permanent, "staff", wanted.email + " is nobody who works here");
  std::cout << "link (shown once, good for 24 hours and one password): " << console_address() << "/#/password/" << token << "\n";
  return good;
}

/// By what the switchboard knows somebody: their calls are theirs from the next one on.
int extension(db::connection& database, const user_wishes& wanted) {
  const auto changed = database.transact([&](pqxx::work& in) {
    if (!wanted.extension.empty()) {
      const auto other =
          in.exec_params("select email from staff where extension = $1 and email <> lower($2)", wanted.extension, wanted.email);
      if (!other.empty())
        throw error(failure::permanent, "staff",
                    "extension " + wanted.extension + " is that of " + other[0][0].as<std::string>());
    }
    return in
        .exec_params("update staff set extension = nullif($2, ''), updated_at = now() where email = lower($1)", wanted.email,
                     wanted.extension)
        .affected_rows();
  });
  if (changed == 0) throw error(failure::permanent, "staff", wanted.email + " is not staff");
  std::cout << wanted.email << (wanted.extension.empty() ? " has no extension" : " has extension " + wanted.extension) << "\n";
  return good;
}

}  // namespace

int user(const words& arguments) {
  user_wishes wanted;
  options::options_description known;
  known.add_options()("verb", options::value(&wanted.verb))("email", options::value(&wanted.email))(
      "extension", options::value(&wanted.extension))("name", options::value(&wanted.name), "as colleagues and customers see it")(
      "role", options::value(&wanted.role)->default_value("manager"), "manager, supervisor, admin or analyst")(
      "password-stdin", options::bool_switch(&wanted.password_from_input),
      "read the password from standard input instead of making one");
  options::positional_options_description positional;
  positional.add("verb", 1).add("email", 1).add("extension", 1);
  static const std::string usage =
      "hubctl user add EMAIL --name NAME [--role ROLE] | list | deactivate EMAIL | password EMAIL |\n"
      "       hubctl user link EMAIL | extension EMAIL [EXTENSION]";
  read_options(arguments, known, positional, usage);
  if (wanted.verb != "list" && wanted.verb != "add" && wanted.verb != "deactivate" && wanted.verb != "password" &&
      wanted.verb != "link" && wanted.verb != "extension")
    throw usage_error("say add, list, deactivate, password, link or extension\nUsage: " + usage);
  if (wanted.verb != "list" && wanted.email.find('@') == std::string::npos)
    throw usage_error("an e-mail address is missing\nUsage: " + usage);
  if (wanted.role != "manager" && wanted.role != "supervisor" && wanted.role != "admin" && wanted.role != "analyst")
    throw usage_error("--role is manager, supervisor, admin or analyst");

  auto database = open_database(settings_with_database());
  if (wanted.verb == "add") return add(database, wanted);
  if (wanted.verb == "deactivate") return deactivate(database, wanted);
  if (wanted.verb == "password") return password(database, wanted);
  if (wanted.verb == "link") return link(database, wanted);
  if (wanted.verb == "extension") return extension(database, wanted);
  return list(database);
}

}  // namespace hub::ctl
