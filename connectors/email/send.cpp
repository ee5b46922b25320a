#include "connectors/email/send.hpp"

#include "connectors/email/gmime.hpp"
#include "connectors/email/mime.hpp"
#include "connectors/email/threading.hpp"
#include "connectors/sender.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/number.hpp"
#include "hub/base/text.hpp"

#include <algorithm>

namespace connectors::email {

namespace {

using namespace std::chrono_literals;
using hub::problem;
using hub::message::content_type;
using hub::message::outgoing_file;

constexpr std::size_t most_references = 20, longest_line = 900;
constexpr std::string_view reply_word = "Re: ";

/// Nothing that a header is made of may end its line (RFC 5322, 2.2), or the text as C sees it.
bool ends_a_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos; }

problem injected(const std::string& what) { return {"header", what + " holds a line end or a zero byte"}; }

/// An address that SMTP takes without extensions: letters of ASCII.
bool is_plain(std::string_view mail) {
  return std::all_of(mail.begin(), mail.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

/// The newest id comes first, and says the address itself, unless that is kept as a hash: then it is the sealed one.
hub::result<std::string> recipient_of(const account_context& of, const send_asked& what) {
  std::string given;
  for (const auto& one : what.recipient) {
    if (!given.empty() || (one.space != "email" && one.space != "email_unproven")) continue;
    if (one.id.find('@') != std::string::npos) {
      given = one.id;
    } else if (!what.reply_address.empty()) {
      const auto opened = hub::unseal(of.seal_key, what.reply_address);
      if (!opened) return problem{"recipient", "the sealed address cannot be opened: was the key changed?"};
      given = *opened;
    }
  }
  if (ends_a_line(given)) return injected("the address");
  const auto address = mailbox(given);
  if (address.empty()) return problem{"recipient", "nobody here is known by an address"};
  if (!is_plain(address)) return problem{"recipient", "an address with letters of other alphabets cannot be written to"};
  return address;
}

/// A Message-ID that may stand in brackets. What is kept as a hash of one is none.
bool is_message_id(std::string_view id) {
  return id.find('@') != std::string_view::npos && is_plain(id) && id.find_first_of("<>") == std::string_view::npos;
}

/// What it answers first, then everything of the conversation: the first mail and the last ones, where there are many.
struct thread_ids {
  std::string in_reply_to;
  std::vector<std::string> references;
};

thread_ids thread_of(const account_context& of, const send_asked& what) {
  thread_ids made;
  for (const auto& id : what.thread)
    if (is_message_id(id)) made.references.push_back(id);
  auto answered = what.reply_to;
  if (!what.sealed_reply_to.empty())
    if (const auto opened = hub::unseal(of.seal_key, what.sealed_reply_to)) answered = *opened;
  if (!is_message_id(answered)) answered = made.references.empty() ? std::string() : made.references.back();
  made.in_reply_to = answered;
  std::erase(made.references, answered);
  if (!answered.empty()) made.references.push_back(answered);
  if (made.references.size() > most_references)
    made.references.erase(made.references.begin() + 1, made.references.end() - (most_references - 1));
  return made;
}

std::string domain_of(std::string_view mail) { return std::string(mail.substr(mail.find('@') + 1)); }

/// "reply+<conversation>.<token>@<our domain>"; empty without a key, or for a conversation that no address can name.
std::string reply_address(const account_context& of, const settings& with, const send_asked& what) {
  const auto scope = of.channel + ":" + of.account + ":";
  if (with.reply_key.empty() || !what.conversation.starts_with(scope)) return {};
  const auto conversation = what.conversation.substr(scope.size());
  const bool can_be_named =
      !conversation.empty() && conversation.size() <= 64 && std::all_of(conversation.begin(), conversation.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
      });
  if (!can_be_named) return {};
  return "reply+" + conversation + "." + reply_token(of, with, conversation) + "@" + domain_of(with.from_address);
}

/// Lines end as SMTP wants them: nothing but CRLF, whatever stood in a text.
std::string with_line_ends(std::string_view text) {
  std::string made;
  made.reserve(text.size() + text.size() / 64);
  for (std::size_t n = 0; n < text.size(); ++n) {
    if (text[n] == '\n' && (n == 0 || text[n - 1] != '\r')) made += '\r';
    made += text[n];
    if (text[n] == '\r' && (n + 1 == text.size() || text[n + 1] != '\n')) made += '\n';
  }
  return made;
}

/// Plain where it is short lines of ASCII; anything else in base64, whose lines nobody on the way wraps or mends.
gobject<GMimePart> text_part(const std::string& text) {
  std::size_t line = 0;
  const bool plain = std::all_of(text.begin(), text.end(), [&](char c) {
    line = c == '\n' ? 0 : line + 1;
    return static_cast<unsigned char>(c) < 0x80 && c != '\r' && line <= longest_line;
  });
  gobject<GMimeTextPart> made(g_mime_text_part_new_with_subtype("plain"));
  g_mime_text_part_set_charset(made.get(), "utf-8");
  g_mime_text_part_set_text(made.get(), plain ? text.c_str() : with_line_ends(text).c_str());
  auto* part = GMIME_PART(made.release());
  g_mime_part_set_content_encoding(part, plain ? GMIME_CONTENT_ENCODING_7BIT : GMIME_CONTENT_ENCODING_BASE64);
  return gobject<GMimePart>(part);
}

gobject<GMimePart> file_part(const outgoing_file& file, const std::string& bytes) {
  const auto slash = file.type.find('/');
  const auto main = slash == std::string::npos ? std::string("application") : file.type.substr(0, slash);
  const auto sub = slash == std::string::npos ? std::string("octet-stream") : file.type.substr(slash + 1);
  gobject<GMimePart> part(g_mime_part_new_with_type(main.c_str(), sub.c_str()));
  const gobject<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(bytes.data(), bytes.size()));
  const gobject<GMimeDataWrapper> content(g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part.get(), content.get());
  g_mime_part_set_content_encoding(part.get(), GMIME_CONTENT_ENCODING_BASE64);
  // Pictures are seen where they stand; anything else is opened.
  g_mime_object_set_disposition(GMIME_OBJECT(part.get()),
                                main == "image" ? GMIME_DISPOSITION_INLINE : GMIME_DISPOSITION_ATTACHMENT);
  g_mime_part_set_filename(part.get(), outgoing_name(file).c_str());
  return part;
}

std::string bytes_of(GMimeMessage* message) {
  const gobject<GMimeStream> out(g_mime_stream_mem_new());
  g_mime_object_write_to_stream(GMIME_OBJECT(message), nullptr, out.get());
  const auto* array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out.get()));
  return with_line_ends({reinterpret_cast<const char*>(array->data), array->len});
}

