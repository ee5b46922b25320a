#pragma once
// Mails and Telegram messages to our own people: what of their notifications they want to be told outside the console, links to a
// new password, and that a chat is linked. They go the way replies go, hub-connector's POST /internal/send, but are no replies:
// none is written into a conversation, and none stops a clock. Used by one thread of the sender pool (teller.hpp); failures are
// hub::db::error.

#include "hub/db/connection.hpp"
#include "workers/sender/rows.hpp"

#include <optional>
#include <string>
#include <vector>

namespace workers::sender {

/// From the settings.
struct notice_routes {
  std::string email;        ///< account of connectors.email that mails go out by; empty: none do
  bool telegram = false;    ///< whether people may be written to there
  std::string console_url;  ///< what links begin with, without a slash at its end; empty: there are none
};

/// A notification as a line of a notice.
struct notice_line {
  std::string kind;  ///< lead_new, task_due, first_response_missed, call_reviewed or review_answered
  std::int64_t lead = 0;
  std::string customer;  ///< as the console calls them; empty where nobody knows
  std::int64_t call = 0;
};
struct notice_text {
  std::string subject, text;
};
/// The words, in the person's language (uk, else English). Pure.
notice_text told_text(const std::string& language, const std::vector<notice_line>& lines, const std::string& console_url);
notice_text password_text(const std::string& language, const std::string& link);
notice_text linked_text(const std::string& language);
notice_text elsewhere_text(const std::string& language, const std::string& console_url);

class notices {
 public:
  notices(hub::db::connect_options options, notice_routes routes);

  /// Makes notices of what is due to be told; how many.
  std::int64_t collect(hub::instant now);
  /// The next one, as an attempt that is on record; one whose sender died a minute ago is begun again. Nothing when none is due.
  std::optional<begun> begin(hub::instant now, std::chrono::milliseconds good_for);
  void settle(const begun& attempt, const hub::message::send_told& told, hub::instant now);
  void disconnect() noexcept { database_.reset(); }

 private:
  hub::db::connection database_;
  notice_routes routes_;
};

/// The statements by name, so that a test prepares each one against the migrated schema.
void prepare_notice_statements(pqxx::connection& on);

}  // namespace workers::sender
