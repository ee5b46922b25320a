#include "connectors/viber/send.hpp"

#include "connectors/body.hpp"
#include "connectors/sender.hpp"
#include "connectors/viber/sender_json.hpp"
#include "hub/base/text.hpp"
#include "hub/media/kind.hpp"
#include "hub/message/json.hpp"
#include "hub/message/tracking.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

namespace connectors::viber {

namespace {

using namespace std::chrono_literals;
using hub::problem;
using hub::message::content_type;

constexpr std::size_t longest_text = 7000, longest_caption = 768, longest_url = 2000, longest_name = 28, longest_file_name = 256,
                      longest_choice = 250, largest_request = 30 * 1024;
constexpr std::uint64_t shown_everywhere = 1 << 20, largest_picture = 3 << 20;  ///< the first is what an iPhone shows
constexpr std::uint64_t largest_video = 27'262'976, largest_file = 52'428'800;
constexpr std::uint32_t longest_video = 180;

/// "File types that cannot be sent": what Windows, macOS, Linux and the phones would run.
constexpr std::array<std::string_view, 47> forbidden_endings{
    "action", "apk",  "app", "bat", "bin", "cmd", "com", "command",  "cpl",      "csh", "ex",  "exe",
    "gadget", "inf1", "ins", "inx", "ipa", "isu", "job", "jse",      "ksh",      "lnk", "msc", "msi",
    "msp",    "mst",  "osx", "out", "paf", "pif", "prg", "ps1",      "reg",      "rgs", "run", "sct",
    "sh",     "shb",  "shs", "u3p", "vb",  "vbe", "vbs", "vbscript", "workflow", "ws",  "wsf"};

struct place_json {
  double lat = 0;
  double lon = 0;

  bool operator==(const place_json&) const = default;
  static void describe(auto& self, auto& on) {
    on("lat", self.lat, always);
    on("lon", self.lon, always);
  }
};

/// A press comes back as a text that says ActionBody.
struct button_json {
  std::string action_type = "reply";
  std::string action_body;
  std::string text;

  bool operator==(const button_json&) const = default;
  static void describe(auto& self, auto& on) {
    on("ActionType", self.action_type, always);
    on("ActionBody", self.action_body, always);
    on("Text", self.text, always);
  }
};

struct keyboard_json {
  std::string type = "keyboard";
  std::vector<button_json> buttons;

  bool operator==(const keyboard_json&) const = default;
  static void describe(auto& self, auto& on) {
    on("Type", self.type, always);
    on("Buttons", self.buttons, always);
  }
};

struct request_json {
  std::string receiver;
  int min_api_version = 1;
  sender_json sender;
  std::string tracking_data;
  std::string type;
  std::optional<std::string> text;
  std::optional<std::string> media;
  std::optional<std::uint64_t> size;
  std::optional<std::uint32_t> duration;
  std::string file_name;
  std::optional<place_json> location;
  std::optional<keyboard_json> keyboard;

