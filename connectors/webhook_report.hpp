#pragma once
// What a platform says about the address it calls, beside the address that we want it to call. Made by a connector's
// inspect_webhook() when an operator asks (`hubctl connectors`), never on the way of an event. Pure, any thread.

#include "connectors/account.hpp"
#include "hub/base/describe.hpp"
#include "hub/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectors {

enum class webhook_state {
  nothing,  ///< nothing to compare: the platform has no such address, or no call that tells it
  matches,
  differs,
  not_set,
  unknown,  ///< it could not be asked
};
constexpr auto names_of(webhook_state) {
  return std::array{hub::named{"nothing", webhook_state::nothing}, hub::named{"matches", webhook_state::matches},
                    hub::named{"differs", webhook_state::differs}, hub::named{"not_set", webhook_state::not_set},
                    hub::named{"unknown", webhook_state::unknown}};
}

struct webhook_report {
  webhook_state state = webhook_state::nothing;
  std::string wanted;                         ///< the address we want called; empty: none
  std::string found;                          ///< the address the platform has, without what may be secret in it
  std::string why;                            ///< of nothing and unknown
  std::optional<std::uint64_t> pending{};     ///< what waits at the platform
  std::optional<hub::instant> last_error_at;  ///< when the platform last failed to reach us
  std::string last_error;                     ///< its words, without numbers
  std::vector<std::string> findings;          ///< what else should be mended, a sentence each
};

/// "https://hub.example/webhooks/viber/main"; empty without a public_url.
std::string webhook_address(const account_context& of);

/// The two addresses side by side.
webhook_report compare_webhooks(const std::string& wanted, std::string_view found);

/// Those of `wanted` that `found` lacks, in a row: "seen, failed"; empty when there are none.
std::string missing_words(const std::vector<std::string>& wanted, const std::vector<std::string>& found);

}  // namespace connectors
