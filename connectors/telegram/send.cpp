#include "connectors/telegram/send.hpp"

#include "connectors/body.hpp"
#include "connectors/sender.hpp"
#include "connectors/telegram/message.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace connectors::telegram {

namespace {

using boost::json::array;
using boost::json::object;
using hub::problem;
using hub::message::content_type;
using hub::message::outgoing_file;

constexpr std::size_t longest_text = 4096, longest_caption = 1024, longest_choice = 256, most_in_album = 10;
constexpr std::uint64_t largest_photo = 10 << 20, largest_file = 50 << 20;
constexpr std::uint64_t usual_wait = 60, longest_wait = 86'400;  ///< seconds; the first where the platform does not say

problem too_long(std::size_t most, const std::string& what) {
  return {"too_long", "Telegram takes " + std::to_string(most) + " characters of " + what + " at most"};
}

/// What a file may be sent as: anything can be a document.
std::string_view kind_of_file(content_type type, const outgoing_file& file) {
  const bool picture = file.type == "image/jpeg" || file.type == "image/png" || file.type == "image/webp";
  const bool sound =
      file.type == "audio/ogg" || file.type == "audio/mpeg" || file.type == "audio/mp4" || file.type == "audio/x-m4a";
  if (type == content_type::photo && picture && file.size <= largest_photo) return "photo";
  if (type == content_type::video && file.type == "video/mp4") return "video";
  if (type == content_type::voice_note && sound) return "voice";
  return "document";
}

std::string_view method_of(std::string_view kind) {
  if (kind == "photo") return "sendPhoto";
  if (kind == "video") return "sendVideo";
  if (kind == "voice") return "sendVoice";
  return "sendDocument";
}

/// "[<business connection>:]<chat>:<message>", as normalize writes it; nothing for a message of another chat.
std::optional<std::int64_t> answered_in(std::string_view chat, const std::string& platform_id) {
  const auto words = hub::split(platform_id, ':');
  if (words.size() < 2 || words[words.size() - 2] != chat) return std::nullopt;
  return hub::whole_number<std::int64_t>(words.back());
}

std::optional<problem> put_album(const send_asked& what, bot_call& to) {
  if (what.files.size() > most_in_album) return problem{"files", "Telegram takes ten files in an album at most"};
  if (!what.choices.empty()) return problem{"choices", "Telegram shows no answers to tap below an album"};
  // Pictures and videos may stand side by side; anything else only with its own kind.
  const bool all_seen = std::all_of(what.files.begin(), what.files.end(), [&](const auto& file) {
    const auto as = file.type.starts_with("video/") ? content_type::video : content_type::photo;
    return kind_of_file(as, file) != "document";
  });
  array media;
  for (std::size_t n = 0; n < what.files.size(); ++n) {
    const auto& file = what.files[n];
    const auto part = "file" + std::to_string(n);
    object one{{"type", !all_seen                         ? "document"
                        : file.type.starts_with("video/") ? "video"
                                                          : "photo"},
               {"media", "attach://" + part}};
    // Below documents each has its own words; the last is where people look for them.
    const std::size_t captioned = all_seen ? 0 : what.files.size() - 1;
    if (n == captioned && !what.text.empty()) one["caption"] = what.text;
    media.push_back(std::move(one));
    to.parts.push_back(part);
  }
  to.method = "sendMediaGroup";
  to.fields["media"] = std::move(media);
  return std::nullopt;
}

std::optional<problem> put_files(const send_asked& what, bot_call& to) {
  if (what.files.empty()) return problem{"files", "the file is missing"};
  std::uint64_t size = 0;
  for (const auto& file : what.files) size += file.size;
  if (size > largest_file) return problem{"too_large", "Telegram takes 50 MB from a bot at most"};
  if (text_units(what.text) > longest_caption) return too_long(longest_caption, "a caption");
  if (what.files.size() > 1) return put_album(what, to);
  const auto& file = what.files.front();
  const auto kind = kind_of_file(what.type, file);
  to.method = method_of(kind);
  to.parts.emplace_back(kind);
  if (!what.text.empty()) to.fields["caption"] = what.text;
  if ((kind == "video" || kind == "voice") && file.seconds) to.fields["duration"] = *file.seconds;
  return std::nullopt;
}

/// Pressed, it is a message that says what stands on it.
std::optional<problem> put_choices(const send_asked& what, bot_call& to) {
  if (what.choices.empty()) return std::nullopt;
  array rows;
  for (const auto& choice : what.choices) {
    if (choice.empty() || text_units(choice) > longest_choice) return too_long(longest_choice, "an answer to tap");
    array row;
    row.push_back(object{{"text", choice}});
    rows.push_back(std::move(row));
  }
  to.fields["reply_markup"] = object{{"keyboard", std::move(rows)}, {"one_time_keyboard", true}, {"resize_keyboard", true}};
  return std::nullopt;
}

std::string words(const object& root, std::int64_t code) {
  return "Telegram says: " + platform_words(text_if(root, "description")) + " (" + std::to_string(code) + ")";
}

/// Ids of one message, or of each in an album; what cannot be read leaves none: it was sent all the same.
std::vector<std::string> ids_in(const object& root) {
  std::vector<std::string> ids;
  const auto take = [&](const object& message) {
    if (ids.size() == most_in_album) return;  // no album has more
    try {
      ids.push_back(platform_id_of(message, "result"));
    } catch (const refused_body&) {
    }
  };
  if (const auto* one = object_if(root, "result")) take(*one);
  if (const auto* several = array_if(root, "result"))
    for (const auto& each : *several)
      if (const auto* message = each.if_object()) take(*message);
  return ids;
}

bot_answer refused(const object& root, std::int64_t code) {
  bot_answer made;
  const auto name = std::to_string(code);
  const auto* more = object_if(root, "parameters");
  std::int64_t there = 0;
  if (const auto* member = more ? more->if_contains("migrate_to_chat_id") : nullptr;
      member && hub::message::read_json(*member, there) && there != 0) {
    made.moved_to = std::to_string(there);
    made.told = told_deferred(name, "the group has become a supergroup with another id");
    return made;
  }
  if (code == 429) {
    const auto* wish = more ? more->if_contains("retry_after") : nullptr;
    const auto seconds = wish ? whole_number(*wish) : std::nullopt;
    made.told = told_limited(name, words(root, code),
                             std::chrono::seconds(std::min<std::uint64_t>(seconds.value_or(usual_wait), longest_wait)));
  } else if (code == 401 || code == 404) {
    made.told = told_paused(name, "the bot_token is not valid any more; " + words(root, code));
  } else if (code == 403) {
    made.told = told_failed(name, words(root, code));
    made.unreachable = true;
  } else if (code == 409) {
    made.told = told_deferred(name, words(root, code));
  } else if (code >= 400 && code < 500) {
    made.told = told_failed(name, words(root, code));
  } else {
    made.told = told_unknown(name, words(root, code));
  }
  return made;
}

}  // namespace

