#pragma once
// The dialogue of a CommerceML exchange, of which the ERP leads every step: a question in, an answer out, over one directory. It
// knows no HTTP and no threads of its own; after a crash at any place the ERP repeats its question and gets where it would have
// been. Nothing of a file is told before it was read to its end without a fault, and which vehicles are gone is told only when
// every file of a session was. Answers are ASCII; their first line is success, failure or progress, whatever happens.
//
// ask() and keep_order() on one thread, work() on another; work() is slow, the others are not.

#include "connectors/erp/import.hpp"
#include "connectors/erp/kept_orders.hpp"
#include "connectors/erp/outbox.hpp"

#include <atomic>
#include <map>
#include <mutex>
#include <string>

namespace connectors::erp {

inline constexpr std::uint64_t file_limit = 2 << 20;  ///< of one piece

struct question {
  std::string type, mode, filename, version;
  std::string sessid;
  std::string cookie;         ///< the Cookie header
  std::string authorization;  ///< the Authorization header
  std::string body;
};

struct answer {
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
};

/// Between checkauth and complete, the next checkauth, or ten minutes of silence.
struct session {
  std::string token, sessid;
  hub::instant begun, touched;
  bool open = false;  ///< something came that its end has not judged

  static void describe(auto& self, auto& on) {
    on("token", self.token, about{});
    on("sessid", self.sessid, about{});
    on("begun", self.begun, about{});
    on("touched", self.touched, about{});
    on("open", self.open, about{});
  }
};

enum class stage { receiving, checking, done, refused };
constexpr auto names_of(stage) {
  return std::array{hub::named{"receiving", stage::receiving}, hub::named{"checking", stage::checking},
                    hub::named{"done", stage::done}, hub::named{"refused", stage::refused}};
}

/// One file of the session, as far as it has come.
struct received_file {
  std::string name;
  erp::stage stage = erp::stage::receiving;
  std::uint64_t bytes = 0;    ///< received
  std::uint64_t on_disk = 0;  ///< sealed
  std::string last_piece;     ///< its hash: the same again is a repetition
  std::string said;           ///< second line of the answer
  bool full = false;
  std::string catalogue, formed;
  std::uint64_t present = 0;  ///< size on disk of its list of ids

  static void describe(auto& self, auto& on) {
    on("name", self.name, about{});
    on("stage", self.stage, about{});
    on("bytes", self.bytes, about{});
    on("on_disk", self.on_disk, about{});
    on("last_piece", self.last_piece, about{});
    on("said", self.said, about{});
    on("full", self.full, about{});
    on("catalogue", self.catalogue, about{});
    on("formed", self.formed, about{});
    on("present", self.present, about{});
  }
};

class exchange {
 public:
  /// Creates the directory. Throws hub::error when it cannot be used.
  exchange(account_context of, settings with, std::string directory);

  answer ask(const question& asked, hub::instant now);
  /// Reads one file that the ERP wants imported; false when there is none.
  bool work();
  /// Any thread: work() ends soon, by an exception that says cancelled.
  void stop() { stopping_ = true; }
  /// Ends a session that fell silent.
  void tick(hub::instant now);
  /// What is complete and waits for the broker. Only for whoever calls work().
  outbox& ready() { return outbox_; }
  /// Takes an order that the ERP shall fetch; on disk when it returns. A problem: it can never be told to an ERP.
  std::optional<hub::problem> keep_order(const hub::message::order_asked& order);
  /// Orders that the ERP has not taken.
  std::size_t orders_waiting() const;
  /// What `file` would tell with what is known here, what exists included where it is a full catalogue; empty: the files of the
  /// last catalogue once more. Slow; keeps and publishes nothing. Only for whoever calls work().
  hub::result<std::vector<hub::message::event>> rehearse(const std::string& file, hub::instant now);
  /// The bytes of a picture; nothing when the ERP has not sent it, or not all of it. Any thread.
  std::optional<std::string> photo(const std::string& path) const;

 private:
  struct outcome {
    stage is = stage::done;
    std::string said;
    imported made;
    std::uint64_t present = 0;
  };

  answer check_in(const question& asked, hub::instant now);
  bool may(const question& asked, hub::instant now) const;
  answer begin(const question& asked);
  answer take_piece(const question& asked);
  answer import(const question& asked);
  answer query(hub::instant now);
  void finish();
  std::vector<hub::message::event> presence_of_session(const std::string& in) const;
  void clear();
  /// `in` is `inbox`, or `last` for the catalogue before.
  std::string place_of(const std::string& name, const std::string& in = "inbox") const;
  std::optional<received_file> find(const std::string& name) const;
  std::vector<received_file> files(const std::string& in) const;
  void keep(const received_file& file);
  void keep_session();
  outcome read(const received_file& file, hub::instant received_at);
  void save(const received_file& file, const outcome& got);

  account_context of_;
  settings with_;
  std::string directory_;
  mutable std::mutex mutex_;
  session session_;
  bool ticked_ = false;
  std::string receiving_;  ///< the file whose piece came last
  outbox outbox_;
  kept_orders orders_;
  std::string catalogue_;  ///< the ERP's id of the one it told last
  directories known_;
  known_vehicles vehicles_;
  std::atomic<std::uint64_t> read_bytes_{0};
  std::atomic<bool> stopping_{false};
};

}  // namespace connectors::erp
