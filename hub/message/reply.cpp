#include "hub/message/reply.hpp"

#include <algorithm>
#include <array>

namespace hub::message {

namespace {

using enum content_type;

/// Files of these types, up to this size, are shown as what they are.
struct shown {
  content_type as;
  std::array<std::string_view, 8> types;
  std::uint64_t largest;
};

struct channel_limits {
  std::string_view channel;
  std::size_t text, caption;   ///< in UTF-16 units, the safe side of every way to count
  std::uint64_t largest_file;  ///< of any file
  std::uint64_t largest_sum;   ///< of all files of one message; 0: one file a message
  std::size_t most_files;      ///< of one reply
  std::size_t most_seen;       ///< pictures and videos side by side in one message: an album; 1: each is a message
  bool prepared;
  std::array<shown, 3> media;
};

constexpr std::uint64_t mega = 1'000'000, mebi = 1 << 20;

constexpr std::array<channel_limits, 4> limits{{
    {"viber",
     7000,
     768,
     50 * mebi,
     0,
     10,
     1,
     false,
     {{{photo, {"image/jpeg", "image/png"}, 3 * mega}, {video, {"video/mp4"}, 26 * mebi}, {file, {}, 0}}}},
    {"whatsapp",
     4096,
     1024,
     100 * mega,
     0,
     10,
     1,
     true,
     {{{photo, {"image/jpeg", "image/png"}, 5 * mega},
       {video, {"video/mp4", "video/3gpp"}, 16 * mega},
       {voice_note, {"audio/aac", "audio/AMR", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/ogg"}, 16 * mega}}}},
    {"telegram",
     4096,
     1024,
     50 * mega,
     0,
     10,
     10,
     false,
     {{{photo, {"image/jpeg", "image/png", "image/webp"}, 10 * mega},
       {video, {"video/mp4"}, 50 * mega},
       {voice_note, {"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a"}, 50 * mega}}}},
    {"email", 65'000, 65'000, 20 * mebi, 20 * mebi, 10, 1, false, {{{file, {}, 0}, {file, {}, 0}, {file, {}, 0}}}},
}};

const channel_limits* limits_of(std::string_view channel) {
  const auto at = std::find_if(limits.begin(), limits.end(), [&](const auto& l) { return l.channel == channel; });
  return at == limits.end() ? nullptr : &*at;
}

std::size_t units(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) continue;
    n += byte >= 0xf0 ? 2 : 1;
  }
  return n;
}

std::string megabytes(std::uint64_t bytes) { return std::to_string(bytes / mega) + " MB"; }

/// Viber shows the words of a picture only; a voice note has none anywhere.
bool has_caption(std::string_view channel, content_type type) {
  if (type == voice_note) return false;
  return channel != "viber" || type == photo;
}

bool is_seen(content_type type) { return type == photo || type == video; }

/// Whether a file goes into the album that stands last. What comes between two pictures keeps its place, so it parts them. What
/// the channel takes of one file it takes of a whole album.
bool joins(const channel_limits& allowed, const std::vector<reply_part>& made, content_type type, const outgoing_file& one) {
  if (made.empty() || !is_seen(type) || !is_seen(made.back().type)) return false;
  const auto& album = made.back().files;
  std::uint64_t sum = one.size;
  for (const auto& there : album) sum += there.size;
  return album.size() < allowed.most_seen && sum <= allowed.largest_file;
}

}  // namespace

bool takes_replies(std::string_view channel) { return limits_of(channel) != nullptr; }

content_type sent_as(std::string_view channel, const outgoing_file& of) {
  const auto* allowed = limits_of(channel);
  if (!allowed) return file;
  for (const auto& one : allowed->media)
    if (of.size <= one.largest && std::find(one.types.begin(), one.types.end(), of.type) != one.types.end()) return one.as;
  return file;
}

result<std::vector<reply_part>> parts_of(std::string_view channel, const reply& wanted) {
  const auto* allowed = limits_of(channel);
  if (!allowed) return problem{"channel", "nobody can be answered on this channel"};
  std::vector<reply_part> made;
  if (wanted.prepared) {
    if (!allowed->prepared) return problem{"template", "this channel has no templates"};
    if (!wanted.text.empty() || !wanted.files.empty()) return problem{"template", "a template goes out alone"};
    made.push_back({text, "", {}, wanted.prepared});
    return made;
  }
  if (wanted.text.empty() && wanted.files.empty()) return problem{"text", "says nothing"};
  if (units(wanted.text) > allowed->text)
    return problem{"text", "is longer than the " + std::to_string(allowed->text) + " characters of one message there"};
  if (wanted.files.size() > allowed->most_files)
    return problem{"media", "are more than " + std::to_string(allowed->most_files) + " files"};
  std::uint64_t sum = 0;
  for (const auto& one : wanted.files) {
    if (one.size > allowed->largest_file)
      return problem{"media", "is larger than the " + megabytes(allowed->largest_file) + " that go through there"};
    sum += one.size;
  }
  if (allowed->largest_sum > 0) {
    if (sum > allowed->largest_sum)
      return problem{"media", "are together larger than the " + megabytes(allowed->largest_sum) + " of one message"};
    made.push_back({wanted.files.empty() ? text : file, wanted.text, wanted.files, std::nullopt});
    return made;
  }
  const bool as_caption = !wanted.files.empty() && !wanted.text.empty() &&
                          has_caption(channel, sent_as(channel, wanted.files.front())) && units(wanted.text) <= allowed->caption;
  if (!wanted.text.empty() && !as_caption) made.push_back({text, wanted.text, {}, std::nullopt});
  for (std::size_t i = 0; i < wanted.files.size(); ++i) {
    const auto& one = wanted.files[i];
    const auto type = sent_as(channel, one);
    if (joins(*allowed, made, type, one))
      made.back().files.push_back(one);
    else
      made.push_back({type, as_caption && i == 0 ? wanted.text : std::string(), {one}, std::nullopt});
  }
  return made;
}

}  // namespace hub::message
