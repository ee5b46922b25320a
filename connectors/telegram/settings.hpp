#pragma once
// connectors.telegram.<account> in config/hub.yaml: one bot. Declared once: reader, reference page and redacted dump come from
// describe().

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"

#include <chrono>
#include <string>

namespace connectors::telegram {

using hub::about;

enum class intake_mode { webhook, polling };
constexpr auto names_of(intake_mode) {
  return std::array{hub::named{"webhook", intake_mode::webhook}, hub::named{"polling", intake_mode::polling}};
}

struct settings {
  hub::secret bot_token;
  hub::secret secret_token;
  hub::secret previous_secret_token;
  intake_mode mode = intake_mode::webhook;
  std::string api_base = "https://api.telegram.org";
  std::chrono::milliseconds poll_for = std::chrono::seconds(50);

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("bot_token", self.bot_token, about{.text = "From @BotFather.", .required = true, .secret = true});
    on("secret_token", self.secret_token,
       about{.text = "1 to 256 letters, digits, _ and -: shown by the platform with every call. Mode webhook needs it.",
             .secret = true});
    on("previous_secret_token", self.previous_secret_token,
       about{.text = "While the secret is being replaced: calls that show it are still believed.", .secret = true});
    on("mode", self.mode,
       about{.text = "`webhook`: the platform calls public_url. `polling`: the hub asks, for where nobody can call it."});
    on("api_base", self.api_base,
       about{.text = "Where the Bot API is; another address for a Bot API server of your own, tests and the demo.", .max = 500});
    on("poll_for", self.poll_for, about{.text = "How long one question waits for news; the platform allows 50 s."});
  }
};

}  // namespace connectors::telegram
