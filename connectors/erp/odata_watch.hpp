#pragma once
// Asking an ERP's OData interface again and again, one question at a time. A look scans the versions of all rows, page by page,
// reads those that are new or of another version by their keys, and tells which vehicles still exist; with a node of an exchange
// plan configured the ERP itself says what changed, and the scan is daily. What was read is remembered only when its events are
// safe: cut anywhere, the same is asked for again. On the loop.

#include "connectors/connector.hpp"
#include "connectors/erp/odata_settings.hpp"
#include "hub/base/backoff.hpp"

#include <map>
#include <string>
#include <vector>

namespace connectors::erp {

/// What the parsers of files need to know of an account that is asked over OData.
settings as_file_settings(const odata_settings& with);

/// Rows of one entity as events; of a row that cannot be read an `unparsed` one. A problem when nothing of them may be used.
hub::result<std::vector<hub::message::event>> rows_as_events(const account_context& of, const odata_settings& with,
                                                             const std::string& entity, const boost::json::array& rows,
                                                             hub::instant asked_at);

class odata_watch {
 public:
  odata_watch(const account_context& of, const odata_settings& with);

  /// Looks again and again until it is cancelled.
  hub::async::task<> run(intake_port port);
  /// One look; how long to wait before the next.
  hub::async::task<std::chrono::milliseconds> look(intake_port& port);

 private:
  using versions = std::map<std::string, std::string>;
  struct scanned {
    versions rows;
    bool whole = false;  ///< as many as the ERP counts, before and after
  };

  hub::async::task<> round(intake_port& port);
  hub::async::task<std::string> ask(intake_port& port, std::string method, std::string query);
  hub::async::task<boost::json::array> rows_of(intake_port& port, std::string query);
  hub::async::task<std::uint64_t> count(intake_port& port, std::string query);
  hub::async::task<scanned> scan(intake_port& port, std::string entity, std::string filter);
  hub::async::task<> catch_up(intake_port& port, std::string entity);
  hub::async::task<> read(intake_port& port, std::string entity, std::vector<std::string> ids);
  hub::async::task<> tell_presence(intake_port& port, const versions& found, hub::instant asked_at);
  hub::async::task<> changes(intake_port& port);
  hub::async::task<> accept(intake_port& port, std::vector<hub::message::event> events);
  versions& known(const intake_port& port, const std::string& entity);
  void keep(intake_port& port, const std::string& entity);

  const account_context& of_;
  const odata_settings& with_;
  hub::backoff wait_;
  std::string note_;                       ///< for the operator, of a look that went well otherwise
  std::map<std::string, versions> known_;  ///< by entity, as kept
};

}  // namespace connectors::erp
