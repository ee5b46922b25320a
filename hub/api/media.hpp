#pragma once
// How a stored file is handed to a browser: what a stranger sent must never run, whatever it calls itself. Pure.

#include "hub/api/policy.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hub::api {

/// True for pictures, sound and video that cannot carry a script; everything else is a download.
bool may_show_inline(std::string_view type);

/// Content-Disposition with the sender's name as data: controls, separators and direction marks gone, the extension
/// that of the real type, percent-encoded UTF-8.
std::string disposition(std::string_view type, std::string_view name, std::int64_t id);

struct visitor;
/// SQL: whether the person $1 may open the stored file `z`.
std::string file_is_visible(const visitor& who);
/// SQL: the file $2 where the person $1 may open it: hash, size, type, name.
std::string find_file(const visitor& who);

struct byte_range {
  std::uint64_t from = 0, size = 0;
  bool satisfiable = true;
};
/// One range of a file; nothing when the header is absent, malformed or asks for several (all of it is sent then).
std::optional<byte_range> read_range(std::string_view header, std::uint64_t size);

}  // namespace hub::api
