#pragma once
// Tasks: made by people, by follow-up dates and by the rules; they follow the lead's owner. Inside a handler's transaction.

#include "hub/api/asked.hpp"
#include "hub/api/journal_views.hpp"

namespace hub::api {

struct new_task {
  std::string title, description;
  task_kind kind = task_kind::follow_up;
  std::string due_date;           ///< a checked day: due at the end of the owner's working day
  std::optional<instant> due_at;  ///< or a moment
  std::optional<std::int64_t> action;
};

/// For the lead's owner. The lead is locked.
std::int64_t add_task(const asked& a, const locked_lead& lead, const new_task& wanted);

/// Open ones first, by their due time.
std::vector<task_view> tasks_of_lead(const asked& a, std::int64_t lead);

/// The open task that a missed call asked for.
std::optional<task_view> call_back_of(const asked& a, std::int64_t call);

/// A day as the API takes it, or 400; empty stays empty.
std::string day_of(const std::string& typed, std::string_view field);
/// Three capital letters or nothing, else 400.
std::string currency_of(const std::string& typed, std::string_view field);

}  // namespace hub::api
