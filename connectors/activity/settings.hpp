#pragma once
// connectors.activity.<account> in config/hub.yaml: one account per website. Declared once: reader, reference page and
// redacted dump come from describe().

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"

namespace connectors::activity {

using hub::about;

struct settings {
  hub::secret secret;
  hub::secret previous_secret;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("secret", self.secret,
       about{.text = "Shared with the website, which signs what it sends with it.", .required = true, .secret = true});
    on("previous_secret", self.previous_secret,
       about{.text = "While the secret is being replaced: what is signed with it is still believed.", .secret = true});
  }
};

}  // namespace connectors::activity
