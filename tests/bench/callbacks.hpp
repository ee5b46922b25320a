#pragma once
// The callbacks of the benchmark: Viber text messages of invented customers, about 1 kB each, in words that the rules
// of the profile `autodealer` send to different teams. The generator and the limits use the same ones. Pure.

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

/// The account's token, under which callbacks are signed.
inline constexpr const char* account_token = "4f0000000000000a-b100000000000002-c200000000000003";
inline constexpr const char* webhook_path = "/webhooks/viber/main";

/// Callbacks are numbered through a whole run; the number is in the platform's message token.
inline constexpr std::uint64_t first_token = 6'000'000'000'000'000'000ULL;
inline std::uint64_t token_of(std::uint64_t number) { return first_token + number; }

/// Who sends callback `number`: everyone in turn, or drawn.
std::size_t customer_in_turn(std::uint64_t number, std::size_t customers);
std::size_t customer_drawn(std::uint64_t number, std::size_t customers);

/// The body of callback `number` from that customer, at platform time `milliseconds`.
std::string callback_body(std::uint64_t number, std::size_t customer, std::int64_t milliseconds);

}  // namespace bench
