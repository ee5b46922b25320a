#pragma once
// The host's half of sending, written once for all platforms: POST /internal/send. An attempt goes out once, whoever asks how
// often (send_journal); it waits for its turn within what the platform allows (send_turns), and is handed back as deferred when
// that comes too late; what came of it is published as an event besides being answered, and again after a restart. On the loop.

#include "connectors/host.hpp"
#include "connectors/intake.hpp"
#include "connectors/media_links.hpp"
#include "connectors/send_journal.hpp"
#include "connectors/send_turns.hpp"

#include <boost/asio/thread_pool.hpp>

#include <map>
#include <set>
#include <utility>

namespace connectors {

struct send_options {
  /// Whoever has to wait longer for a turn is handed back, and waits in the database.
  std::chrono::milliseconds longest_wait = std::chrono::seconds(5);
  std::chrono::milliseconds longest_send = std::chrono::minutes(2);
  std::chrono::milliseconds look_again = std::chrono::seconds(30);  ///< for outcomes that are not published yet
};

class sends {
 public:
  sends(host& accounts, intake& events, hub::http::client& http, const hub::media::store& files, const media_links& links,
        std::string journal_path, const hub::clock& clock, send_options how = {});

  /// 200 with a send_told; 409 while the same attempt is under way; 503 when nothing may be begun now.
  hub::async::task<hub::http::response> ask(connector& of, hub::http::request from);
  /// Publishes what a former process left, and whatever could not be published since; until it is cancelled.
  hub::async::task<> keep_publishing();

 private:
  struct under_way;
  hub::async::task<hub::http::response> answer(connector& of, hub::message::send_asked asked, send_entry entry);
  /// True when it may leave now.
  hub::async::task<bool> wait_for_turn(connector& of, const hub::message::send_asked& asked, hub::message::send_told& told);
  hub::async::task<sending> send(connector& of, hub::message::send_asked asked);
  hub::async::task<bool> publish(send_entry entry, std::vector<hub::message::event> more);
  void learn(const send_entry& entry);
  void hand_back(const send_entry& entry);
  send_port port() const;

  host& accounts_;
  intake& events_;
  hub::http::client& http_;
  const hub::media::store& files_;
  const media_links& links_;
  const hub::clock& clock_;
  const send_options how_;
  send_journal journal_;
  send_turns turns_;
  std::set<std::pair<std::uint64_t, std::uint32_t>> under_way_;
  /// Attempts that were answered as deferred without being begun, until when: whoever asked has begun another one since, so that
  /// a question that arrives behind that answer (it lay in a socket) must not send.
  std::map<std::pair<std::uint64_t, std::uint32_t>, hub::instant> handed_back_;
  boost::asio::thread_pool writing_{8};  ///< of the journal: they wait for the disk together
};

}  // namespace connectors
