#pragma once
// Pictures and papers that simulated customers send: small, valid, different for every number. Pure, any thread.

#include <cstdint>
#include <string>

namespace hub::ctl {

/// A PNG of a car at the roadside, 480 x 320; colour, body, light and dents follow from the number.
std::string draw_car_photo(std::uint64_t number);

/// A one-page PDF.
std::string make_pdf(std::uint64_t number);

}  // namespace hub::ctl
