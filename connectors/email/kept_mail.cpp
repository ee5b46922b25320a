#include "connectors/email/kept_mail.hpp"

#include <boost/url/decode_view.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include "hub/base/number.hpp"

namespace connectors::email {

namespace {

constexpr std::string_view header_name = "X-Leadyard-Mail: ";
constexpr std::string_view validity_name = ";UIDVALIDITY=", uid_name = "/;UID=", section_name = "/;SECTION=";

/// What stands before `mark`; `rest` moves behind it. Everything, where it does not come.
std::string_view take_until(std::string_view& rest, std::string_view mark) {
  const auto at = rest.find(mark);
  const auto before = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + mark.size());
  return before;
}

}  // namespace

std::string to_url(const mail_place& place) {
  std::string made = "/";
  if (!place.mailbox.empty()) {
    made += boost::urls::encode(place.mailbox, boost::urls::unreserved_chars);
    made += std::string(validity_name) + std::to_string(place.validity) + std::string(uid_name) + std::to_string(place.uid);
  }
  return place.part.empty() ? made : made + std::string(section_name) + place.part;
}

hub::result<mail_place> place_in(std::string_view url) {
  const hub::problem wrong{"reference", "names no mail"};
  if (!url.starts_with('/')) return wrong;
  mail_place made;
  auto rest = url;
  auto where = take_until(rest, section_name);
  made.part = rest;
  if (where == "/" || where.empty()) return made;
  where.remove_prefix(1);
  const auto name = boost::urls::make_pct_string_view(take_until(where, validity_name));
  if (!name) return wrong;
  made.mailbox = name->decode();
  const auto validity = hub::whole_number<std::uint32_t>(take_until(where, uid_name));
  const auto uid = hub::whole_number<std::uint32_t>(where);
  if (!validity || !uid) return wrong;
  made.validity = *validity;
  made.uid = *uid;
  return made;
}

std::string to_text(const kept_mail& mail) {
  std::string made(header_name);
  made += to_url(mail.place) + " size=" + std::to_string(mail.size);
  if (mail.internal_date) made += " date=" + hub::to_rfc3339(*mail.internal_date);
  if (mail.head_only) made += " head";
  made += "\r\n";
  return made.append(mail.raw);
}

kept_mail read_kept(std::string_view text) {
  kept_mail made;
  made.raw = text;
  made.size = text.size();
  if (!text.starts_with(header_name)) return made;
  auto rest = text.substr(header_name.size());
  auto line = take_until(rest, "\r\n");
  made.raw = rest;
  const auto place = place_in(take_until(line, " "));
  if (place) made.place = *place;
  while (!line.empty()) {
    const auto word = take_until(line, " ");
    if (word.starts_with("size=")) made.size = hub::whole_number<std::uint64_t>(word.substr(5)).value_or(made.size);
    if (word.starts_with("date="))
      if (const auto date = hub::parse_rfc3339(word.substr(5))) made.internal_date = *date;
    if (word == "head") made.head_only = true;
  }
  return made;
}

std::size_t end_of_head(std::string_view raw) {
  for (const std::string_view empty_line : {"\r\n\r\n", "\n\n"})
    if (const auto at = raw.find(empty_line); at != std::string_view::npos) return at + empty_line.size();
  return raw.size();
}

}  // namespace connectors::email
