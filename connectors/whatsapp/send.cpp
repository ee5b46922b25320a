#include "connectors/whatsapp/send.hpp"

#include "connectors/body.hpp"
#include "connectors/sender.hpp"
#include "connectors/whatsapp/people.hpp"
#include "hub/base/crypto.hpp"
#include "hub/message/json.hpp"
#include "hub/message/tracking.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace connectors::whatsapp {

namespace {

using namespace std::chrono_literals;
using boost::json::array;
using boost::json::object;
using hub::problem;
using hub::message::content_type;
using hub::message::outgoing_file;

constexpr std::size_t longest_text = 4096, longest_caption = 1024, longest_body = 1024, longest_button = 20, longest_row = 24,
                      most_buttons = 3, most_rows = 10;
constexpr std::uint64_t largest_image = 5 << 20, largest_sound = 16 << 20, largest_video = 16 << 20, largest_document = 100 << 20;

problem too_long(std::size_t most, const std::string& what) {
  return {"too_long", "WhatsApp takes " + std::to_string(most) + " characters of " + what + " at most"};
}

bool is_any_of(std::string_view type, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), type) != list.end();
}

// ---- what is sent --------------------------------------------------------------------------------------

std::optional<problem> put_choices(const settings& with, const send_asked& what, object& to) {
  if (text_units(what.text) > longest_body) return too_long(longest_body, "a text with answers to tap");
  if (what.choices.size() > most_rows) return problem{"choices", "WhatsApp takes ten answers to tap at most"};
  const auto fits = [](std::size_t most) { return [most](const std::string& one) { return text_units(one) <= most; }; };
  const bool as_buttons =
      what.choices.size() <= most_buttons && std::all_of(what.choices.begin(), what.choices.end(), fits(longest_button));
  if (!as_buttons && !std::all_of(what.choices.begin(), what.choices.end(), fits(longest_row)))
    return too_long(longest_row, "an answer to tap");
  array list;
  for (std::size_t n = 0; n < what.choices.size(); ++n) {
    if (what.choices[n].empty()) return problem{"choices", "an answer to tap is empty"};
    object one{{"id", "hub:choice=" + std::to_string(n + 1)}, {"title", what.choices[n]}};
    if (as_buttons) one = object{{"type", "reply"}, {"reply", std::move(one)}};
    list.push_back(std::move(one));
  }
  object action;
  if (as_buttons) {
    action["buttons"] = std::move(list);
  } else {
    action["button"] = cut_text(with.list_button, longest_button);
    action["sections"] = array{object{{"rows", std::move(list)}}};
  }
  to["type"] = "interactive";
  to["interactive"] =
      object{{"type", as_buttons ? "button" : "list"}, {"body", object{{"text", what.text}}}, {"action", std::move(action)}};
  return std::nullopt;
}

std::optional<problem> put_text(const settings& with, const send_asked& what, object& to) {
  if (what.text.empty()) return problem{"empty", "there is nothing to send"};
  if (!what.choices.empty()) return put_choices(with, what, to);
  if (text_units(what.text) > longest_text) return too_long(longest_text, "a text");
  to["type"] = "text";
  to["text"] = object{{"preview_url", false}, {"body", what.text}};
  return std::nullopt;
}

/// The only kind that Meta takes when the customer wrote more than a day ago.
void put_template(const hub::message::prepared_text& prepared, object& to) {
  object made{{"name", prepared.name}, {"language", object{{"code", prepared.language}}}};
  array values;
  for (const auto& value : prepared.values) values.push_back(object{{"type", "text"}, {"text", value}});
  if (!values.empty()) made["components"] = array{object{{"type", "body"}, {"parameters", std::move(values)}}};
  to["type"] = "template";
  to["template"] = std::move(made);
}

std::optional<problem> put_file(const send_asked& what, std::string_view media_id, object& to) {
  const auto kind = kind_of_file(what);
  if (!kind) return kind.error();
  const auto& file = what.files.front();
  object made{{"id", media_id}};
  if (!what.text.empty()) made["caption"] = what.text;
  if (*kind == "document") made["filename"] = outgoing_name(file);
  // A voice note is OGG with Opus; other sounds are played as music.
  if (*kind == "audio" && file.type == "audio/ogg") made["voice"] = true;
  to["type"] = *kind;
  to[*kind] = std::move(made);
  return std::nullopt;
}

