#pragma once
// connectors.email.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come
// from describe().

#include "hub/base/describe.hpp"
#include "hub/base/secret.hpp"

#include <string>
#include <vector>

namespace connectors::email {

using hub::about;

struct settings {
  std::string authserv_id;
  std::vector<std::string> addresses;
  hub::secret reply_key;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    on("authserv_id", self.authserv_id,
       about{.text = "How our own receiving server names itself in Authentication-Results; empty: no sender is proven.",
             .max = 255,
             .example = "mail.avto.example"});
    on("addresses", self.addresses,
       about{.text = "Our own addresses: what they send is outgoing, and reply addresses are believed in their domains only."});
    on("reply_key", self.reply_key,
       about{.text = "Signs the reply addresses that bring an answer back to its conversation.", .secret = true});
  }
};

}  // namespace connectors::email
