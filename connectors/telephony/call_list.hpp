#pragma once
// Asking a provider for its list of calls, which is the truth where webhooks get lost: written once, each provider says how it is
// asked and what it answers. A look begins `look_back` before the kept position, because a call is listed by its beginning and
// told when it is over; the position moves only behind what is safe. Events that were taken in already are left out; after a
// restart their keys make them no-ops. On the loop.

#include "connectors/connector.hpp"
#include "connectors/telephony/list_watch.hpp"
#include "connectors/telephony/settings.hpp"
#include "hub/base/backoff.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

namespace connectors::telephony {

/// What one answer of a list means.
struct list_page {
  std::vector<hub::message::event> events;
  std::optional<hub::http::outgoing> next{};  ///< asks for what follows
  bool cut = false;                           ///< there were more calls than the provider tells at once: ask for less time
  std::string trouble;                        ///< why there are no events, for the operator; empty: all is well
  std::chrono::milliseconds at_least{0};      ///< how long to wait at least before the next question
};

/// A provider's list.
struct list_source {
  std::chrono::milliseconds longest = std::chrono::hours(6);  ///< the most time to ask for at once
  std::string credentials;                                    ///< what the provider refuses with 401 and 403: "api_key"
  std::function<hub::http::outgoing(hub::instant from, hub::instant to)> ask;
  /// Of an answer with status 200.
  std::function<list_page(std::string_view body, hub::instant now)> read;
};

/// What a status other than 200 means, by the words that all providers share (RFC 9110, RFC 6585).
list_page refused_page(int status, const hub::http::headers& head, const std::string& credentials, hub::instant now);

/// Where a look begins; `kept` is the position's text, empty at first.
hub::instant look_begins(std::string_view kept, const poll_settings& with, hub::instant now);

class call_list {
 public:
  call_list(const account_context& of, const poll_settings& with, list_source from, told_calls& told);

  /// Looks again and again until it is cancelled.
  hub::async::task<> run(intake_port port);
  /// One look, up to now; how long to wait before the next.
  hub::async::task<std::chrono::milliseconds> look(intake_port& port);

 private:
  hub::async::task<list_page> fetch(hub::http::client& http, hub::http::outgoing question);
  hub::async::task<list_page> take(intake_port& port, hub::instant from, hub::instant to);
  hub::async::task<bool> keep(intake_port& port, std::vector<hub::message::event> events);
  std::chrono::milliseconds pause_after(intake_port& port, const list_page& failed);
  void remember(const std::vector<std::string>& keys);

  const account_context& of_;
  const poll_settings& with_;
  list_source source_;
  told_calls& told_;
  hub::backoff wait_;
  std::chrono::milliseconds slice_;
  list_watch watch_;
  std::unordered_set<std::string> taken_;  ///< keys of events that are safe
  std::deque<std::string> order_;          ///< the same, oldest first
};

}  // namespace connectors::telephony
