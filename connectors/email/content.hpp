#pragma once
// What of a mail is text and what are files: text/plain before HTML where both say the same (RFC 2046, multipart/alternative),
// text parts one after the other, everything else a file. Pure, any thread.

#include "connectors/account.hpp"
#include "connectors/email/kept_mail.hpp"
#include "connectors/email/mime.hpp"
#include "hub/message/canonical.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::email {

struct content {
  std::string text;  ///< UTF-8, "\n" at line ends
  std::vector<const part*> files;
};

content content_of(const part& mail);

/// The file as an attachment: its reference says which part of the mail it is, its type comes from what the mail declares.
hub::message::attachment attachment_of(const account_context& of, const mail_place& mail, const part& file, std::size_t index);
/// A mail that is too large to be carried, as the file that it is where it lies.
hub::message::attachment whole_mail(const account_context& of, const kept_mail& mail);
/// The bytes of the part with this number; nothing when the mail has none such.
std::optional<std::string> file_in(const part& mail, std::string_view number);

/// Photo, video, voice note or file.
hub::message::content_type type_of_file(std::string_view type, std::string_view file_name);

/// A name for people: no folders, no dots or blanks at its end.
std::string safe_file_name(std::string_view given);

}  // namespace connectors::email
