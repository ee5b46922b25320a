#pragma once
// Which attempts to send were begun, and what came of each: a file beside the spool, fsynced before a byte can leave, so that
// an attempt is sent once, whoever asks again, and whatever died meanwhile. Several processes of one volume may share it.
// Blocking, any thread: what several threads write at the same time shares one wait for the disk. Failures are hub::error
// (transient): nothing may be sent while it cannot be written.

#include "hub/base/time.hpp"
#include "hub/message/sending.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace connectors {

struct send_entry {
  std::uint64_t outbox_id = 0;
  std::uint32_t attempt = 0;
  std::string digest;  ///< of what was to be sent: another message under the same number comes from another database
  std::string channel, account, conversation;
  std::optional<hub::message::send_told> told;  ///< nothing: begun, and nobody knows how it ended
};

class send_journal {
 public:
  explicit send_journal(std::string path, hub::instant now);
  ~send_journal();

  /// Since when it is kept: about older attempts it knows nothing.
  hub::instant since() const { return since_; }
  std::optional<send_entry> find(std::uint64_t outbox_id, std::uint32_t attempt);
  /// On disk when it returns. False when somebody began the same attempt before.
  bool begin(const send_entry& entry, hub::instant at);
  /// On disk when it returns.
  void end(const send_entry& entry);
  /// The outcome is safe elsewhere too.
  void published(const send_entry& entry);
  /// Outcomes that nobody else has yet, and attempts of processes that live no more.
  std::vector<send_entry> unfinished();
  void forget(hub::instant older_than);

 private:
  struct database;
  void write(bool at_once, std::function<void()> what);
  std::unique_ptr<database> database_;
  hub::instant since_;
};

}  // namespace connectors
