#pragma once
// How tests wait, and where they put files. No test sleeps: it says what it waits for and for how long at most.

#include <chrono>
#include <functional>
#include <string>

namespace test_support {

/// Asks every few milliseconds until `done()` is true; false when the deadline passed first.
///   ASSERT_TRUE(wait_until([&] { return rows() == 64; }, 10s));
bool wait_until(const std::function<bool()>& done, std::chrono::milliseconds deadline);

/// A directory of its own, removed with everything in it at the end. Users that servers run as can enter it.
class temp_dir {
 public:
  temp_dir();
  ~temp_dir();
  temp_dir(const temp_dir&) = delete;
  temp_dir& operator=(const temp_dir&) = delete;

  const std::string& path() const { return path_; }
  /// path() / name
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace test_support
