#pragma once
// How far connectors that fetch for themselves had come: one small file a name beside the spool, replaced whole and fsynced,
// so that a position is the old one or the new one. On the loop; the files are tiny. Throws hub::error (transient) when the
// disk takes no more: whoever fetches then fetches the same again, which is harmless.

#include <string>
#include <string_view>

namespace connectors {

class positions {
 public:
  explicit positions(std::string directory);

  /// Empty when nothing was kept under this name. Names hold anything: they become file names by their hash.
  std::string read(std::string_view name) const;
  void keep(std::string_view name, std::string_view value);

 private:
  std::string path_of(std::string_view name) const;

  std::string directory_;
};

}  // namespace connectors
