#pragma once
// What an ERP answers over its standard OData interface (OData 3 in JSON, platform 8.3): pages of rows, versions, errors, and how
// the next page is asked for. The connection is not made here. Pure, any thread.
//
// Facts of the platform: no page says where the next one is, so pages are asked for by $top and $skip in the order of Ref_Key; a
// DataVersion says equal or different; a reference is a GUID in <name>_Key; a deleted row is one with DeletionMark, or one that a
// scan of all versions no longer has; numbers are doubles, dates have no zone.

#include "connectors/account.hpp"
#include "connectors/erp/records.hpp"
#include "connectors/erp/settings.hpp"
#include "hub/base/problem.hpp"
#include "hub/base/time.hpp"
#include "hub/message/canonical.hpp"

#include <boost/json/array.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::erp {

/// How the attributes of vehicles are called there.
struct odata_names {
  std::string vin = "VIN", make = "Марка", model = "Модель", year = "ГодВыпуска", status = "Статус", price = "Цена",
              mileage = "Пробег", colour = "Цвет";
  std::string currency = "UAH";  ///< of all prices
};

/// Words of references: GUID -> description, from the catalogues they point to.
using odata_words = std::map<std::string, std::string>;

/// The rows of a page; a problem of place "odata 20" (unknown entity 8, not found 9, query 14, key 15, rights 20) for an error of
/// the ERP, of place "" for what is no OData answer.
hub::result<boost::json::array> read_page(std::string_view body);

/// Catalogue rows as words of references.
odata_words words_of(const boost::json::array& rows);

/// Ref_Key -> DataVersion of a scan, "deleted" added to the version of rows marked so.
std::map<std::string, std::string> versions_of(const boost::json::array& rows);

struct version_changes {
  std::vector<std::string> changed;  ///< new or of another version: to be read
  std::vector<std::string> gone;     ///< removed for good
};
version_changes compare(const std::map<std::string, std::string>& known, const std::map<std::string, std::string>& scanned);

/// Product and offer of each vehicle, as a file would hold them, told at `asked_at`; folders left out.
std::vector<goods> vehicles_in(const settings& with, const odata_names& named, const odata_words& words,
                               const boost::json::array& rows, hub::instant asked_at);

/// Catalogue of customers, with their contact lines; a phone number becomes a fingerprint here.
std::vector<hub::message::event> customers_in(const account_context& of, const boost::json::array& rows, hub::instant asked_at);

/// What to ask for: "<entity>?$format=json&$orderby=Ref_Key&$top=20&$skip=40&allowedOnly=true", percent-encoded; the first page
/// has skip 0, the last one fewer than `top` rows. `select` empty: all attributes.
std::string page_query(std::string_view entity, std::size_t top, std::size_t skip, std::string_view select = {});

}  // namespace connectors::erp
