#include "hub/message/tracking.hpp"

#include "hub/base/number.hpp"

namespace hub::message {

namespace {

constexpr std::string_view begin = "hub:out=", middle = ";attempt=";

}  // namespace

std::string tracking_text(const tracked& what) {
  return std::string(begin) + std::to_string(what.outbox_id) + std::string(middle) + std::to_string(what.attempt);
}

std::optional<tracked> read_tracking(std::string_view text) {
  if (!text.starts_with(begin)) return std::nullopt;
  text.remove_prefix(begin.size());
  const auto at = text.find(middle);
  if (at == std::string_view::npos) return std::nullopt;
  const auto id = whole_number<std::uint64_t>(text.substr(0, at));
  const auto attempt = whole_number<std::uint32_t>(text.substr(at + middle.size()));
  if (!id || !attempt || *id == 0 || *attempt == 0) return std::nullopt;
  return tracked{*id, *attempt};
}

}  // namespace hub::message
