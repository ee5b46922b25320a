#include "connectors/sender.hpp"

#include "connectors/body.hpp"
#include "hub/base/number.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/media/kind.hpp"

#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

namespace connectors {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t longest_reason = 240, longest_code = 60, longest_ending = 8;

send_told told(send_state state, std::string code, std::string reason) {
  send_told made;
  made.state = state;
  // A platform may answer anything where a code is expected: no number stays in either. Looked for last, since what is cut off
  // may make a number of what was too long for one.
  made.code = hub::scrub_numbers(hub::shorten(hub::clean_text(code), longest_code));
  made.reason = hub::scrub_numbers(hub::shorten(hub::clean_text(reason), longest_reason));
  return made;
}

icu::UnicodeString unicode_of(std::string_view utf8) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(utf8.data(), static_cast<std::int32_t>(utf8.size())));
}

}  // namespace

send_told told_sent(std::vector<std::string> platform_ids) {
  send_told made;
  made.state = send_state::sent;
  made.platform_ids = std::move(platform_ids);
  return made;
}

send_told told_deferred(std::string code, std::string reason) {
  return told(send_state::deferred, std::move(code), std::move(reason));
}

send_told told_limited(std::string code, std::string reason, std::chrono::milliseconds after) {
  auto made = told_deferred(std::move(code), std::move(reason));
  const auto most = std::chrono::milliseconds(24h).count();
  made.retry_after_ms = static_cast<std::uint32_t>(std::clamp<std::int64_t>(after.count(), 0, most));
  made.counts = false;
  return made;
}

send_told told_paused(std::string code, std::string reason) {
  auto made = told_deferred(std::move(code), std::move(reason));
  made.counts = false;
  made.pause_account = true;
  return made;
}

send_told told_failed(std::string code, std::string reason) {
  return told(send_state::failed, std::move(code), std::move(reason));
}

send_told told_unknown(std::string code, std::string reason) {
  return told(send_state::unknown, std::move(code), std::move(reason));
}

send_told told_refused(const hub::problem& why) { return told_failed(why.where, why.what); }

send_told told_by_http(const std::string& name, const hub::http::incoming& answer) {
  const auto code = "http " + std::to_string(answer.status);
  if (answer.status == 429) {
    const auto* wish = answer.head.find("Retry-After");
    const auto seconds = wish ? hub::whole_number<std::uint32_t>(*wish) : std::nullopt;
    return told_limited(code, name + " asks us to wait", std::chrono::seconds(std::min(seconds.value_or(60), 86'400U)));
  }
  if (answer.status == 408) return told_deferred(code, name + " did not get the whole request");
  if (answer.status == 401 || answer.status == 403 || answer.status == 404 || answer.status / 100 == 3)
    return told_paused(code, name + " does not let this account in: is its token valid, and its api_base the right address?");
  if (answer.status / 100 == 4) return told_failed(code, name + " refused without saying why");
  if (answer.status / 100 == 2) return told_unknown("answer", name + " answered with something that cannot be read");
  return told_unknown(code, name + " failed after it had the request");
}

std::string platform_words(std::string_view said) {
  auto words = scrubbed(said, 200);
  return words.empty() ? std::string("nothing") : words;
}

std::optional<send_told> too_late(const account_context& of, const send_asked& what) {
  const auto& clock = of.clock ? *of.clock : hub::real_clock();
  if (clock.now() <= what.not_after) return std::nullopt;
  auto made = told_deferred("late", "its time had passed before anything left");
  made.counts = false;
  return made;
}

const hub::message::identity* addressee(const account_context& of, const send_asked& what) {
  for (const auto& one : what.recipient)
    if (one.space == of.channel && one.account == of.account) return &one;
  return nullptr;
}

std::size_t text_units(std::string_view utf8) { return static_cast<std::size_t>(unicode_of(utf8).length()); }

std::string cut_text(std::string_view utf8, std::size_t units) {
  auto text = unicode_of(utf8);
  const auto most = static_cast<std::int32_t>(units);
  if (text.length() > most) {
    UErrorCode failed = U_ZERO_ERROR;
    const std::unique_ptr<icu::BreakIterator> ends(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), failed));
    std::int32_t end = most;
    if (U_SUCCESS(failed)) {
      ends->setText(text);
      end = ends->isBoundary(most) ? most : ends->preceding(most);
    }
    text.truncate(std::max<std::int32_t>(end, 0));
    text.trim();
  }
  std::string made;
  text.toUTF8String(made);
  return made;
}

std::string outgoing_name(const hub::message::outgoing_file& file) {
  auto name = hub::clean_text(file.file_name);
  if (const auto slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
  std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  name = std::string(hub::trim(name));
  if (name.empty()) name = "file." + std::string(hub::media::extension_of(file.type));
  return name;
}

std::string extension_of_name(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || name.size() - dot - 1 > longest_ending || dot + 1 == name.size()) return {};
  std::string ending(name.substr(dot + 1));
  for (char& c : ending)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  const bool plain =
      std::all_of(ending.begin(), ending.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
  return plain ? ending : std::string();
}

hub::message::event event_of_sending(const account_context& of, const send_asked& what, const std::string& rest,
                                     hub::message::event_data data) {
  hub::message::event made;
  made.channel = of.channel;
  made.account = of.account;
  made.key = of.channel + ":" + of.account + ":" + rest;
  made.conversation = what.conversation;
  made.time = (of.clock ? *of.clock : hub::real_clock()).now();
  made.received_at = made.time;
  made.data = std::move(data);
  return made;
}

hub::message::event unsubscribed_event(const account_context& of, const send_asked& what) {
  hub::message::unsubscribed gone;
  gone.sender.identities = what.recipient;
  return event_of_sending(of, what, "unsubscribed:send:" + std::to_string(what.outbox_id) + ":" + std::to_string(what.attempt),
                          std::move(gone));
}

}  // namespace connectors
