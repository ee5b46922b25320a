#pragma once
// What hubctl import knows of customers, vehicles and leads. One object reads a file once: take() row by row, and for
// every few hundred rows look(), which only reads, or write(), which takes the locks in the order of all programs and
// looks again under them; then clear(). Both tell what became of the rows; rows that are refused are in `wrong`. A row that
// take() complained of is dropped again. Called by import.cpp in a transaction, one thread. Failures are pqxx's.

#include "hub/ctl/import_sheet.hpp"
#include "routing/rules.hpp"

#include <pqxx/pqxx>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hub::ctl {

/// Of one file, or of some rows of it.
struct import_counts {
  std::size_t fresh = 0, changed = 0, unchanged = 0, refused = 0;
  std::size_t alike = 0;  ///< pairs of customers with one phone number, for a person to judge
  import_counts& operator+=(const import_counts& more);
};

struct import_context {
  std::string source;                              ///< whose ids these are: "oldcrm"
  secret key;                                      ///< for fingerprints
  std::shared_ptr<const routing::rule_set> rules;  ///< in force; null before the first activation
};

/// Lines where each id of a file was first seen.
class import_ids {
 public:
  /// Complains of the second one.
  void take(const import_cells& from, std::string_view field, const std::string& id);

 private:
  std::map<std::string, std::size_t> lines_;
};

class customers_import {
 public:
  explicit customers_import(const import_context& context) : context_(context) {}
  static const std::vector<import_field>& fields();
  void take(const import_cells& from);
  void drop_last() { batch_.pop_back(); }
  std::size_t size() const { return batch_.size(); }
  void clear() { batch_.clear(); }
  import_counts look(pqxx::work& tx, import_problems& wrong);
  import_counts write(pqxx::work& tx, import_problems& wrong);

 private:
  struct row {
    std::string id, first_name, last_name, company_name, email, url, language;
    std::optional<instant> created;
    std::vector<std::string> fingerprints;
    std::int64_t customer = 0;
    bool fresh = false, changed = false;
  };
  void compare(pqxx::work& tx);
  void reserve(pqxx::work& tx);
  void insert(pqxx::work& tx);
  std::size_t join_fingerprints(pqxx::work& tx, bool write);
  import_counts counted() const;

  const import_context& context_;
  import_ids seen_;
  std::map<std::string, std::string> numbers_;  ///< whose fingerprint it is, among the file's rows
  std::size_t alike_in_file_ = 0;
  std::vector<row> batch_;
};

class vehicles_import {
 public:
  explicit vehicles_import(const import_context&) {}
  static const std::vector<import_field>& fields();
  void take(const import_cells& from);
  void drop_last() { batch_.pop_back(); }
  std::size_t size() const { return batch_.size(); }
  void clear() { batch_.clear(); }
  import_counts look(pqxx::work& tx, import_problems& wrong);
  import_counts write(pqxx::work& tx, import_problems& wrong);

 private:
  struct row {
    std::size_t line = 1, column = 1;
    std::string vin, make, model, plate, colour, status;
    std::optional<std::string> price, currency;
    std::optional<int> year, mileage;
  };
  pqxx::result compared(pqxx::work& tx) const;

  import_ids seen_;
  std::vector<row> batch_;
};

class leads_import {
 public:
  explicit leads_import(const import_context& context) : context_(context) {}
  static const std::vector<import_field>& fields();
  void take(const import_cells& from);
  void drop_last() { batch_.pop_back(); }
  std::size_t size() const { return batch_.size(); }
  void clear() { batch_.clear(); }
  import_counts look(pqxx::work& tx, import_problems& wrong);
  import_counts write(pqxx::work& tx, import_problems& wrong);

 private:
  struct row {
    std::size_t line = 1, id_column = 1, customer_column = 1, owner_column = 1;
    std::string key, customer_id, pipeline, stage, intent, owner, currency, notes, tags, close_reason;
    std::optional<std::string> value;
    std::optional<instant> created, closed;
    bool open = true, attaches = true;
    bool known = false, refused = false;
    std::int64_t customer = 0, staff = 0, team = 0;
  };
  void find(pqxx::work& tx, import_problems& wrong);
  void refuse_second(row& r, std::int64_t root, std::int64_t rival, import_problems& wrong);
  void insert(pqxx::work& tx, instant now);
  std::string team_of_queue() const;
  import_counts counted() const;

  const import_context& context_;
  import_ids seen_;
  std::map<std::pair<std::int64_t, std::string>, std::size_t> open_lines_;  ///< by root customer and pipeline
  std::vector<row> batch_;
};

}  // namespace hub::ctl
