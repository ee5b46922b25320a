#pragma once
// A directory into which a dealer's programmer drops files: which of them is taken when, and where it goes. A file with a
// manifest is taken in the order of `seq`, a delta after a gap waits for the next full one; a file without one when it has not
// changed for a minute, as a delta. What was taken goes to done/, what was refused to bad/ with a file that says why. A file's
// events are durable in the outbox before it is moved, under keys that come from the file: killed anywhere, it is applied once.
//
// One thread at a time; look() reads files and is slow.

#include "connectors/erp/drop.hpp"
#include "connectors/erp/outbox.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>

namespace connectors::erp {

/// What was taken last of one entity.
struct drop_place {
  std::uint64_t seq = 0;
  std::string sha256;

  bool operator==(const drop_place&) const = default;
  static void describe(auto& self, auto& on) {
    on("seq", self.seq, about{});
    on("sha256", self.sha256, about{});
  }
};

struct drop_places {
  drop_place vehicle, customer, order;

  bool operator==(const drop_places&) const = default;
  static void describe(auto& self, auto& on) {
    on("vehicle", self.vehicle, about{});
    on("customer", self.customer, about{});
    on("order", self.order, about{});
  }
};

class drop_watch {
 public:
  /// `state` is a directory of our own; the watched one is with.drop_directory. Throws hub::error when `state` cannot be used.
  drop_watch(const account_context& of, const settings& with, std::string state);

  /// Takes or refuses one file; false when there is none that may be. `to` gets its events.
  bool look(hub::instant now, outbox& to);
  /// What an operator should know: files that wait or were refused, a directory that cannot be read. Any thread.
  std::string trouble() const;

 private:
  struct dropped;  ///< a data file, and the manifest beside it
  struct seen {
    std::uint64_t size = 0;
    std::int64_t changed = 0;
    hub::instant since;
  };

  bool take_next(hub::instant now, outbox& to);
  bool is_still(const std::string& name, std::uint64_t size, std::int64_t changed, hub::instant now);
  void take(const dropped& one, hub::instant now, outbox& to);
  void move(const std::string& name, const std::string& where);
  void refuse(const dropped& one, const std::string& why);
  void settle(const dropped& one);
  drop_place& place_of(const std::string& entity);
  void keep_places();
  void say(std::string what);

  const account_context& of_;
  const settings& with_;
  std::string state_;
  drop_places places_;
  std::map<std::string, seen> seen_;
  std::set<std::string> applied_;  ///< names and hashes of what was told and could not be moved
  mutable std::mutex saying_;
  std::string trouble_;
};

}  // namespace connectors::erp
