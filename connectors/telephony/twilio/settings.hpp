#pragma once
// connectors.twilio.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from
// describe().

#include "connectors/telephony/settings.hpp"

namespace connectors::telephony::twilio {

struct settings : common_settings, poll_settings {
  std::string account_sid;
  hub::secret auth_token;
  hub::secret previous_auth_token;
  std::string api_base = "https://api.twilio.com";
  std::vector<std::string> recording_hosts{"api.twilio.com"};
  std::string ring_address;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("account_sid", self.account_sid,
       about{.text = "The account's SID; what speaks of another account goes to quarantine.",
             .required = true,
             .max = 64,
             .example = "AC00000000000000000000000000000a01"});
    on("auth_token", self.auth_token,
       about{.text = "The account's auth token; it signs the callbacks; calls and recordings are asked for with it.",
             .required = true,
             .secret = true});
    on("previous_auth_token", self.previous_auth_token,
       about{.text = "While a token is being replaced: callbacks signed with it are still believed.", .secret = true});
    on("api_base", self.api_base, about{.text = "Where the API is; another address only for tests.", .max = 500});
    on("recording_hosts", self.recording_hosts, about{.text = "Hosts that recordings may be fetched from."});
    on("ring_address", self.ring_address,
       about{.text = "Ringing back: where a manager's extension rings, with `{extension}` for it. Empty: nobody can ring back.",
             .max = 200,
             .example = "sip:{extension}@dealer.sip.example"});
    common_settings::describe(self, on);
    poll_settings::describe(self, on);
  }
};

}  // namespace connectors::telephony::twilio
