#pragma once
// connectors.twilio.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from
// describe().

#include "connectors/telephony/settings.hpp"

namespace connectors::telephony::twilio {

struct settings : common_settings {
  std::string account_sid;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    common_settings::describe(self, on);
    on("account_sid", self.account_sid,
       about{.text = "The account's SID; what speaks of another account goes to quarantine.",
             .required = true,
             .max = 64,
             .example = "AC00000000000000000000000000000a01"});
  }
};

}  // namespace connectors::telephony::twilio
