#include "connectors/signature.hpp"

#include "hub/base/crypto.hpp"

namespace connectors {

bool is_signed(std::string_view hex, std::string_view body, const hub::secret& with) {
  constexpr std::size_t digits = 64;
  if (hex.size() != digits || with.empty()) return false;
  const auto claimed = hub::from_hex(hex);
  if (!claimed) return false;
  const auto wanted = hub::hmac_sha256(with.reveal(), body);
  return hub::equal_in_constant_time(*claimed, {reinterpret_cast<const char*>(wanted.data()), wanted.size()});
}

}  // namespace connectors