std::string in_brackets(const std::vector<std::string>& ids) {
  std::string list;
  for (const auto& id : ids) list += (list.empty() ? "<" : " <") + id + ">";
  return list;
}

/// The code that counts: the enhanced one, where the server gives it.
struct reply_code {
  int code = 0;          ///< 550
  std::string enhanced;  ///< "5.1.1", or empty
  bool passes = false;   ///< class 4
  std::string_view topic() const { return std::string_view(enhanced).substr(std::min<std::size_t>(enhanced.size(), 2)); }
};

reply_code read_reply(std::string_view reply) {
  reply_code made;
  made.code = hub::whole_number<int>(reply.substr(0, 3)).value_or(0);
  auto rest = reply.substr(std::min<std::size_t>(reply.size(), 4));
  const auto word = rest.substr(0, rest.find(' '));
  const auto dots = std::count(word.begin(), word.end(), '.');
  if (dots == 2 && (word[0] == '4' || word[0] == '5') && word.find_first_not_of("0123456789.") == std::string_view::npos)
    made.enhanced = std::string(word);
  made.passes = made.enhanced.empty() ? made.code / 100 == 4 : made.enhanced[0] == '4';
  return made;
}

send_told told_by_reply(const reply_code& reply, const std::string& words) {
  const auto code = std::to_string(reply.code) + (reply.enhanced.empty() ? "" : " " + reply.enhanced);
  const bool about_sign_in = reply.code == 530 || reply.code == 534 || reply.code == 535 || reply.topic() == "7.8";
  if (about_sign_in && !reply.passes) return told_paused(code, "the mail server refuses smtp_user or smtp_password; " + words);
  if (!reply.passes) return told_failed(code, words);
  auto made = told_deferred(code, words);
  if (reply.topic() == "2.2" || (reply.enhanced.empty() && reply.code == 452))
    made.retry_after_ms = static_cast<std::uint32_t>(std::chrono::milliseconds(1h).count());
  else if (reply.topic().starts_with("7.") || reply.code == 450 || reply.code == 451)
    made = told_limited(code, words, 5min);
  return made;
}

}  // namespace