  static void describe(auto& self, auto& on) {
    on("receiver", self.receiver, always);
    on("min_api_version", self.min_api_version, always);
    on("sender", self.sender, always);
    on("tracking_data", self.tracking_data, always);
    on("type", self.type, always);
    on("text", self.text, sometimes);
    on("media", self.media, sometimes);
    on("size", self.size, sometimes);
    on("duration", self.duration, sometimes);
    on("file_name", self.file_name, sometimes);
    on("location", self.location, sometimes);
    on("keyboard", self.keyboard, sometimes);
  }
};

problem too_long(std::size_t most, const std::string& what) {
  return {"too_long", "Viber takes " + std::to_string(most) + " characters of " + what + " at most"};
}

/// The whole text is one address.
bool is_link(std::string_view text) {
  return (text.starts_with("https://") || text.starts_with("http://")) && text.size() <= longest_url &&
         text.find_first_of(" \t\r\n") == std::string_view::npos;
}

std::optional<problem> put_text(const send_asked& what, request_json& to) {
  if (what.text.empty()) return problem{"empty", "there is nothing to send"};
  if (is_link(what.text)) {
    to.type = "url";
    to.media = what.text;
    return std::nullopt;
  }
  if (text_units(what.text) > longest_text) return too_long(longest_text, "a text");
  to.type = "text";
  to.text = what.text;
  return std::nullopt;
}

std::optional<problem> put_file(const send_asked& what, std::string_view link, request_json& to) {
  const auto form = form_of_file(what);
  if (!form) return form.error();
  if (link.empty()) return problem{"no public url", "intake.public_url is not set: Viber fetches files from there"};
  if (link.size() > longest_url) return too_long(longest_url, "an address");
  const auto& file = what.files.front();
  to.type = form->type;
  to.media = std::string(link);
  if (form->type == "picture") {
    to.text = what.text;
    return std::nullopt;
  }
  to.size = file.size;
  if (form->type == "video")
    to.duration = file.seconds;
  else
    to.file_name = outgoing_name(file);
  return std::nullopt;
}

std::optional<problem> put_keyboard(const send_asked& what, request_json& to) {
  if (what.choices.empty()) return std::nullopt;
  keyboard_json keyboard;
  for (const auto& choice : what.choices) {
    if (choice.empty() || text_units(choice) > longest_choice) return too_long(longest_choice, "an answer to tap");
    button_json button;
    button.action_body = choice;
    button.text = choice;
    keyboard.buttons.push_back(std::move(button));
  }
  to.keyboard = std::move(keyboard);
  return std::nullopt;
}

std::string words(std::string_view meaning, std::int64_t status, std::string_view said) {
  return std::string(meaning) + "; Viber says: " + platform_words(said) + " (status " + std::to_string(status) + ")";
}

/// REST page, "Error codes".
send_told told_by_status(std::int64_t status, std::string_view said) {
  const auto code = std::to_string(status);
  const auto failed = [&](std::string_view meaning) { return told_failed(code, words(meaning, status, said)); };
  const auto paused = [&](std::string_view meaning) { return told_paused(code, words(meaning, status, said)); };
  switch (status) {
    case 1: return failed("an address in the message is not valid");
    case 2: return paused("the auth token is not valid");
    case 3: return failed("Viber finds the message's data not valid");
    case 4: return failed("Viber misses a field of the message");
    case 5: return failed("this person is no longer on Viber");
    case 6: return failed("this person takes no messages of ours until they write or subscribe");
    case 7: return paused("the account is blocked");
    case 8: return paused("the account of this token does not exist");
    case 9: return paused("the account is suspended");
    case 10: return paused("no webhook is set: hubctl connectors register");
    case 11: return failed("no device of this person can show the message");
    case 12: return told_limited(code, words("a hundred messages an hour without an answer are the limit", status, said), 1h);
    case 13:
    case 14: return failed("this person's Viber cannot show such a message");
    case 15: return paused("the account is not authorized");
    case 16:
    case 17:
    case 18:
    case 20: return failed("this account may not send so");
    case 21: return failed("nothing may be sent to this person's country");
    case 22: return failed("payments are not supported");
    case 23: return paused("the month's free messages are used up");
    case 24: return paused("there is no money left on the account");
    default: return told_deferred(code, words("Viber failed", status, said));
  }
}

}  // namespace

hub::result<file_form> form_of_file(const send_asked& what) {
  if (what.files.size() != 1) return problem{"files", "Viber takes one file a message"};
  const auto& file = what.files.front();
  file_form made;
  made.extension = std::string(hub::media::extension_of(file.type));
  const bool is_picture = file.type == "image/jpeg" || file.type == "image/png" || file.type == "image/gif";
  // A file loses the caption, and with a large picture an iPhone may lose the picture: words that somebody wrote come first.
  if (what.type == content_type::photo && is_picture && file.size <= (what.text.empty() ? shown_everywhere : largest_picture)) {
    if (text_units(what.text) > longest_caption) return too_long(longest_caption, "a caption");
    made.type = "picture";
    return made;
  }
  if (!what.text.empty())
    return problem{"caption", what.type == content_type::photo
                                  ? "Viber shows no text beside a picture of over 3 MB or of this type: send it by itself"
                                  : "Viber shows no text beside a file: send it by itself"};
  if (what.type == content_type::video && file.type == "video/mp4" && file.size <= largest_video &&
      file.seconds.value_or(0) <= longest_video) {
    made.type = "video";
    return made;
  }
  const auto name = outgoing_name(file);
  const auto ending = extension_of_name(name);
  if (file.size > largest_file) return problem{"too_large", "Viber takes files of 50 MB at most"};
  if (text_units(name) > longest_file_name) return too_long(longest_file_name, "a file's name");
  if (ending.empty()) return problem{"file_name", "Viber wants a file's name to have an ending"};
  if (std::find(forbidden_endings.begin(), forbidden_endings.end(), ending) != forbidden_endings.end())
    return problem{"file_type", "Viber takes no ." + ending + " files"};
  made.type = "file";
  made.extension = ending;
  return made;
}

hub::result<std::string> send_message_request(const settings& with, const send_asked& what, std::string_view receiver,
                                              std::string_view link) {
  request_json made;
  made.receiver = receiver;
  made.sender.name = cut_text(what.sender_name.empty() ? with.sender_name : what.sender_name, longest_name);
  made.sender.avatar = with.sender_avatar;
  made.tracking_data = hub::message::tracking_text({what.outbox_id, what.attempt});
  if (made.sender.name.empty()) return problem{"sender_name", "Viber wants a sender's name: set sender_name of the account"};
  std::optional<problem> wrong;
  switch (what.type) {
    case content_type::text: wrong = put_text(what, made); break;
    case content_type::photo:
    case content_type::video:
    case content_type::voice_note:
    case content_type::file: wrong = put_file(what, link, made); break;
    case content_type::location:
      if (!what.location)
        wrong = problem{"location", "the place is missing"};
      else if (!what.text.empty())
        wrong = problem{"caption", "Viber shows no text beside a place: send it by itself"};
      else
        made.location = place_json{what.location->latitude, what.location->longitude};
      made.type = "location";
      break;
    default:
      wrong = problem{"unsupported", "Viber takes no message of type " + std::string(hub::name_of(what.type)) + " from here"};
  }
  if (!wrong) wrong = put_keyboard(what, made);
  if (wrong) return *wrong;
  auto body = hub::message::to_json(made);
  if (body.size() > largest_request) return problem{"too_large", "Viber takes requests of 30 KB at most"};
  return body;
}

send_told read_send_answer(const hub::http::incoming& answer) {
  const auto parsed = hub::message::parse_json(answer.body);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto* status = root ? root->if_contains("status") : nullptr;
  std::int64_t code = 0;
  if (answer.status != 200 || !status || !hub::message::read_json(*status, code)) return told_by_http("Viber", answer);
  if (code != 0) return told_by_status(code, text_if(*root, "status_message"));
  const auto* token = root->if_contains("message_token");
  const auto id = token ? whole_number(*token) : std::nullopt;
  return told_sent(id ? std::vector<std::string>{std::to_string(*id)} : std::vector<std::string>{});
}

bool says_unsubscribed(const send_told& told) { return told.state == send_state::failed && told.code == "6"; }

}  // namespace connectors::viber
