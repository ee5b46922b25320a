#pragma once
// hub-connector's internal endpoints, asked by hubctl over the admin port with the internal token: which accounts there
// are, registration of a webhook, parsing of a kept body once more. Blocking, one thread. A connector that does not run
// or does not answer is not_running; a token it refuses is hub::error (permanent).

#include "config/settings.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hub::ctl {

struct connector_account {
  std::string channel, account;
  std::string mode;  ///< direct, spool
  std::uint64_t spooled = 0, spooled_bytes = 0;
  std::int64_t oldest_seconds = 0;  ///< of the spool's oldest entry
  bool spool_writable = true;
  std::uint64_t events = 0;                  ///< since the connector started
  std::optional<std::string> last_event_at;  ///< RFC 3339, since the connector started
  std::string public_url;                    ///< where the platform calls us; empty: not set
  std::string trouble;                       ///< why nothing is fetched from a platform that does not call us
};

/// What a platform says about the address it calls, as its connector compared it.
struct connector_webhook {
  std::string state;                     ///< nothing, matches, differs, not_set, unknown
  std::string wanted, found;             ///< addresses
  std::string why;                       ///< of nothing and unknown
  std::optional<std::uint64_t> pending;  ///< what waits at the platform
  std::string last_error_at;             ///< RFC 3339; empty: never
  std::string last_error;
  std::vector<std::string> findings;
  /// Whether something should be mended.
  bool is_wrong() const { return state == "differs" || state == "not_set" || !findings.empty(); }
};

class connector_client {
 public:
  /// Finds the connectors' admin ports in the running system, else in what they announced in the home directory.
  explicit connector_client(const config::settings& settings);
  ~connector_client();

  std::vector<connector_account> accounts();

  /// The code of the hub::error (permanent) for a channel and account that no connector has.
  static constexpr const char* no_account = "no account";
  /// Asks the platforms of all of them at once, within seconds; in their order. What cannot be asked is "unknown".
  std::vector<connector_webhook> webhooks_of(const std::vector<connector_account>& accounts);

  struct answer {
    int status = 0;
    std::string body;
    /// The words of a refusal: title and detail of its problem.
    std::string problem() const;
  };
  /// Of a good answer of register_webhook().
  static std::vector<std::string> lines_of(const answer& good);
  answer register_webhook(const std::string& channel, const std::string& account);
  /// Judges again what was refused; 200: {"accepted", "refused", "failed"}.
  answer judge(const std::string& channel, const std::string& account);
  /// `body` is a kept CloudEvent, a sealed body or a plain one. 200: a JSON list of events.
  answer normalize(const std::string& channel, const std::string& account, const std::string& body,
                   const std::string& received_at, const std::string& traceparent);

  /// What a file of an ERP would tell; without one, what the account's last exchange told. 200: a JSON list of events.
  answer rehearse(const std::string& channel, const std::string& account, const std::string& file);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace hub::ctl
