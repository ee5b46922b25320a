#pragma once
// Where bytes are kept: one file per content hash, original bytes, written once (temporary file, fsync, rename,
// fsync of the directory), so a row never points to a missing or short file. A directory today; the same verbs
// fit any S3-compatible service. Blocking: call on a worker thread. Any thread.

#include "hub/base/problem.hpp"
#include "hub/media/kind.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hub::media {

/// What put() made of some bytes.
struct stored {
  std::string sha256;  ///< hex
  std::string path;    ///< relative, "ab/cd/<sha256>": what media.file_path holds
  std::uint64_t size = 0;
  std::string type;    ///< what the bytes really are, "image/jpeg" (libmagic)
};

class store {
 public:
  /// Creates the directory; removes temporary files that a dead process left, never those of a living one.
  /// Throws hub::error when it cannot.
  explicit store(std::string directory);
  ~store();

  /// Takes bytes as they come; nothing is visible before finish().
  class writer {
   public:
    writer(writer&&) noexcept;
    writer& operator=(writer&&) noexcept;
    ~writer();  ///< unfinished: the temporary file is removed
    /// Throws hub::error, always transient: a full or failing disk says nothing about the bytes.
    void write(std::string_view bytes);
    std::uint64_t size() const;
    /// What the bytes so far really are.
    std::string type() const;
    /// The bytes are on disk under their name when it returns; the same bytes twice are one file.
    stored finish();

   private:
    friend class store;
    struct state;
    explicit writer(std::unique_ptr<state> s);
    std::unique_ptr<state> state_;
  };
  writer begin();

  /// Absolute path for reading, empty when it is not there.
  std::string find(std::string_view sha256) const;
  /// Removes the bytes of a hash; no row may point to them any more.
  void remove(std::string_view sha256);

 private:
  std::string directory_;
};

}  // namespace hub::media
