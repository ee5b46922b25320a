#pragma once
// One call out of everything that was told of it, in any order and any number of times. Each event becomes facts, each fact
// with the weight of how it was told; of two facts the heavier holds, of equally heavy ones the one that the field's own
// order prefers. So merging commutes, is associative and idempotent, and a row that keeps the merged facts (as JSON) can be
// brought up to date by any worker with whatever comes next. Connectors' tests and ingest use it. Pure, any thread.

#include "hub/message/call.hpp"

namespace hub::message {

/// A value and how much it weighs.
template <class T>
struct told {
  T value{};
  std::uint32_t weight = 0;

  bool operator==(const told&) const = default;
  static void describe(auto& self, auto& on) {
    on("value", self.value, about{.text = "What was told.", .required = true});
    on("weight", self.weight, about{.text = "Of how it was told."});
  }
};

/// Everything known of one call, as it is kept.
struct call_facts {
  bool begun = false;  ///< something was told of the call itself, not only of a recording
  bool over = false;   ///< an end was told
  std::optional<told<call_direction>> direction;
  std::optional<told<std::vector<identity>>> customer;
  std::optional<told<std::string>> manager;
  std::optional<told<std::string>> line;
  std::optional<told<instant>> started_at;
  std::optional<told<instant>> answered_at;
  std::optional<told<instant>> ended_at;
  std::optional<told<std::uint32_t>> waiting_seconds;
  std::optional<told<std::uint32_t>> talk_seconds;
  std::optional<told<call_disposition>> disposition;
  std::optional<told<attachment>> recording;

  bool operator==(const call_facts&) const = default;
  static void describe(auto& self, auto& on) {
    on("begun", self.begun, about{.text = "Something was told of the call itself."});
    on("over", self.over, about{.text = "An end was told."});
    on("direction", self.direction, about{.text = "Who rang whom."});
    on("customer", self.customer, about{.text = "The other side."});
    on("manager", self.manager, about{.text = "The person of ours."});
    on("line", self.line, about{.text = "Our own line."});
    on("started_at", self.started_at, about{.text = "The earliest told."});
    on("answered_at", self.answered_at, about{.text = "The earliest told."});
    on("ended_at", self.ended_at, about{.text = "The latest told."});
    on("waiting_seconds", self.waiting_seconds, about{.text = "The longest told."});
    on("talk_seconds", self.talk_seconds, about{.text = "The longest told."});
    on("disposition", self.disposition, about{.text = "The strongest told."});
    on("recording", self.recording, about{.text = "The recording."});
  }
};

call_facts facts_of(const call_record& of);

/// Takes in what another knows; whether that changed anything (the row's revision goes up only then).
bool merge(call_facts& into, const call_facts& more);

/// Where the call stands.
enum class call_state { unknown, started, answered, ended, missed };
constexpr auto names_of(call_state) {
  using enum call_state;
  return std::array{named{"unknown", unknown}, named{"started", started}, named{"answered", answered}, named{"ended", ended},
                    named{"missed", missed}};
}

/// The call as the facts say: `unknown` while only a recording was told of, `missed` when it is over and nobody talked.
/// A missed call has no answer and no talk, whatever was told while it went on.
struct call_outcome {
  call_state state = call_state::unknown;
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

  bool operator==(const call_outcome&) const = default;
};
call_outcome outcome_of(const call_facts& facts);

}  // namespace hub::message
