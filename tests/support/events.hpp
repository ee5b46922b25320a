#pragma once
// Canonical events of invented people, as the Viber connector would make them, and a small set of rules: what tests of
// everything behind the broker are fed with.

#include "hub/message/canonical.hpp"

#include <string>
#include <vector>

namespace test_support {

/// 2026-11-20T10:00:00Z, when most test stories begin.
hub::instant story_begins();

/// Viber id of invented person `n`.
std::string person_id(int n);

/// Their message with that token, `after` the story's beginning.
hub::message::event message_from(int person, int token, std::string text = "Добрий день", std::chrono::milliseconds after = {});
/// The same with a photo to fetch.
hub::message::event photo_from(int person, int token, std::chrono::milliseconds after = {});
hub::message::event status_of(int person, int token, hub::message::delivery_state state, std::chrono::milliseconds after = {});
hub::message::event subscription_of(int person, int token, bool subscribed, std::chrono::milliseconds after = {});
hub::message::event opened_by(int person, int token, std::chrono::milliseconds after = {});

/// What invented company `n` did on the website; `cost` "" for none.
hub::message::event activity_of(int company, int token, const std::string& activity, const std::string& cost = "",
                                std::chrono::milliseconds after = {});
/// What a person wrote to invented person `n` from the phone's own app.
hub::message::event echo_to(int person, int token, std::chrono::milliseconds after = {});

/// Staff m1@example.test .. m<n>@example.test in the database, and these rules in force.
struct team_options {
  int members = 3;
  std::string strategy = "round_robin";
  int capacity = 0;  ///< 0: no limit
};
std::string rules_text(const team_options& options);
void put_in_force(const std::string& database_url, const team_options& options);
/// The same with rules of the test's own.
void put_text_in_force(const std::string& database_url, const std::string& rules, int members = 3);

}  // namespace test_support
