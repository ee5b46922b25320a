#pragma once
// connectors.whatsapp.<account> in config/hub.yaml: one number of a WhatsApp Business account. Declared once: reader,
// reference page and redacted dump come from describe().

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"

#include <string>
#include <vector>

namespace connectors::whatsapp {

using hub::about;

struct settings {
  std::string phone_number_id;
  hub::secret app_secret;
  hub::secret previous_app_secret;
  hub::secret verify_token;
  hub::secret access_token;
  std::string api_base = "https://graph.facebook.com/v26.0";
  std::vector<std::string> media_hosts{"lookaside.fbsbx.com"};

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("phone_number_id", self.phone_number_id,
       about{.text = "Meta's id of the number (API Setup page of the app), not the number. Callbacks for another one go to "
                     "quarantine.",
             .required = true,
             .min = 1,
             .max = 64,
             .example = "108888000000001"});
    on("app_secret", self.app_secret,
       about{.text = "The app secret of the Meta app (App settings, Basic): it signs the callbacks.",
             .required = true,
             .secret = true});
    on("previous_app_secret", self.previous_app_secret,
       about{.text = "While a secret is being replaced: callbacks signed with it are still believed.", .secret = true});
    on("verify_token", self.verify_token,
       about{.text = "Any text; the same is typed into Meta's webhook form, which asks for it back.",
             .required = true,
             .secret = true});
    on("access_token", self.access_token,
       about{.text = "Of a system user with whatsapp_business_messaging: opens media.", .secret = true});
    on("api_base", self.api_base, about{.text = "The Graph API with its version; a version lives about two years.", .max = 500});
    on("media_hosts", self.media_hosts,
       about{.text = "Hosts (and their subdomains) that media may be fetched from; empty: any public host."});
  }
};

}  // namespace connectors::whatsapp