hub::result<bot_call> call_for(const send_asked& what, std::string_view chat, std::string_view connection) {
  bot_call made;
  const auto id = hub::whole_number<std::int64_t>(chat);
  if (!id) return problem{"recipient", "nobody here is known by a Telegram id of this account"};
  made.fields["chat_id"] = *id;
  if (!connection.empty()) {
    made.fields["business_connection_id"] = connection;
    if (!what.choices.empty()) return problem{"choices", "Telegram shows no answers to tap below a business account's messages"};
  }
  std::optional<problem> wrong;
  switch (what.type) {
    case content_type::text:
      if (what.text.empty()) wrong = problem{"empty", "there is nothing to send"};
      if (text_units(what.text) > longest_text) wrong = too_long(longest_text, "a text");
      made.method = "sendMessage";
      made.fields["text"] = what.text;
      break;
    case content_type::photo:
    case content_type::video:
    case content_type::voice_note:
    case content_type::file: wrong = put_files(what, made); break;
    case content_type::location:
      if (!what.location) {
        wrong = problem{"location", "the place is missing"};
        break;
      }
      if (!what.text.empty()) wrong = problem{"caption", "Telegram shows no text beside a place: send it by itself"};
      made.method = "sendLocation";
      made.fields["latitude"] = what.location->latitude;
      made.fields["longitude"] = what.location->longitude;
      break;
    default:
      wrong = problem{"unsupported", "Telegram takes no message of type " + std::string(hub::name_of(what.type)) + " from here"};
  }
  if (!wrong) wrong = put_choices(what, made);
  if (wrong) return *wrong;
  // A message that was deleted meanwhile keeps no answer back.
  if (const auto message = answered_in(chat, what.reply_to))
    made.fields["reply_parameters"] = object{{"message_id", *message}, {"allow_sending_without_reply", true}};
  return made;
}

form_body body_of(const bot_call& call, const send_asked& what, const std::vector<std::string>& bytes,
                  std::string_view boundary) {
  if (call.parts.empty()) return {"application/json", boost::json::serialize(call.fields)};
  std::vector<form_part> parts;
  for (const auto& [name, value] : call.fields) {
    const auto* text = value.if_string();
    parts.push_back({std::string(name), text ? std::string(*text) : boost::json::serialize(value)});
  }
  for (std::size_t n = 0; n < call.parts.size(); ++n)
    parts.push_back({call.parts[n], bytes[n], outgoing_name(what.files[n]), what.files[n].type});
  return make_form(parts, boundary);
}

bot_answer read_send_answer(const hub::http::incoming& answer) {
  bot_answer made;
  const auto parsed = hub::message::parse_json(answer.body);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto* ok = root ? root->if_contains("ok") : nullptr;
  if (ok && ok->is_bool() && ok->get_bool() && answer.status == 200) {
    made.told = told_sent(ids_in(*root));
    return made;
  }
  const auto* code = root ? root->if_contains("error_code") : nullptr;
  std::int64_t number = 0;
  // What is no status of HTTP is no word of Telegram's either, and may be anybody's number.
  if (code && hub::message::read_json(*code, number) && number >= 100 && number < 600) return refused(*root, number);
  made.told = told_by_http("Telegram", answer);
  return made;
}

bool is_group(std::string_view chat) { return chat.starts_with('-'); }

}  // namespace connectors::telegram
