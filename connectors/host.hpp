#pragma once
// Everything around the connectors that is written once: their routes, the account check, what each verdict is
// answered, quarantine of what a parser refused, the ring of refused requests, traces, metrics. On the loop.

#include "config/settings.hpp"
#include "connectors/connector.hpp"
#include "connectors/intake.hpp"
#include "connectors/media_shelf.hpp"
#include "connectors/positions.hpp"
#include "connectors/refused.hpp"
#include "hub/base/metrics.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace connectors {

/// The connectors that the settings name; every problem with its place, also accounts of channels nobody knows.
std::vector<std::unique_ptr<connector>> make_connectors(const config::settings& settings, const hub::clock& clock,
                                                        hub::problems& found);

/// What connectors that fetch for themselves need of the program; outlives their tasks.
struct fetching {
  hub::http::client& http;
  positions& kept;
  media_shelf& media;
  std::string directory;  ///< beside the spool; each account has one below it
};

class host {
 public:
  host(std::vector<std::unique_ptr<connector>> connectors, intake& events, refused_ring& refused, hub::secret seal_key,
       const hub::clock& clock);

  struct account {
    std::unique_ptr<connectors::connector> connector;
    std::optional<hub::instant> last_event;  ///< when its newest event came in
    std::uint64_t events = 0;
    std::string trouble;  ///< what a connector that fetches for itself has to say; empty: all is well
  };

  /// Adds every connector's webhooks.
  void add_webhooks(hub::http::router& to);
  /// Fetches for one account until the loop ends, for those whose platform does not call us; begins anew, later and later, when
  /// it fails.
  hub::async::task<> fetch(std::string channel, std::string name, fetching with);
  /// Null for an account that is not configured.
  connector* find(const std::string& channel, const std::string& name);
  const std::map<std::string, std::map<std::string, account>>& accounts() const { return accounts_; }

  /// Judges the kept refused requests of an account again and takes in what is authentic now.
  struct judged {
    std::size_t refused = 0, accepted = 0, failed = 0;
  };
  hub::async::task<judged> judge_again(std::string channel, std::string name);

 private:
  hub::async::task<hub::http::response> receive(const std::string& channel, hub::http::request request);
  hub::async::task<hub::http::response> answer(const std::string& channel, hub::http::request request);
  account* account_of(const std::string& channel, const hub::http::request& request);
  intake_port port_of(account& to, fetching with);
  hub::async::task<bool> accept(account& to, std::vector<hub::message::event> events, std::string trace,
                                hub::instant received_at);
  hub::async::task<int> take_in(account& to, const hub::http::request& request, reception& got, hub::instant received_at);
  void count(const std::string& channel, int code);

  std::map<std::string, std::map<std::string, account>> accounts_;
  std::map<std::string, std::map<int, prometheus::Counter*>> requests_;
  intake& intake_;
  refused_ring& refused_;
  hub::secret seal_key_;
  const hub::clock& clock_;
};

/// The caller's W3C trace context when it sent a valid one, else a new one.
std::string trace_of(const hub::http::request& request);
std::string new_trace();

}  // namespace connectors
