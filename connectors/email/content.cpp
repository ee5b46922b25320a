#include "connectors/email/content.hpp"

#include "connectors/body.hpp"
#include "connectors/email/charset.hpp"
#include "connectors/email/html_text.hpp"
#include "connectors/email/quotes.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace connectors::email {

namespace {

using hub::message::content_type;

constexpr std::size_t most_text_bytes = 2u << 20;
constexpr const char* mail_file = "message.eml";
constexpr std::size_t longest_part_name = 16;  // what the canonical event holds

bool is_text(const part& p) {
  return (p.type == "text/plain" || p.type == "text/html") && p.disposition != "attachment" && p.file_name.empty();
}

std::string text_of(const part& p) {
  auto bytes = decoded_body(p);
  if (bytes.size() > most_text_bytes) bytes.resize(most_text_bytes);
  const bool html = p.type == "text/html";
  const auto label = html && p.charset.empty() ? charset_of_page(bytes) : p.charset;
  auto text = to_utf8(bytes, label);
  if (html) return html_to_text(text);
  if (p.flowed) text = unflowed(text, p.delete_space);
  std::erase(text, '\r');
  return std::string(hub::trim(text));
}

void add_text(content& to, const std::string& text) {
  if (text.empty() || to.text.size() >= most_text_bytes) return;
  if (!to.text.empty()) to.text += "\n\n";
  to.text += text;
}

bool has_plain(const part& p) {
  if (p.children.empty()) return p.type == "text/plain" && is_text(p);
  return std::any_of(p.children.begin(), p.children.end(), has_plain);
}

void collect(const part& p, content& to);

/// The plain form where it says something, else the last one that does; files of all of them.
void collect_alternative(const part& p, content& to) {
  std::string plain, other;
  for (const auto& child : p.children) {
    content one;
    collect(child, one);
    if (!one.text.empty()) (has_plain(child) ? plain : other) = std::move(one.text);
    to.files.insert(to.files.end(), one.files.begin(), one.files.end());
  }
  add_text(to, plain.empty() ? other : plain);
}

void collect(const part& p, content& to) {
  if (p.type == "multipart/alternative") return collect_alternative(p, to);
  if (p.type.starts_with("multipart/") || !p.children.empty()) {
    for (const auto& child : p.children) collect(child, to);
    return;
  }
  if (is_text(p))
    add_text(to, text_of(p));
  else
    to.files.push_back(&p);
}

std::string extension_of(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string() : lower(name.substr(dot + 1));
}

std::string reference_to(const account_context& of, mail_place mail, const std::string& number) {
  media_reference media;
  mail.part = number;
  media.url = to_url(mail);
  return seal_media(of, media);
}

}  // namespace

content content_of(const part& mail) {
  content made;
  collect(mail, made);
  return made;
}

std::string safe_file_name(std::string_view given) {
  auto name = on_one_line(given);
  if (const auto slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
  while (!name.empty() && (name.back() == '.' || name.back() == ' ')) name.pop_back();
  return name;
}

content_type type_of_file(std::string_view type, std::string_view file_name) {
  const auto extension = extension_of(file_name);
  const bool recorded = [&] {
    const auto small = lower(file_name);
    return small.find("voice") != std::string::npos || small.find("rec") != std::string::npos;
  }();
  if (type == "image/svg+xml") return content_type::file;
  if (type.starts_with("image/")) return content_type::photo;
  if (type.starts_with("video/")) return content_type::video;
  if (hub::is_one_of(type, {"audio/ogg", "audio/opus", "audio/amr"})) return content_type::voice_note;
  if (type.starts_with("audio/"))
    return recorded && hub::is_one_of(extension, {"m4a", "mp4", "aac", "mp3", "3gp"}) ? content_type::voice_note
                                                                                      : content_type::file;
  if (type != "application/octet-stream") return content_type::file;
  if (hub::is_one_of(extension, {"jpg", "jpeg", "png", "gif", "webp", "heic"})) return content_type::photo;
  if (hub::is_one_of(extension, {"mp4", "mov", "3gp", "webm"})) return content_type::video;
  if (hub::is_one_of(extension, {"ogg", "oga", "opus", "amr"})) return content_type::voice_note;
  return content_type::file;
}

hub::message::attachment attachment_of(const account_context& of, const mail_place& mail, const part& file, std::size_t index) {
  hub::message::attachment made;
  made.part = file.number.size() <= longest_part_name ? file.number : "p" + std::to_string(index);
  auto name = safe_file_name(file.file_name);
  if (name.empty() && file.type == "message/rfc822") name = mail_file;
  made.type = type_of_file(file.type, name);
  made.file_name = file_name(of, name);
  made.reference = reference_to(of, mail, file.number);
  made.size = decoded_body(file).size();
  return made;
}

hub::message::attachment whole_mail(const account_context& of, const kept_mail& mail) {
  hub::message::attachment made;
  made.part = "mail";
  made.type = content_type::file;
  made.file_name = mail_file;
  made.reference = reference_to(of, mail.place, {});
  made.size = mail.size;
  return made;
}

std::optional<std::string> file_in(const part& mail, std::string_view number) {
  if (mail.children.empty() || mail.number == number)
    return mail.number == number ? std::optional(decoded_body(mail)) : std::nullopt;
  for (const auto& child : mail.children)
    if (auto found = file_in(child, number)) return found;
  return std::nullopt;
}

}  // namespace connectors::email