// ---- what it answers -----------------------------------------------------------------------------------

/// Meta asks to wait longer each time: "4^X seconds, X from 0 on".
std::chrono::milliseconds wait_of(std::uint32_t attempt) {
  return std::chrono::seconds(1U << (2 * std::clamp<std::uint32_t>(attempt, 1, 7) - 2));
}

enum class class_of_error { limit, upgrade, passing, person, content, account, other };

/// Page "Error codes", by what has to happen next.
class_of_error class_of(std::int64_t code) {
  static constexpr std::array limits{4, 80007, 130429, 131056};
  static constexpr std::array passing{1, 2, 131000, 131016, 133004, 133016};
  static constexpr std::array persons{130403, 130472, 131021, 131026, 131030, 131047, 131049, 131050, 131062};
  static constexpr std::array contents{100,    131008, 131009, 131051, 131052, 131053, 132000, 132001,
                                       132005, 132007, 132012, 132015, 132016, 132068, 132069, 135000};
  static constexpr std::array accounts{0,      3,      10,     33,     190,    368,    130497, 131005,
                                       131031, 131037, 131042, 131045, 131048, 131063, 131064, 133010};
  const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), code) != list.end(); };
  if (in(limits)) return class_of_error::limit;
  if (code == 131057) return class_of_error::upgrade;
  if (in(passing)) return class_of_error::passing;
  if (in(persons)) return class_of_error::person;
  if (in(contents)) return class_of_error::content;
  if (in(accounts) || (code >= 200 && code <= 299)) return class_of_error::account;
  return class_of_error::other;
}

/// "code: details", as people see it.
std::string words(const object& error, std::int64_t code) {
  const auto* data = object_if(error, "error_data");
  const auto details = data ? text_if(*data, "details") : std::string_view();
  const auto said = plain(details.empty() ? text_if(error, "message") : details, 160);
  const std::string what = code == 131047 ? "a day has passed since the customer wrote: only a template goes out now; " : "";
  return what + "WhatsApp says: " + platform_words(said) + " (" + std::to_string(code) + ")";
}

/// Nothing where the answer holds no error of Meta's.
std::optional<send_told> told_by_error(const hub::http::incoming& answer, const object& root, std::uint32_t attempt) {
  const auto* error = object_if(root, "error");
  const auto* member = error ? error->if_contains("code") : nullptr;
  std::int64_t code = 0;
  if (!member || !hub::message::read_json(*member, code)) return std::nullopt;
  const auto name = std::to_string(code);
  switch (class_of(code)) {
    case class_of_error::limit: return told_limited(name, words(*error, code), wait_of(attempt));
    case class_of_error::upgrade: return told_limited(name, words(*error, code), 1min);
    case class_of_error::passing: return told_deferred(name, words(*error, code));
    case class_of_error::account: return told_paused(name, words(*error, code));
    case class_of_error::person:
    case class_of_error::content: return told_failed(name, words(*error, code));
    case class_of_error::other: break;
  }
  if (answer.status >= 500) return told_unknown(name, words(*error, code));
  return told_failed(name, words(*error, code));
}

}  // namespace

hub::result<receiver> receiver_of(const account_context& of, const send_asked& what) {
  known_person who;
  if (!what.reply_address.empty()) {
    const auto opened = hub::unseal(of.seal_key, what.reply_address);
    if (!opened) return problem{"recipient", "the sealed address cannot be opened: was the key changed?"};
    who.learn(*opened);
  }
  for (const auto& one : what.recipient)
    if (one.space == of.channel && one.account == of.account) {
      known_person by_id;
      by_id.learn(one.id);
      // A hash stands for an id of another form: nobody is reached by it.
      by_id.opaque.clear();
      by_id.number.clear();
      who.learn(by_id);
    }
  if (!who.number.empty()) return receiver{"+" + who.number, {}};
  if (!who.user.empty()) return receiver{{}, who.user};
  if (!who.opaque.empty()) return receiver{{}, who.opaque};
  return problem{"recipient", "nobody here is known by a WhatsApp id or a sealed address of this account"};
}

