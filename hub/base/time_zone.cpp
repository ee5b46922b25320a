#include "hub/base/time_zone.hpp"

#include <unicode/basictz.h>
#include <unicode/timezone.h>
#include <unicode/tztrans.h>
#include <unicode/ucal.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>

namespace hub {

namespace {

zone_table read_zone(const std::string& name) {
  const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
  UErrorCode failed = U_ZERO_ERROR;
  int32_t raw = 0, saved = 0;
  zone->getOffset(first_zone_instant, false, raw, saved, failed);
  zone_table table{{first_zone_instant, raw + saved}};
  const auto* changes = dynamic_cast<const icu::BasicTimeZone*>(zone.get());
  icu::TimeZoneTransition next;
  for (UDate at = first_zone_instant;
       changes && changes->getNextTransition(at, false, next) && next.getTime() < last_zone_instant;) {
    at = next.getTime();
    const auto offset = next.getTo()->getRawOffset() + next.getTo()->getDSTSavings();
    if (offset != table.back().offset) table.push_back({static_cast<std::int64_t>(at), offset});
  }
  return table;
}

}  // namespace

bool is_time_zone(const std::string& name) {
  UErrorCode failed = U_ZERO_ERROR;
  UChar canonical[128];
  UBool is_system = false;
  const auto id = icu::UnicodeString::fromUTF8(name);
  ucal_getCanonicalTimeZoneID(id.getBuffer(), id.length(), canonical, 128, &is_system, &failed);
  return U_SUCCESS(failed) && is_system;
}

std::shared_ptr<const zone_table> zone_table_of(const std::string& name) {
  // ICU needs a millisecond for two centuries.
  static std::mutex guard;
  static std::map<std::string, std::shared_ptr<const zone_table>> known;
  const std::lock_guard lock(guard);
  auto& table = known[name];
  if (!table) table = std::make_shared<const zone_table>(read_zone(name));
  return table;
}

instant from_wall_clock(instant shown, const std::string& zone) {
  const auto table = zone_table_of(zone);
  const auto wall = shown.time_since_epoch().count();
  // The first stretch in which the clock shows it, or which ends before it would have.
  for (std::size_t i = 0; i < table->size(); ++i) {
    const auto at = wall - (*table)[i].offset;
    if (i + 1 == table->size() || at < (*table)[i + 1].from) return instant(std::chrono::milliseconds(at));
    // Skipped: the next stretch would put it before its own beginning.
    if (wall - (*table)[i + 1].offset < (*table)[i + 1].from) return instant(std::chrono::milliseconds(at));
  }
  return shown;
}

std::string to_wall_clock(instant at, const std::string& zone) {
  const auto table = zone_table_of(zone);
  const auto ms = at.time_since_epoch().count();
  const auto after = std::find_if(table->begin() + 1, table->end(), [&](const zone_stretch& one) { return ms < one.from; });
  auto shown = to_rfc3339(at + std::chrono::milliseconds(std::prev(after)->offset)).substr(0, 19);
  shown[10] = ' ';
  return shown;
}

std::optional<instant> parse_wall_clock(std::string_view text, const std::string& zone) {
  if (text.size() < 19 || text.find_first_of("Zz+", 19) != std::string_view::npos || text.find('-', 19) != std::string_view::npos)
    return std::nullopt;
  const auto shown = parse_rfc3339(std::string(text) + "Z");
  return shown ? std::optional(from_wall_clock(*shown, zone)) : std::nullopt;
}

}  // namespace hub
