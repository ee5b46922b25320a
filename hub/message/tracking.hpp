#pragma once
// What every message of ours carries where the platform gives it back later (tracking_data of Viber, biz_opaque_callback_data
// of WhatsApp): which outbox row and which attempt it was. Nobody signs it: good for resolving what is unknown, never for
// trusting anybody. Pure, any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub::message {

struct tracked {
  std::uint64_t outbox_id = 0;
  std::uint32_t attempt = 0;

  bool operator==(const tracked&) const = default;
};

/// "hub:out=1200;attempt=2".
std::string tracking_text(const tracked& what);
/// Nothing for any other text.
std::optional<tracked> read_tracking(std::string_view text);

}  // namespace hub::message
