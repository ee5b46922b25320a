#pragma once
// Orders of the hub on their way to the ERP: each sealed in a file of its own until the ERP has said that it took them. What it
// asks for is remembered as given, and counts as taken only when it says so in the same session; cut anywhere, the order is
// given again. One thread at a time.

#include "connectors/account.hpp"
#include "connectors/erp/outbox.hpp"
#include "hub/message/order_back.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace connectors::erp {

/// One order as it stands on disk. Once it is taken only its ids and version are left.
struct kept_order {
  std::string hub_id, version;
  std::uint64_t turn = 0;   ///< how many contents it has had
  std::uint64_t taken = 0;  ///< the turn that the ERP took last
  std::optional<hub::message::order_asked> order;

  bool operator==(const kept_order&) const = default;
  static void describe(auto& self, auto& on) {
    on("hub_id", self.hub_id, hub::about{});
    on("version", self.version, hub::about{});
    on("turn", self.turn, hub::about{});
    on("taken", self.taken, hub::about{});
    on("order", self.order, hub::about{});
  }
};

struct given_order {
  std::string hub_id, version;
  std::uint64_t turn = 0;

  bool operator==(const given_order&) const = default;
  static void describe(auto& self, auto& on) {
    on("hub_id", self.hub_id, hub::about{});
    on("version", self.version, hub::about{});
    on("turn", self.turn, hub::about{});
  }
};

/// What one answer to `query` held.
struct given_orders {
  std::string session;
  std::vector<given_order> list;

  bool operator==(const given_orders&) const = default;
  static void describe(auto& self, auto& on) {
    on("session", self.session, hub::about{});
    on("list", self.list, hub::about{});
  }
};

class kept_orders {
 public:
  /// Reads what is there. Throws hub::error when the directory cannot be used.
  kept_orders(std::string directory, const account_context& of);

  /// On disk when it returns. The same version again changes nothing; another replaces what was there.
  void keep(const hub::message::order_asked& order);
  /// What the ERP has not taken, at most `most`; remembered as given in this session before it is returned.
  std::vector<hub::message::order_asked> give(const std::string& session, std::size_t most);
  /// The ERP has stored what it was given in this session: told to the hub through `to`, and not given again.
  void taken(const std::string& session, outbox& to, hub::instant now);
  std::size_t waiting() const;

 private:
  std::string path_of(const std::string& hub_id) const;
  void write(const kept_order& one) const;

  std::string directory_;
  const account_context& of_;
  std::map<std::string, kept_order, std::less<>> orders_;
};

}  // namespace connectors::erp
