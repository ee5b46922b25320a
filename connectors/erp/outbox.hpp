#pragma once
// Events that are complete and safe on disk, on their way to the broker: sealed files in one directory, published in the order
// of their names, each forgotten when all of it is safe elsewhere. Told again from the last kept place after a crash; the keys
// make that harmless. Any thread may add; one takes out.

#include "connectors/erp/sealed_file.hpp"
#include "hub/message/canonical.hpp"

#include <mutex>
#include <string>
#include <vector>

namespace connectors::erp {

class outbox {
 public:
  outbox(std::string directory, const hub::secret& key);

  /// Takes the finished file of `size` bytes; durable when it returns, and there at once or not at all.
  void take(const std::string& file);
  void add(const std::vector<hub::message::event>& events);

  /// The next events in order, none when everything is told. The same ones until told() was called.
  std::vector<hub::message::event> next(std::size_t most);
  /// They are safe elsewhere.
  void told();

 private:
  struct place {
    std::string file;
    std::uint64_t line = 0;
  };
  void put(const std::string& file);
  place begun() const;

  std::string directory_;
  hub::secret key_;
  std::mutex adding_;
  std::uint64_t last_ = 0;
  place now_;
  std::size_t handed_ = 0;
  bool at_end_ = false;
  puller pull_;
  std::string piece_;  ///< lines that were read and not handed out yet
  std::size_t read_to_ = 0;
};

}  // namespace connectors::erp
