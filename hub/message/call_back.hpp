#pragma once
// Ringing a customer back: what hub-api asks hub-connector for, and what came of it. It goes between these two only, over the
// internal endpoint, and holds no number: the connector asks the provider for that by the call's id. Plain values, any thread.

#include "hub/base/describe.hpp"
#include "hub/base/time.hpp"

#include <array>
#include <string>

namespace hub::message {

struct call_back_asked {
  std::string call_id;    ///< the provider's
  std::string extension;  ///< of whoever rings back
  instant started_at;     ///< of that call: some providers find it only by time

  bool operator==(const call_back_asked&) const = default;
  static void describe(auto& self, auto& on) {
    on("call_id", self.call_id, about{.text = "The provider's id of the call.", .required = true, .min = 1, .max = 128});
    on("extension", self.extension, about{.text = "Extension or SIP login.", .required = true, .min = 1, .max = 256});
    on("started_at", self.started_at, about{.text = "When that call began.", .required = true});
  }
};

enum class call_back_state {
  placed,       ///< the provider has taken it: the manager's telephone rings first
  refused,      ///< the provider says no; nothing rings
  unsupported,  ///< this provider, or this account as it is set, cannot
  unreached,    ///< nothing was asked of the provider: it may be tried again
  unknown,      ///< asked, and no answer: it may ring
};
constexpr auto names_of(call_back_state) {
  using enum call_back_state;
  return std::array{named{"placed", placed}, named{"refused", refused}, named{"unsupported", unsupported},
                    named{"unreached", unreached}, named{"unknown", unknown}};
}

struct call_back_told {
  call_back_state state = call_back_state::unsupported;
  std::string why;  ///< for the manager; no number

  bool operator==(const call_back_told&) const = default;
  static void describe(auto& self, auto& on) {
    on("state", self.state, about{.text = "placed, refused, unsupported, unreached or unknown.", .required = true});
    on("why", self.why, about{.text = "Why not, in plain words.", .required = true, .max = 1000});
  }
};

}  // namespace hub::message
