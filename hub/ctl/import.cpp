// hubctl import: customers, leads and vehicles of another CRM or a sheet.

#include "hub/base/text.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/home.hpp"
#include "hub/ctl/import_kinds.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/ctl/terminal.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iostream>

namespace hub::ctl {

namespace {

constexpr std::size_t rows_at_once = 500;

struct import_wishes {
  std::string kind, file, source = "import";
  std::vector<std::string> maps;
  std::vector<std::pair<std::string, std::string>> map;
  bool dry_run = false, json = false;
};

struct outcome {
  import_counts counts;
  std::size_t rows = 0;
  std::vector<std::string> unknown;  ///< headings that were ignored
  bool written = false;
};

import_context context_of(const config::settings& settings, db::connection& database, const std::string& source) {
  import_context made{source, settings.privacy.fingerprint_key, nullptr};
  if (made.key.empty())
    throw error(failure::permanent, "settings", "privacy.fingerprint_key is not set: phone numbers cannot be made fingerprints");
  const auto text = database.transact([](pqxx::work& tx) {
    const auto rows = tx.exec("select text from rule_version where active");
    return rows.empty() ? std::string() : rows[0][0].as<std::string>();
  });
  if (!text.empty()) made.rules = routing::read_rules(text, "rules in force").rules;
  return made;
}

/// Who imported what, beside the rows themselves.
void write_audit(pqxx::work& tx, const import_wishes& wanted, const import_counts& done) {
  if (done.fresh + done.changed == 0) return;
  tx.exec_params0(
      "insert into audit (program, action, subject, details) values ('hubctl', 'import', 'import:' || $1,"
      " jsonb_build_object('by', $2::text, 'source', $3::text, 'new', $4::bigint, 'changed', $5::bigint))",
      wanted.kind, operator_name(), wanted.source, done.fresh, done.changed);
}

/// Two transactions that each wait for the other: one is broken off by the server and may begin again.
bool may_begin_again(const db::error& e) { return e.sqlstate() == "40P01" || e.sqlstate() == "40001"; }

/// A few hundred rows looked up by key, in tables of any size: the planner of a table that was empty a minute ago would
/// read all of it for each.
void look_up_by_key(pqxx::work& tx) {
  tx.exec("set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off");
}

template <class Kind>
import_counts write_batch(Kind& kind, const import_wishes& wanted, db::connection& database, import_problems& wrong) {
  for (int attempt = 1;; ++attempt) {
    try {
      auto told = wrong;  // what a transaction that is broken off complained of counts for nothing
      const auto done = database.transact([&](pqxx::work& tx) {
        look_up_by_key(tx);
        const auto counts = kind.write(tx, told);
        write_audit(tx, wanted, counts);
        return counts;
      });
      wrong = std::move(told);
      return done;
    } catch (const db::error& e) {
      if (attempt == 5 || !may_begin_again(e)) throw;
    }
  }
}

template <class Kind>
import_counts look_at_batch(Kind& kind, db::connection& database, import_problems& wrong) {
  return database.transact([&](pqxx::work& tx) {
    look_up_by_key(tx);
    return kind.look(tx, wrong);
  });
}

/// A sheet's row has as many cells as the header.
bool fits(const csv_row& row, const import_columns& columns, import_problems& wrong) {
  for (const auto& fault : row.faults) wrong.add(fault.line, fault.column, fault.what);
  if (!row.faults.empty()) return false;
  const auto wanted = columns.of.size(), found = row.fields.size();
  if (found == wanted) return true;
  wrong.add(row.line, found > wanted ? row.fields[wanted].column : 1,
            "expected " + std::to_string(wanted) + " columns, as in the header; found " + std::to_string(found));
  return false;
}

/// Reads the whole file, and writes it or only looks.
template <class Kind>
outcome go_through(const std::string& text, const import_wishes& wanted, const import_context& context, db::connection& database,
                   import_problems& wrong, bool write) {
  outcome made;
  csv_reader reader(text);
  csv_row row;
  if (!reader.next(row)) {
    wrong.add(1, 1, "the file is empty: expected a header");
    return made;
  }
  for (const auto& fault : row.faults) wrong.add(fault.line, fault.column, fault.what);
  if (wrong.count() > 0) return made;
  const auto columns = read_header(row, Kind::fields(), wanted.map, wrong);
  made.unknown = columns.unknown;
  if (wrong.count() > 0) return made;

  Kind kind(context);
  const auto pass_on = [&] {
    if (kind.size() == 0) return;
    made.counts += write ? write_batch(kind, wanted, database, wrong) : look_at_batch(kind, database, wrong);
    kind.clear();
  };
  while (reader.next(row)) {
    ++made.rows;
    const auto before = wrong.count();
    const bool taken = fits(row, columns, wrong);
    if (taken) kind.take(import_cells(row, columns, wrong));
    if (wrong.count() > before) {
      ++made.counts.refused;
      if (taken) kind.drop_last();
    }
    if (kind.size() >= rows_at_once) pass_on();
  }
  pass_on();
  made.written = write;
  return made;
}

template <class Kind>
outcome import_file(const import_wishes& wanted, import_problems& wrong) {
  const auto text = read_sheet(wanted.file);
  const auto settings = settings_with_database();
  auto database = open_database(settings);
  const auto context = context_of(settings, database, wanted.source);
  auto looked = go_through<Kind>(text, wanted, context, database, wrong, false);
  if (wanted.dry_run || wrong.count() > 0) return looked;
  return go_through<Kind>(text, wanted, context, database, wrong, true);
}

std::string verdict(const import_wishes& wanted, const outcome& done, const import_problems& wrong) {
  if (done.written && wrong.count() > 0) return "written but for the refused rows";
  if (done.written) return "written";
  if (wrong.count() > 0) return "nothing was written";
  return wanted.dry_run ? "dry run: nothing was written" : "nothing to write";
}

void print(const import_wishes& wanted, const outcome& done, const import_problems& wrong) {
  const auto& c = done.counts;
  const auto told = wrong.in_order();
  for (const auto& problem : told) std::cerr << to_text(problem) << "\n";
  if (wrong.count() > told.size()) std::cerr << "and " << wrong.count() - told.size() << " more problems\n";
  if (!done.unknown.empty()) {
    std::cerr << "warning: columns that are ignored:";
    for (const auto& name : done.unknown) std::cerr << " " << name << (&name == &done.unknown.back() ? "\n" : ",");
  }
  table printed({wanted.kind == "customers" ? "CUSTOMERS"
                 : wanted.kind == "leads"   ? "LEADS"
                                            : "VEHICLES",
                 ">ROWS", ">NEW", ">CHANGED", ">UNCHANGED", ">REFUSED"});
  printed.add({"from " + wanted.source, std::to_string(done.rows), std::to_string(c.fresh), std::to_string(c.changed),
               std::to_string(c.unchanged), std::to_string(c.refused)});
  std::cout << printed.text();
  if (c.alike > 0)
    std::cout << c.alike << (c.alike == 1 ? " pair" : " pairs") << " with one phone number, for a person to judge\n";
  std::cout << verdict(wanted, done, wrong) << "\n";
}

void print_json(const import_wishes& wanted, const outcome& done, const import_problems& wrong) {
  boost::json::array problems, unknown;
  for (const auto& p : wrong.in_order()) problems.push_back({{"where", p.where}, {"what", p.what}, {"value", p.value}});
  for (const auto& name : done.unknown) unknown.emplace_back(name);
  const auto& c = done.counts;
  std::cout << boost::json::serialize(boost::json::object{{"kind", wanted.kind},
                                                          {"source", wanted.source},
                                                          {"dry_run", wanted.dry_run},
                                                          {"written", done.written},
                                                          {"rows", done.rows},
                                                          {"new", c.fresh},
                                                          {"changed", c.changed},
                                                          {"unchanged", c.unchanged},
                                                          {"refused", c.refused},
                                                          {"possible_same", c.alike},
                                                          {"ignored_columns", std::move(unknown)},
                                                          {"problem_count", wrong.count()},
                                                          {"problems", std::move(problems)}})
            << "\n";
}

/// "Тел. клієнта=phone"
void read_map(import_wishes& wanted, const std::vector<import_field>& fields) {
  for (const auto& each : wanted.maps) {
    const auto at = each.rfind('=');
    if (at == std::string::npos || at == 0) throw usage_error("--map is COLUMN=FIELD");
    const auto field = each.substr(at + 1);
    std::string known;
    bool found = false;
    for (const auto& f : fields) known += (known.empty() ? "" : ", ") + f.name, found = found || f.name == field;
    if (!found) throw usage_error("--map: there is no field of that name; " + wanted.kind + " have " + known);
    wanted.map.emplace_back(each.substr(0, at), field);
  }
}

template <class Kind>
int run(import_wishes& wanted) {
  read_map(wanted, Kind::fields());
  import_problems wrong(wanted.file);
  const auto done = import_file<Kind>(wanted, wrong);
  wanted.json ? print_json(wanted, done, wrong) : print(wanted, done, wrong);
  return wrong.count() > 0 ? failed : good;
}

}  // namespace

int import_sheet(const words& arguments) {
  import_wishes wanted;
  options::options_description known;
  known.add_options()("kind", options::value(&wanted.kind))("file", options::value(&wanted.file))(
      "source", options::value(&wanted.source), "whose ids these are; the same name at every repetition (import)")(
      "map", options::value(&wanted.maps)->composing(), "COLUMN=FIELD: what a column is, when its heading does not say so")(
      "dry-run", options::bool_switch(&wanted.dry_run), "write nothing, say what would happen")(
      "json", options::bool_switch(&wanted.json), "for programs");
  options::positional_options_description positional;
  positional.add("kind", 1).add("file", 1);
  static const std::string usage =
      "hubctl import customers|leads|vehicles FILE.csv [--dry-run] [--source NAME] [--map COLUMN=FIELD]... [--json]";
  read_options(arguments, known, positional, usage);
  if (wanted.file.empty()) throw usage_error("a file is missing\nUsage: " + usage);
  const auto plain = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  if (wanted.source.empty() || wanted.source.size() > 32 || !std::all_of(wanted.source.begin(), wanted.source.end(), plain) ||
      shown(wanted.source) != wanted.source)
    throw usage_error("--source has small letters, digits, dots, dashes and underlines, 32 at most");
  if (wanted.kind == "customers") return run<customers_import>(wanted);
  if (wanted.kind == "leads") return run<leads_import>(wanted);
  if (wanted.kind == "vehicles") return run<vehicles_import>(wanted);
  throw usage_error("say customers, leads or vehicles\nUsage: " + usage);
}

}  // namespace hub::ctl
