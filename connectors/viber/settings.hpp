#pragma once
// connectors.viber.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come
// from describe().

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"

#include <string>
#include <vector>

namespace connectors::viber {

using hub::about;

struct settings {
  hub::secret auth_token;
  hub::secret previous_auth_token;
  std::string sender_name;
  std::string sender_avatar;
  std::string welcome;
  std::string api_base = "https://chatapi.viber.com/pa";
  std::vector<std::string> event_types{"delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"};
  std::vector<std::string> media_hosts;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("auth_token", self.auth_token,
       about{
           .text = "The bot's token from the Viber admin panel; it also signs the callbacks.", .required = true, .secret = true});
    on("previous_auth_token", self.previous_auth_token,
       about{.text = "While a token is being replaced: callbacks signed with it are still believed.", .secret = true});
    on("sender_name", self.sender_name,
       about{.text = "The name customers see, at most 28 characters.", .max = 112, .example = "Auto Example"});
    on("sender_avatar", self.sender_avatar, about{.text = "Address of the picture customers see.", .max = 2000});
    on("welcome", self.welcome,
       about{.text = "What a customer who opens the chat and is not subscribed yet is greeted with; empty: no greeting.",
             .max = 7000});
    on("api_base", self.api_base,
       about{.text = "Where the platform's methods are; another address only for tests and the demo.", .max = 500});
    on("event_types", self.event_types, about{.text = "Which optional callbacks the platform is asked for."});
    on("media_hosts", self.media_hosts,
       about{.text = "Hosts (and their subdomains) that media may be fetched from; empty: any public host."});
  }
};

}  // namespace connectors::viber
