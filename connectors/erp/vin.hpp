#pragma once
// Vehicle identification numbers as ERPs write them. Pure, any thread.
//
// 17 capital letters and digits without I, O and Q (ISO 3779). Position 9 is a check digit in North America only (49 CFR part
// 565); elsewhere makers put there what they like. Shorter numbers, as before 1981, are for a person to judge.

#include <string>
#include <string_view>
#include <vector>

namespace connectors::erp {

struct vin_reading {
  std::string vin;                    ///< empty when refused
  std::string error;                  ///< vin_missing, vin_length, vin_charset
  std::vector<std::string> warnings;  ///< cyrillic_lookalike, check_digit
};

/// Blanks (also non-breaking ones) and hyphens are left out, small letters become capital, Cyrillic letters that look like
/// Latin ones are taken for them. O is never made 0, nor I 1.
vin_reading read_vin(std::string_view given);

}  // namespace connectors::erp
