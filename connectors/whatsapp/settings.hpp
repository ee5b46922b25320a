#pragma once
// connectors.whatsapp.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come
// from describe().

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"

#include <string>
#include <vector>

namespace connectors::whatsapp {

using hub::about;

struct settings {
  hub::secret app_secret;
  hub::secret previous_app_secret;
  hub::secret verify_token;
  hub::secret access_token;
  std::string phone_number_id;
  std::string waba_id;
  std::string api_base = "https://graph.facebook.com";
  std::string api_version = "v26.0";
  std::vector<std::string> media_hosts{"lookaside.fbsbx.com"};
  std::string list_button = "Обрати";

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("app_secret", self.app_secret,
       about{.text = "The Meta app's secret (App settings, Basic); it signs the callbacks.", .required = true, .secret = true});
    on("previous_app_secret", self.previous_app_secret,
       about{.text = "While a secret is being replaced: callbacks signed with it are still believed.", .secret = true});
    on("verify_token", self.verify_token,
       about{.text = "A word of your own, typed beside the callback address in Meta's dashboard as well.",
             .required = true,
             .secret = true});
    on("access_token", self.access_token,
       about{.text = "A system user's token with whatsapp_business_messaging; messages are sent and attachments fetched with it.",
             .required = true,
             .secret = true});
    on("phone_number_id", self.phone_number_id,
       about{.text = "Meta's id of our number (not the number itself); callbacks for other numbers go to quarantine.",
             .required = true,
             .max = 32,
             .example = "108888000000001"});
    on("waba_id", self.waba_id,
       about{.text = "Meta's id of the WhatsApp Business account: its approved templates are listed by it (the token needs"
                     " whatsapp_business_management too), and registering prints it.",
             .max = 32});
    on("api_base", self.api_base,
       about{.text = "Where the Graph API is; another address only for tests and the demo.", .max = 500});
    on("api_version", self.api_version, about{.text = "Version of the Graph API; one lives about two years.", .max = 8});
    on("media_hosts", self.media_hosts,
       about{.text = "Hosts (and their subdomains) that attachments may be fetched from, besides that of api_base."});
    on("list_button", self.list_button,
       about{.text = "What stands on the button that opens a list of answers, at most 20 characters.", .min = 1, .max = 80});
  }
};

}  // namespace connectors::whatsapp
