#pragma once
// Numbers as ERPs write them for people and for programs: exact decimal text, never a double. Pure, any thread.

#include <optional>
#include <string>
#include <string_view>

namespace connectors::erp {

/// "685 000,50" (also with non-breaking blanks or apostrophes), "12.345.678,90" -> "685000.50", "12345678.90". One comma or
/// point is the decimal mark; a mark for thousands is one only before another decimal mark. Nothing for anything else.
std::optional<std::string> read_decimal(std::string_view given);

/// Two decimals, half away from zero; nothing unless above zero and below a thousand million.
std::optional<std::string> price_of(std::string_view given);
/// The same from zero on: what an order costs.
std::optional<std::string> sum_of(std::string_view given);

}  // namespace connectors::erp
