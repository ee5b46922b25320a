#pragma once
// One file of an exchange as canonical events: read to its end first, so that of a file that is cut, or is not what it should
// be, nothing at all is told. What cannot be known before the end (the classifier, a second product of the same id, the same VIN
// twice) is why records wait in a draft meanwhile. Memory: one record, the directories, and of each vehicle its id and 20 bytes.
// Any thread.

#include "connectors/account.hpp"
#include "connectors/erp/commerceml.hpp"
#include "connectors/erp/settings.hpp"
#include "hub/message/canonical.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace connectors::erp {

/// Where records wait: lines in, the same lines out again, as often as asked.
struct draft {
  std::function<void(std::string_view line)> add;
  std::function<void(const std::function<void(std::string_view)>&)> each;
};

/// In memory; `lines` outlives it.
draft draft_in(std::vector<std::string>& lines);

/// Ids of what is a vehicle, by hash, so that offers of other goods are left out. Kept from exchange to exchange.
class known_vehicles {
 public:
  bool has(std::string_view id) const;
  void add(std::vector<std::uint64_t> hashes);
  static std::uint64_t hash(std::string_view id);

  std::string to_bytes() const;
  static known_vehicles from_bytes(std::string_view bytes);

 private:
  std::vector<std::uint64_t> sorted_;
};

struct imported {
  file_head head;
  std::uint64_t vehicles = 0, offers = 0, customers = 0, orders = 0, refused = 0, left_out = 0;
  bool other_encoding = false;
  std::vector<std::string> present;  ///< ids of the vehicles of a full catalogue that exist, also of those refused
};

struct importing {
  const account_context& of;
  const settings& with;
  directories& known;        ///< learns what the file defines; only good when it was not refused
  known_vehicles* vehicles;  ///< null: every offer is one of a vehicle
  hub::instant received_at;
};

/// The problem's text is ASCII and quotes nothing: it is the answer to the ERP. Events come in the order of the file, each
/// vehicle once, those refused as `unparsed`.
hub::result<imported> import_commerceml(importing by, const opener& file, const draft& waiting,
                                        const std::function<void(hub::message::event)>& tell);

/// The same for records from elsewhere: `read` hands all of them to the sink and says what they are at the end.
hub::result<imported> import_records(importing by, const std::function<hub::result<file_head>(const commerceml_sink&)>& read,
                                     const draft& waiting, const std::function<void(hub::message::event)>& tell);

/// A few records that are all there is to judge: every offer is one of a vehicle.
hub::result<std::vector<hub::message::event>> goods_as_events(const account_context& of, const settings& with,
                                                              std::vector<goods> list, hub::instant received_at);

/// The same in memory, for bodies that come back from quarantine: a whole small file, or one record of goods.
hub::result<std::vector<hub::message::event>> normalize(const account_context& of, const settings& with, std::string_view body,
                                                        hub::instant received_at);

/// What says which vehicles are there: one event for each range of ids, from `present` in any order.
std::vector<hub::message::event> presence_events(const account_context& of, const settings& with,
                                                 std::vector<std::string> present, const std::string& catalogue,
                                                 std::string_view formed, hub::instant received_at);

}  // namespace connectors::erp
