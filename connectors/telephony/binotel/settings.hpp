#pragma once
// connectors.binotel.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from
// describe().

#include "connectors/telephony/settings.hpp"

namespace connectors::telephony::binotel {

struct settings : common_settings, poll_settings {
  hub::secret token;
  hub::secret key;
  hub::secret secret;
  std::string company_id;
  std::vector<std::string> addresses;
  std::string api_base = "https://api.binotel.com/api/4.0";
  std::vector<std::string> recording_hosts;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("token", self.token,
       about{.text = "Last part of the webhooks' address, which nobody can guess; Binotel signs nothing.",
             .required = true,
             .secret = true});
    on("key", self.key, about{.text = "Key of the REST API; calls and recordings are asked for with it.", .secret = true});
    on("secret", self.secret, about{.text = "Its secret.", .secret = true});
    on("company_id", self.company_id,
       about{.text = "Binotel's id of our company; what speaks of another one goes to quarantine.", .required = true, .max = 32});
    on("addresses", self.addresses,
       about{.text = "Addresses that webhooks may come from, as Binotel lists them; empty: any that knows the token."});
    on("api_base", self.api_base, about{.text = "Where the REST API is; another address only for tests.", .max = 500});
    on("recording_hosts", self.recording_hosts,
       about{.text = "Hosts (and their subdomains) that recordings may be fetched from; none without one."});
    common_settings::describe(self, on);
    poll_settings::describe(self, on);
  }
};

}  // namespace connectors::telephony::binotel
