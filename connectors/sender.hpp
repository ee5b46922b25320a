#pragma once
// What the senders of all platforms share: how the end of one exchange is judged, so that certainty is never thrown away, and
// the small verbs that requests are made with. Judging is pure; asking is on the loop.

#include "connectors/account.hpp"
#include "hub/async/task.hpp"
#include "hub/base/problem.hpp"
#include "hub/http/client.hpp"
#include "hub/message/canonical.hpp"
#include "hub/message/sending.hpp"

#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectors {

using hub::message::send_asked;
using hub::message::send_state;
using hub::message::send_told;

// ---- what came of it -----------------------------------------------------------------------------------

send_told told_sent(std::vector<std::string> platform_ids);
/// It certainly did not leave, for a reason that may pass.
send_told told_deferred(std::string code, std::string reason);
/// The same for a limit of the platform: no try is used up.
send_told told_limited(std::string code, std::string reason, std::chrono::milliseconds after);
/// The same until a person mends the account.
send_told told_paused(std::string code, std::string reason);
send_told told_failed(std::string code, std::string reason);
send_told told_unknown(std::string code, std::string reason);
/// What a sender refuses before anybody is asked: the problem's place is the code.
send_told told_refused(const hub::problem& why);

/// What an answer means that says nothing in the platform's own words: 4xx was certainly not taken, after 5xx and a 2xx that
/// cannot be read nobody knows. `name` is the platform's, for people.
send_told told_by_http(const std::string& name, const hub::http::incoming& answer);

/// A platform's own words as they may be kept: clean, short, without numbers.
std::string platform_words(std::string_view said);

struct platform_answer {
  hub::http::incoming got;
  std::optional<send_told> lost;  ///< set: there is no answer, and this is what it means
};

/// Asks once. A failure with nothing written is deferred, any other without an answer is unknown.
hub::async::task<platform_answer> ask_once(hub::http::client& http, hub::http::outgoing request);

/// Deferred, for a part whose time has passed before anything left; nothing otherwise.
std::optional<send_told> too_late(const account_context& of, const send_asked& what);

// ---- what is sent --------------------------------------------------------------------------------------

/// The recipient's id on this channel and account; null when none of theirs is.
const hub::message::identity* addressee(const account_context& of, const send_asked& what);

/// What a platform's limits are counted in where it does not say: UTF-16 units, never fewer than characters.
std::size_t text_units(std::string_view utf8);
/// At most `units` of them, cut where a reader sees the end of a character.
std::string cut_text(std::string_view utf8, std::size_t units);

/// The name that the receiver sees: the given one without path and control characters, else "file" with the type's ending.
std::string outgoing_name(const hub::message::outgoing_file& file);
/// The ending of that name in small letters, without the dot; empty when it has none.
std::string extension_of_name(std::string_view name);

/// Reads files of the media store on a thread of its own: the loop never waits for a disk.
class file_reader {
 public:
  /// The bytes; a problem with the place "file" when it is not there, or not as large as was said.
  hub::async::task<hub::result<std::string>> read(std::string path, std::uint64_t size);

 private:
  boost::asio::thread_pool threads_{1};
};

// ---- what is learnt on the way ---------------------------------------------------------------------------

/// An event about whoever the part is for; its key is "<channel>:<account>:<rest>".
hub::message::event event_of_sending(const account_context& of, const send_asked& what, const std::string& rest,
                                     hub::message::event_data data);
/// The platform says that we may not write to them.
hub::message::event unsubscribed_event(const account_context& of, const send_asked& what);

}  // namespace connectors
