#include "hub/ctl/replay_differences.hpp"

#include "hub/message/json.hpp"

#include <map>

namespace hub::ctl {

namespace {

using message::chat_message;
using workers::store::message_details;

/// Every described field that says something, as text.
struct as_texts {
  std::map<std::string, std::string> texts;

  template <class Field>
  void operator()(std::string_view name, const Field& field, const about&) {
    if (field == Field{}) return;
    if constexpr (std::is_same_v<Field, std::string>)
      texts[std::string(name)] = field;
    else
      texts[std::string(name)] = message::to_json(field);
  }
};

std::string words_of(const message::attachment& a) {
  std::string words(name_of(a.type));
  if (!a.file_name.empty()) words += " " + a.file_name;
  if (a.size) words += ", " + std::to_string(*a.size) + " bytes";
  if (a.seconds) words += ", " + std::to_string(*a.seconds) + " s";
  return words;
}

std::map<std::string, std::string> attachments_of(const chat_message& said) {
  std::map<std::string, std::string> words;
  for (const auto& a : said.attachments) words["attachment " + a.part] = words_of(a);
  return words;
}

std::map<std::string, std::string> details_of(const chat_message& said) {
  as_texts on;
  const message_details<const chat_message> details{said};
  message_details<const chat_message>::describe(details, on);
  // Sealed anew it is another text and the same id.
  if (on.texts.contains("sealed_id")) on.texts["sealed_id"] = "sealed";
  return on.texts;
}

class comparison {
 public:
  void compare(const std::string& column, const std::string& was, const std::string& now, bool stays = false) {
    if (was != now) found.push_back({column, was, now, stays});
  }
  void compare(const std::map<std::string, std::string>& was, const std::map<std::string, std::string>& now, bool gone_stays) {
    for (const auto& [column, text] : was) {
      const auto other = now.find(column);
      compare(column, text, other == now.end() ? "" : other->second, gone_stays && other == now.end());
    }
    for (const auto& [column, text] : now)
      if (!was.contains(column)) compare(column, "", text);
  }
  void compare_messages(const chat_message& was, const chat_message& now) {
    compare("type", std::string(name_of(was.type)), std::string(name_of(now.type)));
    compare("text", was.text, now.text);
    compare("reply_to", was.reply_to, now.reply_to);
    compare(details_of(was), details_of(now), false);
    compare(attachments_of(was), attachments_of(now), true);
    compare("direction", std::string(name_of(was.direction)), std::string(name_of(now.direction)), true);
    compare("platform_id", was.platform_id, now.platform_id, true);
  }

  std::vector<content_difference> found;
};

std::string words_of(const std::optional<message::geo_point>& place) { return place ? message::to_json(*place) : ""; }

}  // namespace

bool is_of_another(const workers::store::stored_content& stored, const message::event& kept, const message::event& now) {
  const auto text_of = [](const message::event_data& data) -> const std::string* {
    if (const auto* edited = std::get_if<message::message_edited>(&data)) return &edited->text;
    if (const auto* reacted = std::get_if<message::reaction>(&data)) return &reacted->emoji;
    return nullptr;
  };
  const auto* row = text_of(stored.said);
  return row && *row != *text_of(kept.data) && *row > *text_of(now.data);
}

std::vector<content_difference> differences(const workers::store::stored_content& stored, const message::event& now) {
  comparison made;
  if (const auto* was = std::get_if<chat_message>(&stored.said)) {
    made.compare_messages(*was, std::get<chat_message>(now.data));
  } else if (const auto* edited = std::get_if<message::message_edited>(&stored.said)) {
    const auto& other = std::get<message::message_edited>(now.data);
    made.compare("text", edited->text, other.text);
    made.compare("location", words_of(edited->location), words_of(other.location));
  } else if (const auto* reacted = std::get_if<message::reaction>(&stored.said)) {
    made.compare("emoji", reacted->emoji, std::get<message::reaction>(now.data).emoji);
  } else if (const auto* told = std::get_if<message::activity>(&stored.said)) {
    const auto& other = std::get<message::activity>(now.data);
    made.compare("details", told->details, other.details);
    made.compare("activity", told->activity, other.activity, true);
  }
  made.compare("time", to_rfc3339(stored.at), to_rfc3339(now.time), true);
  return std::move(made.found);
}

}  // namespace hub::ctl
