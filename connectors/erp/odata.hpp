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

  bool operator==(const odata_names&) const = default;
  static void describe(auto& self, auto& on) {
    on("vin", self.vin, about{.text = "Attribute that holds the VIN."});
    on("make", self.make, about{.text = "The make, as text or as a reference that is expanded."});
    on("model", self.model, about{.text = "The same for the model."});
    on("year", self.year, about{.text = "The same for the year."});
    on("status", self.status, about{.text = "The same for the status of sale."});
    on("price", self.price, about{.text = "The price; empty: prices are not told."});
    on("mileage", self.mileage, about{.text = "The mileage in kilometres."});
    on("colour", self.colour, about{.text = "The colour."});
    on("currency", self.currency, about{.text = "ISO 4217 of all prices.", .min = 3, .max = 3});
  }
};

/// How the attributes of orders are called there.
struct odata_order_names {
  std::string customer = "Контрагент_Key", total = "СуммаДокумента", status = "СтатусЗаказа", lines = "Товары",
              vehicle = "Автомобиль_Key";
  std::vector<std::string> paid{"Передоплата", "Оплачено", "Оплачен"};
  std::vector<std::string> shipped{"Виконано", "Выполнен"};
  std::vector<std::string> cancelled{"Скасовано", "Отменен"};

  bool operator==(const odata_order_names&) const = default;
  static void describe(auto& self, auto& on) {
    on("customer", self.customer, about{.text = "Attribute that holds the customer's reference."});
    on("total", self.total, about{.text = "What it costs altogether."});
    on("status", self.status, about{.text = "Its status in words."});
    on("lines", self.lines, about{.text = "The tabular part with what is ordered."});
    on("vehicle", self.vehicle, about{.text = "In a line of it: the vehicle's reference."});
    on("paid", self.paid, about{.text = "Words of the status that mean: a payment is booked."});
    on("shipped", self.shipped, about{.text = "Words that mean: handed over."});
    on("cancelled", self.cancelled, about{.text = "Words that mean: cancelled."});
  }
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

/// Documents of orders; their dates are by the clocks of `zone`.
std::vector<hub::message::event> orders_in(const account_context& of, const odata_order_names& named, const std::string& zone,
                                           const std::string& currency, const boost::json::array& rows, hub::instant asked_at);

/// What SelectChanges tells: entity and Ref_Key of each row that changed, or was removed for good. What the rows hold is asked
/// for by key, in the same words as everywhere.
struct odata_changes {
  std::map<std::string, std::vector<std::string>> changed, gone;
};
hub::result<odata_changes> read_changes(std::string_view feed);

/// What to ask for: "<entity>?$format=json&$orderby=Ref_Key&$top=20&$skip=40&allowedOnly=true", percent-encoded; the first page
/// has skip 0, the last one fewer than `top` rows. `select` empty: all attributes.
std::string page_query(std::string_view entity, std::size_t top, std::size_t skip, std::string_view select = {},
                       std::string_view filter = {});
/// How many rows there are: "<entity>/$count?allowedOnly=true".
std::string count_query(std::string_view entity, std::string_view filter = {});
/// The rows of these ids, references of `expand` with what they point to.
std::string keys_query(std::string_view entity, const std::vector<std::string>& ids, const std::vector<std::string>& expand);
/// "SelectChanges?DataExchangePoint='...'&MessageNo=34", or NotifyChangesReceived; `node` is the full address of the node.
std::string exchange_query(std::string_view what, std::string_view node, std::uint64_t message);

}  // namespace connectors::erp
