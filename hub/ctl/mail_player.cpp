#include "hub/ctl/mail_player.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/ctl/car_photo.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <map>

namespace hub::ctl {

namespace {

constexpr std::size_t base64_line = 76;

std::string encoded(std::string_view bytes) {
  const auto whole = to_base64(bytes);
  std::string lines;
  for (std::size_t at = 0; at < whole.size(); at += base64_line) lines += whole.substr(at, base64_line) + "\r\n";
  return lines;
}

std::string encoded_word(std::string_view text) { return "=?UTF-8?B?" + to_base64(text) + "?="; }

/// Of ".../media/000010000012.png": which picture or paper it is.
std::string file_part(const viber_content& said) {
  const auto slash = said.media.rfind('/'), dot = said.media.rfind('.');
  const auto number = std::stoull(said.media.substr(slash + 1, dot - slash - 1));
  const bool paper = said.media.ends_with("pdf");
  const auto name = said.file_name.empty() ? fmt::format("IMG_{:04}.png", number % 10'000) : said.file_name;
  return fmt::format(
      "Content-Type: {}; name=\"{}\"\r\nContent-Disposition: attachment; filename=\"{}\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n{}",
      paper ? "application/pdf" : "image/png", encoded_word(name), encoded_word(name),
      encoded(paper ? make_pdf(number) : draw_car_photo(number)));
}

}  // namespace

std::vector<told_mail> tell_mails(const std::vector<viber_event>& story) {
  std::vector<told_mail> mails;
  std::map<std::string, std::size_t> last;
  for (const auto& event : story) {
    if (event.event != "message") continue;
    const auto& said = event.content;
    const auto known = last.find(event.who.id);
    if (said.type == "text" && !said.text.empty()) {
      last[event.who.id] = mails.size();
      mails.push_back({event, {}});
    } else if ((said.type == "picture" || said.type == "file") && known != last.end()) {
      mails[known->second].files.push_back(event);
    }
  }
  return mails;
}

std::string mail_body(const told_mail& told) {
  const auto& event = told.text;
  const auto person = to_hex(sha256(event.who.id)).substr(0, 10);
  const auto from = fmt::format("{}@{}", person, demo_mail_domain);
  const auto& text = event.content.text;
  const auto subject = shorten(text.substr(0, text.find_first_of(".?!\n")), 60);
  auto mail = fmt::format(
      "Authentication-Results: {}; dmarc=pass header.from={}\r\nFrom: {} <{}>\r\nTo: {}\r\nSubject: {}\r\n"
      "Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\nMessage-ID: <{}.{}@{}>\r\nMIME-Version: 1.0\r\n",
      demo_mail_server, demo_mail_domain, encoded_word(event.who.name), from, demo_mail_address, encoded_word(subject),
      std::chrono::floor<std::chrono::seconds>(event.time), event.token, person, demo_mail_domain);
  const auto words = fmt::format("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                                 encoded(text + "\r\n\r\n-- \r\n" + event.who.name + "\r\n"));
  if (told.files.empty()) return mail + words;
  mail += "Content-Type: multipart/mixed; boundary=\"=demo=\"\r\n\r\n--=demo=\r\n" + words;
  for (const auto& file : told.files) mail += "--=demo=\r\n" + file_part(file.content);
  return mail + "--=demo=--\r\n";
}

}  // namespace hub::ctl
