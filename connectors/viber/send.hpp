#pragma once
// A part of a reply as Viber takes it, and what its answer means. Facts: REST Bot API, "Send message", "Message types", "Error
// codes". Pure, any thread.

#include "connectors/account.hpp"
#include "connectors/viber/settings.hpp"
#include "hub/base/problem.hpp"
#include "hub/http/client.hpp"
#include "hub/http/message.hpp"
#include "hub/message/sending.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace connectors::viber {

/// The platform gives up on who was not reached for two weeks: so long may it come for the file.
inline constexpr std::chrono::hours link_life{14 * 24};

/// How a file goes out: the message type, and the ending its address has to have.
struct file_form {
  std::string type;
  std::string extension;
};

/// The message that carries the one file of this part; a problem (place: the code) when none does: a photo of over 1 MB
/// without a caption and whatever is no MP4 go out as a file, which has no caption.
hub::result<file_form> form_of_file(const hub::message::send_asked& what);

/// The body of send_message. `link` is where the platform fetches the file, where there is one. A problem, its place the code,
/// for what no message of the platform takes.
hub::result<std::string> send_message_request(const settings& with, const hub::message::send_asked& what,
                                              std::string_view receiver, std::string_view link);

/// What send_message's answer means.
hub::message::send_told read_send_answer(const hub::http::incoming& answer);

/// Whether that answer says that the person takes no messages of ours.
bool says_unsubscribed(const hub::message::send_told& told);

}  // namespace connectors::viber
