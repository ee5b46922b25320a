#pragma once
// The same invented customers on the telephone: what Ringostat would tell of their calls, and the recordings. Each rings twice:
// nobody answers the first call, the second is answered and recorded. Pure, any thread.

#include "hub/ctl/viber_player.hpp"

#include <string>
#include <vector>

namespace hub::ctl {

/// The webhooks of all calls in the order of their times; recordings are below `options.media_url`.
std::vector<std::string> tell_calls(const story_options& options);
/// How many calls that is.
std::size_t count_calls(const story_options& options);

/// Two seconds of a tone, as WAV; every number is another one.
std::string make_recording(std::uint64_t number);

}  // namespace hub::ctl