hub::result<std::string> kind_of_file(const send_asked& what) {
  if (what.files.size() != 1) return problem{"files", "WhatsApp takes one file a message"};
  if (!what.choices.empty()) return problem{"choices", "answers to tap stand below a text: send the file by itself"};
  const auto& file = what.files.front();
  const auto caption = text_units(what.text);
  if (caption > longest_caption) return too_long(longest_caption, "a caption");
  if (what.type == content_type::photo && is_any_of(file.type, {"image/jpeg", "image/png"}) && file.size <= largest_image)
    return std::string("image");
  if (what.type == content_type::video && is_any_of(file.type, {"video/mp4", "video/3gpp"}) && file.size <= largest_video)
    return std::string("video");
  const bool sound = is_any_of(file.type, {"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/aac", "audio/AMR"});
  if (what.type == content_type::voice_note && sound && file.size <= largest_sound) {
    if (caption > 0) return problem{"caption", "WhatsApp shows no text beside a voice note: send it by itself"};
    return std::string("audio");
  }
  if (file.size > largest_document) return problem{"too_large", "WhatsApp takes files of 100 MB at most"};
  return std::string("document");
}

hub::result<std::string> message_request(const account_context& of, const settings& with, const send_asked& what,
                                         const receiver& to, std::string_view media_id) {
  object made{{"messaging_product", "whatsapp"}, {"recipient_type", "individual"}};
  if (!to.number.empty())
    made["to"] = to.number;
  else
    made["recipient"] = to.user;
  std::optional<problem> wrong;
  if (what.prepared) {
    put_template(*what.prepared, made);
  } else {
    switch (what.type) {
      case content_type::text: wrong = put_text(with, what, made); break;
      case content_type::photo:
      case content_type::video:
      case content_type::voice_note:
      case content_type::file: wrong = put_file(what, media_id, made); break;
      case content_type::location:
        if (!what.location) return problem{"location", "the place is missing"};
        if (!what.text.empty()) return problem{"caption", "WhatsApp shows no text beside a place: send it by itself"};
        made["type"] = "location";
        made["location"] = object{{"latitude", what.location->latitude}, {"longitude", what.location->longitude}};
        break;
      default:
        wrong =
            problem{"unsupported", "WhatsApp takes no message of type " + std::string(hub::name_of(what.type)) + " from here"};
    }
  }
  if (wrong) return *wrong;
  // Without the key of that time nothing is quoted: the answer matters more.
  if (!what.sealed_reply_to.empty())
    if (const auto answered = hub::unseal(of.seal_key, what.sealed_reply_to)) made["context"] = object{{"message_id", *answered}};
  made["biz_opaque_callback_data"] = hub::message::tracking_text({what.outbox_id, what.attempt});
  return boost::json::serialize(made);
}

send_told read_message_answer(const account_context& of, const hub::http::incoming& answer, std::uint32_t attempt) {
  const auto parsed = hub::message::parse_json(answer.body);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  if (root)
    if (auto told = told_by_error(answer, *root, attempt)) return *told;
  const auto* list = root && answer.status / 100 == 2 ? array_if(*root, "messages") : nullptr;
  if (!list) return told_by_http("WhatsApp", answer);
  auto told = told_sent({});
  const auto* first = list->empty() ? nullptr : list->front().if_object();
  if (const auto id = first ? text_if(*first, "id") : std::string_view(); !id.empty()) {
    told.platform_ids.push_back(hashed(id));
    told.sealed_id = hub::seal(of.seal_key, id);
  }
  return told;
}

upload_answer read_upload_answer(const hub::http::incoming& answer, std::uint32_t attempt) {
  upload_answer made;
  const auto parsed = hub::message::parse_json(answer.body);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto error = root ? told_by_error(answer, *root, attempt) : std::nullopt;
  if (root && !error && answer.status / 100 == 2) made.media_id = std::string(text_if(*root, "id"));
  if (!made.media_id.empty()) return made;
  made.told = error ? *error : told_by_http("WhatsApp", answer);
  if (made.told.state == send_state::unknown) {
    made.told.state = send_state::deferred;
    made.repeatable = true;
  }
  return made;
}

}  // namespace connectors::whatsapp
