#pragma once
// What operators see of a list of calls, a provider's or a PBX's: how far it was read, how often that failed, and how many calls
// it mended. On the loop; one for each account.

#include "connectors/account.hpp"
#include "connectors/telephony/told.hpp"
#include "hub/base/metrics.hpp"

namespace connectors::telephony {

class list_watch {
 public:
  /// `told` hears the account's webhooks; it outlives this.
  list_watch(const account_context& of, told_calls& told);

  /// Events that the list tells, before they are taken in.
  void listed(const std::vector<hub::message::event>& events);
  void read_until(hub::instant at) { until_.Set(std::chrono::duration<double>(at.time_since_epoch()).count()); }
  void failed() { failed_.Increment(); }

 private:
  const account_context& of_;
  told_calls& told_;
  prometheus::Counter &repaired_, &failed_;
  prometheus::Gauge& until_;
};

}  // namespace connectors::telephony
