#pragma once
// What one platform has to say for itself; everything else (HTTP, confirms, spool, retries, back-off, metrics,
// media download, shutdown) is the host's and written once. One more connector is one folder, one line in
// registry.cpp and its recorded cases under tests/contract/<channel>. One of the two virtual classes of the
// system. All calls come on the loop's thread; receive() and normalize() are pure and never block.

#include "config/node.hpp"
#include "connectors/account.hpp"
#include "connectors/webhook_report.hpp"
#include "hub/async/task.hpp"
#include "hub/base/problem.hpp"
#include "hub/http/client.hpp"
#include "hub/http/router.hpp"
#include "hub/message/call_back.hpp"
#include "hub/message/canonical.hpp"
#include "hub/message/order_back.hpp"
#include "hub/message/sending.hpp"
#include "hub/message/templates.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace connectors {

enum class verdict {
  accepted,    ///< authentic; publish `events` (possibly none), then answer
  forged,      ///< signature missing or wrong: 403 (or `status`), empty body, kept sealed in the ring
  unreadable,  ///< authentic, but the parser refuses it: quarantined as `unparsed`, answered 200
  refused,     ///< authentic, but it breaks a contract of our own: 400 that names the field, nothing is kept
};

/// What a connector makes of one webhook request.
struct reception {
  connectors::verdict verdict = connectors::verdict::accepted;
  std::vector<hub::message::event> events;
  int status = 0;      ///< 0: 200 for accepted and unreadable, 403 for forged
  std::string answer;  ///< body of the answer, JSON where not empty
  std::string answer_type = "application/json";
  std::string reason;  ///< for unreadable and refused: what the parser refused, without values from the body
  std::string field;   ///< for refused: JSON pointer to the field, "/company"; empty: the whole body
};

/// What a parser's result means: its events, or `unreadable` with the reason.
reception reception_of(hub::result<std::vector<hub::message::event>> read);
reception forged_reception();

/// One webhook route of an account. The host adds the limits, the metrics and the account check.
struct webhook {
  std::string method;   ///< "POST"
  std::string pattern;  ///< "/webhooks/viber/{account}"
  hub::http::route_limits limits{};
  bool dialogue = false;  ///< the platform leads a dialogue: answer() answers, not receive()
};

/// How to fetch one attachment; made from the reference that the connector itself sealed.
struct media_source {
  std::string url;
  std::optional<hub::instant> expires_at{};  ///< after this the platform no longer serves it: nobody asks again
  hub::http::headers head{};                 ///< credentials, where the platform wants some; never logged
  /// Set where the address does not serve the bytes but says where they are: called with its answer (64 KiB at most).
  std::function<hub::result<media_source>(std::string_view answer)> next{};
  /// The address dies long before the bytes do: that it is gone already is worth another try with a new one.
  bool fleeting = false;
  /// Set where there is no address to fetch (a part of a mail): gives the bytes instead. Blocks, on a thread of the host's; the
  /// connector outlives it. A problem of place "gone" or "size" is final, any other is worth another try.
  std::function<hub::result<std::string>()> read{};
  /// How `url` itself is asked, where the platform wants more than a GET; wherever it redirects to is only asked for.
  std::string method = "GET";
  std::string body{};
};

/// Bytes of a body that can be quarantined: sealed, it has to fit into a canonical event.
inline constexpr std::size_t largest_quarantined = 780'000;

/// What a connector that fetches for itself (long polling, IMAP) is given by the host. Every call on the loop.
struct intake_port {
  hub::http::client& http;
  /// Publishes or spools; true when the events are safe: only then may the position move on.
  std::function<hub::async::task<bool>(std::vector<hub::message::event>)> accept;
  /// The same for a body that the parser refused: it goes to quarantine as `unparsed`. Throws for more than largest_quarantined.
  std::function<hub::async::task<bool>(std::string body, std::string reason)> quarantine;
  /// Puts the bytes of an attachment where a worker will ask for them, where they came with the message.
  std::function<void(const std::string& reference, std::string_view bytes)> keep_media;
  /// Where the account had got to, as last kept; empty at first. Survives restarts (a file beside the spool, fsynced).
  std::function<std::string(std::string_view name)> position;
  std::function<void(std::string_view name, std::string_view value)> keep_position;
  /// A directory of the account's own on the spool's volume; made by whoever uses it.
  std::string directory;
  /// A word for the operator about how it goes, shown by `hubctl connectors`; empty: all is well.
  std::function<void(std::string)> trouble;
};

/// How fast something may be asked of a platform, on average and at once; no rate: as fast as it goes.
struct pace {
  double per_second = 0;
  double burst = 1;
};

/// What a platform is known to allow; the host keeps to it, and slows down further when the platform says so.
struct send_pace {
  pace account;
  pace conversation;
};

