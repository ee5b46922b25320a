#pragma once
// connectors.binotel.<account> in config/hub.yaml. Declared once: reader, reference page and redacted dump come from
// describe().

#include "connectors/telephony/settings.hpp"

namespace connectors::telephony::binotel {

struct settings : common_settings {
  std::string company_id;

  bool operator==(const settings&) const = default;
  static void describe(auto& self, auto& on) {
    common_settings::describe(self, on);
    on("company_id", self.company_id,
       about{.text = "Binotel's id of our company; what speaks of another one goes to quarantine.", .required = true, .max = 32});
  }
};

}  // namespace connectors::telephony::binotel
