#pragma once
// What each channel takes in one message, and how a reply becomes such messages: hub-api asks before anything is written, so
// that nobody waits for a refusal that was certain. Whether a file may go anywhere at all is hub/media's to say. The limits are
// those of the platforms' documents (connectors/<channel>/ README.md). Pure, any thread.

#include "hub/base/problem.hpp"
#include "hub/message/sending.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hub::message {

/// What somebody wants to say, all together.
struct reply {
  std::string text;
  std::vector<outgoing_file> files;
  std::optional<prepared_text> prepared;
};

/// One message of the platform.
struct reply_part {
  content_type type = content_type::text;
  std::string text;
  std::vector<outgoing_file> files;
  std::optional<prepared_text> prepared;
};

/// Whether people can be answered on this channel at all.
bool takes_replies(std::string_view channel);

/// How a file goes out there: as a picture, a video, a voice note where the channel shows it as such, else as a file.
content_type sent_as(std::string_view channel, const outgoing_file& file);

/// In the order in which they go out. The text is the caption of the first file where the channel has one long enough, else a
/// message of its own before the files. Pictures and videos that follow each other are one part where the channel makes an album
/// of them. A problem names the member: "text", "media", "template", "channel".
result<std::vector<reply_part>> parts_of(std::string_view channel, const reply& wanted);

}  // namespace hub::message
