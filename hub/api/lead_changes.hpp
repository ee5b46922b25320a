#pragma once
// What the changes of a lead share: reading it back, moving its stage with everything that follows (vehicles, reasons,
// whether messages may still join), and texts people write. Inside a handler's transaction (asked.hpp); refusals are thrown.

#include "hub/api/asked.hpp"
#include "hub/api/views.hpp"

#include <optional>
#include <string>

namespace hub::api {

/// "lead:42", as audit rows name it.
std::string lead_subject(std::int64_t id);

/// The lead as the answer to a change shows it, also when the change took it out of the person's sight.
lead_view read_lead(const asked& a, std::int64_t id);

/// What somebody typed about a lead, as it is kept: without U+0000, and without phone numbers.
std::string kept_text(const std::string& typed);
/// One line of it: trimmed, not empty (400 naming `field`).
std::string line_of(const std::string& typed, std::string_view field);

/// Changes the owner of a locked lead; nobody is its team's queue. A customer who waits for the first response waits by
/// the new owner's calendar from now on.
void give_lead(const asked& a, std::int64_t lead, std::optional<std::int64_t> to, const std::string& why);

/// 400 or 409 naming `field` when the person may not be given leads of that team by who asks.
void expect_assignee(const asked& a, std::int64_t staff, const std::string& team, std::string_view field);

/// The customer's other lead (the whole link) that takes messages in that pipeline. `except` 0: any.
std::optional<std::int64_t> find_rival(const asked& a, std::int64_t customer, const std::string& pipeline, std::int64_t except);

/// Gives the lead to a person; the caller's cell must allow it.
void assign_lead(const asked& a, std::int64_t id, std::int64_t staff, const std::string& reason,
                 std::optional<std::int32_t> version);

/// A step of a lead's life as somebody asked for it.
struct stage_step {
  routing::stage to = routing::stage::fresh;
  std::string reason;  ///< of lost and sold: a word of the pipeline's list
  std::string note;    ///< free words beside it
  std::optional<std::int32_t> version;
};
/// Locks the lead and makes the step, vehicles along with it: chosen ones are reserved at prepayment, sold with the lead,
/// free again when it is lost. 400 names what is missing; 409 what stands against it.
locked_lead move_lead(const asked& a, std::int64_t id, const stage_step& wanted);

/// What a person's reply does to a locked lead: nobody's becomes theirs, the clock of the first response stops and is credited
/// to the owner, and it leaves `new`. Automatic texts never come here.
void hear_reply(const asked& a, const locked_lead& lead);

/// move_lead() to lost.
void lose_lead(const asked& a, std::int64_t id, const std::string& reason, const std::string& note,
               std::optional<std::int32_t> version);

}  // namespace hub::api
