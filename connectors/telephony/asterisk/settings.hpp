#pragma once
// connectors.asterisk.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from
// describe().

#include "connectors/telephony/settings.hpp"

namespace connectors::telephony::asterisk {

struct settings : common_settings {
  std::vector<std::string> inbound_contexts{"from-trunk", "from-pstn"};
  std::vector<std::string> outbound_contexts{"from-internal"};
  std::vector<std::string> trunks{"trunk"};

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    common_settings::describe(self, on);
    on("inbound_contexts", self.inbound_contexts, about{.text = "Contexts of the dialplan in which calls from outside begin."});
    on("outbound_contexts", self.outbound_contexts, about{.text = "Contexts in which our own people dial."});
    on("trunks", self.trunks, about{.text = "Names of the channels that lead outside: nobody's extension."});
  }
};

}  // namespace connectors::telephony::asterisk
