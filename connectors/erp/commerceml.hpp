#pragma once
// CommerceML 2 and 3, as BAS and its kin write it: what stands in a file, one record at a time, in constant memory. Order of
// elements and namespaces are not relied on; what is unknown is skipped. What a record means is for others (vehicles.hpp,
// documents.hpp). Any thread.
//
// Facts from the schemas 2.08 and 2.10 and from files of real systems: portions, classifiers in files of their own, prices
// and rests split from offers (2.09), documents in containers.

#include "connectors/erp/records.hpp"
#include "connectors/erp/xml.hpp"

#include <functional>
#include <optional>
#include <string>

namespace connectors::erp {

/// What the file says of itself; whole only at its end.
struct file_head {
  std::string formed;     ///< as it stands there; times have no zone
  std::string catalogue;  ///< id of the catalogue
  bool full = false;      ///< everything there is, said so expressly
  bool has_catalogue = false;
};

struct commerceml_sink {
  std::function<std::optional<hub::problem>(goods)> take_goods;
  /// `formed`: when the file was formed, as it stands there.
  std::function<std::optional<hub::problem>(const element&, const std::string& formed)> take_customer;
  std::function<std::optional<hub::problem>(const element&, const std::string& formed)> take_document;
};

/// Adds what the file defines to `known`. A problem: nothing of the file may be used.
hub::result<file_head> read_commerceml(const puller& utf8, directories& known, const commerceml_sink& sink);

/// "true", "1", "Да", in any case.
bool is_true(std::string_view word);

}  // namespace connectors::erp
