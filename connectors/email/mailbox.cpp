#include "connectors/email/mailbox.hpp"

#include "connectors/body.hpp"
#include "connectors/connector.hpp"
#include "connectors/email/content.hpp"
#include "connectors/email/kept_mail.hpp"
#include "connectors/email/mime.hpp"
#include "connectors/email/normalize.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/failure.hpp"

#include <fmt/chrono.h>

#include <algorithm>

namespace connectors::email {

namespace {

/// IMAP compares whole days and forgets their zone: one more.
std::string since(hub::instant from) {
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(from) - std::chrono::days(1));
  return fmt::format("SINCE {}-{}-{}", static_cast<unsigned>(day.day()), months[static_cast<unsigned>(day.month()) - 1],
                     static_cast<int>(day.year()));
}

hub::instant first_instant(const mailbox_position& position, const settings& with, hub::instant now) {
  // After UIDs have changed their meaning what was taken comes again, and its keys are known.
  return position.newest != hub::instant{} ? position.newest : now - with.look_back;
}

std::vector<std::pair<std::string, std::string>> files_of(const account_context& of, const kept_mail& mail,
                                                          const std::vector<hub::message::event>& events) {
  std::vector<std::pair<std::string, std::string>> files;
  std::optional<part> read;
  for (const auto& e : events) {
    const auto* message = std::get_if<hub::message::chat_message>(&e.data);
    if (!message || mail.head_only) continue;
    for (const auto& a : message->attachments) {
      const auto opened = open_sealed_media(of, a.reference);
      const auto place = opened ? place_in(opened->url) : hub::problem{};
      if (!place) continue;
      if (!read) read = read_mime(mail.raw);
      if (auto bytes = file_in(*read, place->part)) files.emplace_back(a.reference, std::move(*bytes));
    }
  }
  return files;
}

}  // namespace

imap_server server_of(const settings& with) {
  imap_server made;
  made.host = with.imap_host;
  made.port = with.imap_port;
  made.security = with.imap_security;
  made.ca_file = with.imap_ca_file;
  made.user = with.imap_user.reveal();
  made.password = with.imap_password;
  return made;
}

std::vector<imap_mail> news(imap_session& session, const mailbox_state& state, const settings& with, hub::instant now,
                            std::size_t most, mailbox_position& position) {
  const auto from = first_instant(position, with, now);
  const bool first = position.validity != state.validity;
  if (first) position.begin(state.validity, state.next_uid, session.search(since(from)));
  std::vector<std::uint32_t> found;
  for (const auto& set : position.to_search()) {
    const auto some = session.search("UID " + set);
    found.insert(found.end(), some.begin(), some.end());
  }
  auto uids = position.saw(std::move(found));
  if (uids.size() > most) uids.resize(most);
  if (uids.empty()) return {};
  auto mails = session.facts(uids);
  for (const auto uid : uids) {
    const auto mail = std::find_if(mails.begin(), mails.end(), [&](const auto& m) { return m.uid == uid; });
    const bool gone = mail == mails.end();
    const bool old = !gone && position.newest == hub::instant{} && mail->internal_date.value_or(now) < from;
    if (gone || old) position.took(uid, {});
    if (old) mails.erase(mail);
  }
  std::sort(mails.begin(), mails.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
  return mails;
}

arrived take(imap_session& session, const account_context& of, const settings& with, const std::string& mailbox,
             std::uint32_t validity, const imap_mail& mail) {
  arrived made;
  made.uid = mail.uid;
  made.internal_date = mail.internal_date.value_or(of.clock->now());
  kept_mail kept{{mailbox, validity, mail.uid}, made.internal_date, mail.size, mail.size > largest_mail, {}};
  const auto raw = session.fetch(mail.uid, kept.head_only);
  if (!raw) return made;
  kept.raw = *raw;
  auto events = normalize(of, with, to_text(kept), made.internal_date);
  if (events) {
    made.files = files_of(of, kept, *events);
    made.events = std::move(*events);
    return made;
  }
  made.refused = hub::to_text(events.error());
  made.kept = to_text(kept);
  if (made.kept.size() > largest_quarantined) {
    // The rest stays where it lies.
    kept.raw = kept.raw.substr(0, std::min(end_of_head(kept.raw), most_header_bytes));
    kept.head_only = true;
    made.kept = to_text(kept);
  }
  return made;
}

hub::result<std::string> read_file(const settings& with, const std::string& url, const interruption& interrupted) {
  const auto place = place_in(url);
  if (!place) return place.error();
  if (place->mailbox.empty()) return hub::problem{"gone", "nobody knows in which mailbox this mail lies"};
  try {
    imap_session session(server_of(with), interrupted);
    const hub::problem gone{"gone", "the mail is not in " + place->mailbox + " any more"};
    if (session.examine(place->mailbox).validity != place->validity) return gone;
    const auto facts = session.facts({place->uid});
    if (facts.empty()) return gone;
    if (facts.front().size > largest_mail)
      return hub::problem{"size", "the mail is larger than 25 MB; it stays in " + place->mailbox};
    const auto raw = session.fetch(place->uid, false);
    if (!raw) return gone;
    if (place->part.empty()) return *raw;
    auto file = file_in(read_mime(*raw), place->part);
    return file ? hub::result<std::string>(std::move(*file)) : hub::result<std::string>(gone);
  } catch (const hub::error& e) {
    return hub::problem{e.code(), e.what()};
  } catch (const refused_body& r) {
    return r.why;
  }
}

}  // namespace connectors::email
