#pragma once
// The words of lead_intent and lead_stage.

#include "hub/base/describe.hpp"

#include <array>
#include <vector>

namespace routing {

enum class intent { buy, sell, service_inquiry, other };
constexpr auto names_of(intent) {
  return std::array{hub::named{"buy", intent::buy}, hub::named{"sell", intent::sell},
                    hub::named{"service_inquiry", intent::service_inquiry}, hub::named{"other", intent::other}};
}
/// In the order of the funnel.
enum class stage { fresh, contacted, qualified, in_negotiation, prepayment, sold, lost };
constexpr auto names_of(stage) {
  using enum stage;
  return std::array{hub::named{"new", fresh}, hub::named{"contacted", contacted}, hub::named{"qualified", qualified},
                    hub::named{"in_negotiation", in_negotiation}, hub::named{"prepayment", prepayment},
                    hub::named{"sold", sold}, hub::named{"lost", lost}};
}
constexpr bool is_open(stage s) { return s != stage::sold && s != stage::lost; }
inline std::vector<stage> open_stages() {
  return {stage::fresh, stage::contacted, stage::qualified, stage::in_negotiation, stage::prepayment};
}

}  // namespace routing
