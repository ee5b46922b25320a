#pragma once
// What a telephony platform tells of one call, once: a webhook, a row of its list of calls, a line of a PBX's log. One call
// is told of many times, in any order; call_merge.hpp makes one call of all that. The numbers of both sides are gone: the
// customer is a fingerprint, our own line a name from the config or a fingerprint. Plain values, any thread.

#include "hub/message/parts.hpp"

namespace hub::message {

/// What an event says has happened.
enum class call_step { started, answered, ended, missed, recording_ready };
constexpr auto names_of(call_step) {
  using enum call_step;
  return std::array{named{"started", started}, named{"answered", answered}, named{"ended", ended}, named{"missed", missed},
                    named{"recording_ready", recording_ready}};
}

/// How the provider told it. What it told when the call was over weighs more than what it told while it went on.
enum class call_source { timeout, webhook, completed, poll, cdr };
constexpr auto names_of(call_source) {
  using enum call_source;
  return std::array{named{"timeout", timeout}, named{"webhook", webhook}, named{"completed", completed}, named{"poll", poll},
                    named{"cdr", cdr}};
}

/// Who rang whom, seen from our side; the same words as the database's call_direction.
enum class call_direction { inbound, outbound };
constexpr auto names_of(call_direction) {
  return std::array{named{"inbound", call_direction::inbound}, named{"outbound", call_direction::outbound}};
}

/// How it ended, the weakest first: of two that are told with the same weight the later in this list holds.
enum class call_disposition { failed, canceled, no_answer, busy, voicemail, answered };
constexpr auto names_of(call_disposition) {
  using enum call_disposition;
  return std::array{named{"failed", failed}, named{"canceled", canceled},   named{"no_answer", no_answer},
                    named{"busy", busy},     named{"voicemail", voicemail}, named{"answered", answered}};
}

/// One event of one call. What the provider did not say is absent. Provider and account are those of the envelope.
struct call_record {
  static constexpr std::string_view kind = "call";

  std::string call_id;
  call_step step = call_step::started;
  call_source source = call_source::webhook;
  std::optional<call_direction> direction;
  std::vector<identity> customer;
  std::string manager;
  std::string line;
  std::optional<instant> started_at;
  std::optional<instant> answered_at;
  std::optional<instant> ended_at;
  std::optional<std::uint32_t> waiting_seconds;
  std::optional<std::uint32_t> talk_seconds;
  std::optional<call_disposition> disposition;
  std::optional<attachment> recording;

  bool operator==(const call_record&) const = default;
  static void describe(auto& self, auto& on) {
    on("call_id", self.call_id,
       about{.text = "The provider's id of the call, the same in all its events.", .required = true, .min = 1, .max = 128});
    on("step", self.step, about{.text = "What has happened; `missed` is an end without talk.", .required = true});
    on("source", self.source,
       about{.text = "`webhook` while it goes on (also a PBX's live events), `completed` for the provider's own summary, `poll` "
                     "from its list, `cdr` from the PBX's log, `timeout` when nothing came.",
             .required = true});
    on("direction", self.direction, about{.text = "Who rang whom; a call back that a widget asked for is inbound."});
    on("customer", self.customer,
       about{.text = "The other side's fingerprint, whichever side dialled; none for a hidden number.", .max = 16});
    on("manager", self.manager, about{.text = "Extension or SIP login of the person of ours.", .max = 256});
    on("line", self.line, about{.text = "Our own line: its name in the config, else its fingerprint.", .max = 128});
    on("started_at", self.started_at, about{.text = "When it began to ring."});
    on("answered_at", self.answered_at, about{.text = "When somebody answered."});
    on("ended_at", self.ended_at, about{.text = "When it was over."});
    on("waiting_seconds", self.waiting_seconds, about{.text = "From the beginning to the answer, or to the end without one."});
    on("talk_seconds", self.talk_seconds, about{.text = "0 for a missed call and a voice message."});
    on("disposition", self.disposition, about{.text = "How it ended."});
    on("recording", self.recording,
       about{.text = "Where the connector fetches the recording; its part is a hash that names it."});
  }
};

}  // namespace hub::message