/// What a connector that sends is given by the host. Every call on the loop.
struct send_port {
  hub::http::client& http;
  /// Path of a file of the media store by its hash; empty: it is not there.
  std::function<std::string(std::string_view sha256)> file;
  /// An address under public_url where the platform itself fetches the file, good for `valid`; empty while public_url is not set.
  std::function<std::string(std::string_view sha256, std::string_view extension, std::chrono::seconds valid)> link;
};

/// What came of sending, and what the platform told on the way (a chat that moved, somebody who blocked us).
struct sending {
  hub::message::send_told told;
  std::vector<hub::message::event> events;
};

class connector {
 public:
  virtual ~connector() = default;

  virtual const account_context& context() const = 0;
  virtual std::vector<webhook> webhooks() const = 0;
  /// Judges and normalizes one request. Pure but for the clock.
  virtual reception receive(const hub::http::request& request, hub::instant received_at) = 0;
  /// What a webhook that is a dialogue is answered; may suspend, keeps what it was given by itself. What it throws is 503 or 500.
  virtual hub::async::task<hub::http::response> answer(hub::http::request) {
    co_return hub::http::response::problem(404, "Not Found");
  }
  /// The parser alone, for bodies that were judged before (replay of kept or refused ones).
  virtual hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) = 0;
  /// What a whole file of an ERP would tell, or, where `file` is empty, what the last exchange told; nothing is published and
  /// nothing kept. Only an operator's `hubctl erp diff` calls it.
  virtual hub::async::task<hub::result<std::vector<hub::message::event>>> rehearse(std::string file) {
    (void)file;
    hub::result<std::vector<hub::message::event>> cannot = hub::problem{"", context().channel + " exchanges no files"};
    co_return cannot;
  }
  /// Opens a sealed media reference; a problem when it was not sealed for this account or its host is not allowed, and one of
  /// place "size" when the platform does not hand out what is that large.
  virtual hub::result<media_source> open_media(std::string_view reference) = 0;
  /// Fetches until it is cancelled, for platforms that do not call us; returns at once where there is nothing to fetch.
  virtual hub::async::task<> run(intake_port) { co_return; }
  /// Tells the platform where our webhook is. Returns lines for the operator; throws hub::error with the
  /// platform's words. The listener answers meanwhile.
  virtual hub::async::task<std::vector<std::string>> register_webhook(hub::http::client& http) = 0;
  /// Asks the platform which address it calls, when an operator wants to know; throws hub::error when it cannot be asked.
  virtual hub::async::task<webhook_report> inspect_webhook(hub::http::client&) {
    webhook_report nothing;
    nothing.why = "nobody is asked for a webhook here";
    co_return nothing;
  }
  /// Asks the platform to connect an extension of ours with the customer of a call, whom it is asked for by the call's id: the
  /// number stays here. Once, never again by itself; what went wrong is told, not thrown.
  virtual hub::async::task<hub::message::call_back_told> call_back(hub::http::client&, hub::message::call_back_asked) {
    hub::message::call_back_told cannot;
    cannot.why = "calls cannot be placed through " + context().channel + " from here";
    co_return cannot;
  }
  /// How fast `what` may go out: private chats and groups differ.
  virtual send_pace pace_of(const hub::message::send_asked& what) const {
    (void)what;
    return {};
  }
  /// Sends one part: once, never again by itself. What went wrong is told, not thrown; `unknown` only where bytes have left.
  virtual hub::async::task<sending> send(send_port, hub::message::send_asked) {
    sending cannot;
    cannot.told.state = hub::message::send_state::failed;
    cannot.told.code = "unsupported";
    cannot.told.reason = "nothing can be sent through " + context().channel;
    co_return cannot;
  }
  /// The texts that the platform has approved for the account. What went wrong is told, not thrown.
  virtual hub::async::task<hub::message::templates_told> list_templates(hub::http::client&) {
    hub::message::templates_told none;
    none.why = context().channel + " has no templates";
    co_return none;
  }
  /// Takes an order for the ERP: it is on disk when this returns `kept`. Throws hub::error where it cannot be kept now.
  virtual hub::async::task<hub::message::order_told> keep_order(hub::message::order_asked) {
    hub::message::order_told cannot;
    cannot.why = "orders cannot be sent through " + context().channel;
    co_return cannot;
  }
};

/// A kind of connector: how its settings look and how an account is made.
struct connector_kind {
  std::string_view channel;
  /// Reads `connectors.<channel>.<account>`, reporting every problem with its place; null when there are any.
  std::unique_ptr<connector> (*make)(const account_context& context, const config::node& settings, hub::problems& found);
  /// The settings' reference, for docs/reference/config.md.
  std::string (*describe_settings)();
};

/// Every kind there is: registry.cpp, one line each.
const std::vector<connector_kind>& registry();

}  // namespace connectors
