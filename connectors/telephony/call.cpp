#include "connectors/telephony/call.hpp"

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "hub/base/crypto.hpp"
#include "hub/message/json.hpp"

#include <algorithm>

namespace connectors::telephony {

using hub::message::call_disposition;
using hub::message::call_record;
using hub::message::call_step;

namespace {

constexpr std::size_t longest_call_id = 128;
constexpr std::size_t letters_of_hash = 32, letters_of_part = 16;

// Recordings have no life of their own in the providers' documents: as long as the provider has them.
constexpr hub::instant as_long_as_it_lasts{std::chrono::milliseconds(latest_ms)};

void check_id(const people& who, const std::string& id) {
  if (id.empty()) refuse_body("call id", "is missing");
  if (id.size() > longest_call_id) refuse_body("call id", "is too long");
  const bool plain = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-").find(c) != std::string_view::npos;
  });
  if (!plain) refuse_body("call id", "expected letters, digits, dots and dashes");
  if (who.holds_number(id)) refuse_body("call id", "holds a number of this call");
}

/// Nothing comes from before telephones were on computers.
std::optional<hub::instant> credible(const std::optional<hub::instant>& at) {
  if (!at || at->time_since_epoch().count() < earliest_ms || at->time_since_epoch().count() > latest_ms) return std::nullopt;
  return at;
}

}  // namespace

hub::message::event call_event(const surroundings& in, const people& who, call_record call, std::string_view recording) {
  check_id(who, call.call_id);
  for (auto* at : {&call.started_at, &call.answered_at, &call.ended_at}) *at = credible(*at);
  const auto scope = in.of.channel + ":" + in.of.account + ":";

  std::string reference(recording);
  if (who.holds_number(reference) || reference.size() > longest_media_url ||
      std::any_of(reference.begin(), reference.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20; }))
    reference = "rec:" + in.of.channel + ":" + call.call_id;
  if (!reference.empty()) {
    hub::message::attachment file;
    file.part = hub::to_hex(hub::sha256(reference)).substr(0, letters_of_part);
    file.type = hub::message::content_type::voice_note;
    if (call.talk_seconds != 0u) file.seconds = call.talk_seconds;
    call.recording = std::move(file);
  }

  hub::message::event made;
  made.channel = in.of.channel;
  made.account = in.of.account;
  made.conversation = "call:" + scope + call.call_id;
  made.received_at = in.received_at;
  // Sealing is different each time, and the time of receipt is no part of what was told.
  const auto told = hub::to_hex(hub::sha256(hub::message::to_json(call))).substr(0, letters_of_hash);
  made.key = scope + "call:" + call.call_id + ":" + told;
  if (call.recording) call.recording->reference = seal_media(in.of, {reference, as_long_as_it_lasts});

  if (call.source == hub::message::call_source::webhook) {
    auto* const at = call.step == call_step::started                                   ? &call.started_at
                     : call.step == call_step::answered                                ? &call.answered_at
                     : call.step == call_step::ended || call.step == call_step::missed ? &call.ended_at
                                                                                       : nullptr;
    if (at && !*at) *at = in.received_at;
  }
  made.time = call.ended_at      ? *call.ended_at
              : call.answered_at ? *call.answered_at
              : call.started_at  ? *call.started_at
                                 : in.received_at;
  made.data = std::move(call);
  return made;
}

std::optional<hub::instant> later(const std::optional<hub::instant>& at, const std::optional<std::uint32_t>& seconds) {
  if (!at || !seconds) return std::nullopt;
  return *at + std::chrono::seconds(*seconds);
}

std::optional<hub::instant> earlier(const std::optional<hub::instant>& at, const std::optional<std::uint32_t>& seconds) {
  if (!at || !seconds) return std::nullopt;
  return *at - std::chrono::seconds(*seconds);
}

void end_call(call_record& call, call_disposition how) {
  call.disposition = how;
  if (how == call_disposition::answered) {
    call.step = call_step::ended;
    return;
  }
  call.step = call_step::missed;
  call.talk_seconds = 0;
  call.answered_at.reset();
}

}  // namespace connectors::telephony