hub::result<outgoing_mail> mail_for(const account_context& of, const settings& with, const send_asked& what,
                                    const std::vector<std::string>& bytes, hub::instant now) {
  outgoing_mail made;
  const auto to = recipient_of(of, what);
  if (!to) return to.error();
  made.to = *to;
  made.from = with.from_address;
  const auto name = what.sender_name.empty() ? with.from_name : what.sender_name;
  if (ends_a_line(name)) return injected("the sender's name");
  if (ends_a_line(what.subject)) return injected("the subject");
  if (ends_a_line(what.reply_to)) return injected("the answered mail's id");
  if (std::any_of(what.thread.begin(), what.thread.end(), ends_a_line)) return injected("a mail's id");
  if (std::any_of(what.files.begin(), what.files.end(),
                  [](const auto& f) { return ends_a_line(f.file_name) || ends_a_line(f.type); }))
    return injected("a file's name");
  if (what.type == content_type::location || what.location) return problem{"unsupported", "a mail holds no places"};
  if (!what.choices.empty()) return problem{"choices", "a mail has no answers to tap"};
  if (what.text.empty() && what.files.empty()) return problem{"empty", "there is nothing to send"};
  if (what.text.find('\0') != std::string::npos) return problem{"text", "the text holds a zero byte"};

  start_gmime();
  const gobject<GMimeMessage> mail(g_mime_message_new(FALSE));
  made.message_id = "hub." + std::to_string(what.outbox_id) + "." + std::to_string(what.attempt) + "@" + domain_of(made.from);
  g_mime_message_add_mailbox(mail.get(), GMIME_ADDRESS_TYPE_FROM, name.empty() ? nullptr : name.c_str(), made.from.c_str());
  g_mime_message_add_mailbox(mail.get(), GMIME_ADDRESS_TYPE_TO, nullptr, made.to.c_str());
  if (const auto back = reply_address(of, with, what); !back.empty())
    g_mime_message_add_mailbox(mail.get(), GMIME_ADDRESS_TYPE_REPLY_TO, name.empty() ? nullptr : name.c_str(), back.c_str());
  const auto thread = thread_of(of, what);
  const bool has_word = lower(what.subject.substr(0, 3)) == "re:";
  const auto subject = (thread.in_reply_to.empty() || has_word ? std::string() : std::string(reply_word)) + what.subject;
  g_mime_message_set_subject(mail.get(), hub::clean_text(subject).c_str(), "utf-8");
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  auto* date = g_date_time_new_from_unix_utc(seconds);
  g_mime_message_set_date(mail.get(), date);
  g_date_time_unref(date);
  g_mime_message_set_message_id(mail.get(), made.message_id.c_str());
  auto* head = GMIME_OBJECT(mail.get());
  if (!thread.in_reply_to.empty()) {
    g_mime_object_set_header(head, "In-Reply-To", in_brackets({thread.in_reply_to}).c_str(), nullptr);
    g_mime_object_set_header(head, "References", in_brackets(thread.references).c_str(), nullptr);
  }
  // Whatever comes back with it is not taken for a customer's.
  g_mime_object_set_header(head, "X-Hub-Loop", of.account.c_str(), nullptr);
  if (what.automatic) {  // RFC 3834
    g_mime_object_set_header(head, "Auto-Submitted", what.reply_to.empty() ? "auto-generated" : "auto-replied", nullptr);
    g_mime_object_set_header(head, "X-Auto-Response-Suppress", "All", nullptr);
  }

  const auto text = text_part(hub::clean_text(what.text));
  if (what.files.empty()) {
    g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(text.get()));
  } else {
    const gobject<GMimeMultipart> parts(g_mime_multipart_new_with_subtype("mixed"));
    // Nobody who wrote a text can have known its hash.
    g_mime_multipart_set_boundary(parts.get(), ("leadyard-" + hash_32(made.message_id + "\n" + what.text)).c_str());
    if (!what.text.empty()) g_mime_multipart_add(parts.get(), GMIME_OBJECT(text.get()));
    for (std::size_t n = 0; n < what.files.size(); ++n) {
      const auto part = file_part(what.files[n], bytes.at(n));
      g_mime_multipart_add(parts.get(), GMIME_OBJECT(part.get()));
    }
    g_mime_message_set_mime_part(mail.get(), GMIME_OBJECT(parts.get()));
  }
  made.bytes = bytes_of(mail.get());
  if (made.bytes.size() > largest_outgoing)
    return problem{"too_large", "a mail has 35 MB at most, a quarter of it for the encoding"};
  return made;
}

send_told told_by_smtp(const account_context& of, const smtp_end& end, const std::string& message_id) {
  if (end.at == smtp_end::place::done) {
    auto told = told_sent({platform_id_of(message_id)});
    if (told.platform_ids.front() != message_id) told.sealed_id = hub::seal(of.seal_key, message_id);
    return told;
  }
  const auto words = "the mail server says: " + platform_words(end.reply);
  const auto reply = read_reply(end.reply);
  if (reply.code >= 400) return told_by_reply(reply, words);
  const auto why = platform_words(end.why);
  switch (end.at) {
    case smtp_end::place::sign_in: return told_paused("sign-in", "the mail server refuses smtp_user or smtp_password");
    case smtp_end::place::unsafe: return told_paused("tls", "the connection to the mail server cannot be made safe: " + why);
    case smtp_end::place::after: return told_unknown("smtp", "no answer came after the whole mail had been sent: " + why);
    default: return told_deferred("smtp", "the mail was not handed over: " + why);
  }
}

}  // namespace connectors::email
