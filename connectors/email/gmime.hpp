#pragma once
// GMime's objects and texts with owners, for the files of this folder only.

#include <gmime/gmime.h>

#include <memory>
#include <mutex>
#include <string>

namespace connectors::email {

struct unref_object {
  void operator()(void* object) const { g_object_unref(object); }
};
template <class T>
using gobject = std::unique_ptr<T, unref_object>;

/// Takes a text over that GLib allocated; null is empty.
inline std::string g_text(char* given) {
  std::string made(given ? given : "");
  g_free(given);
  return made;
}

/// Once per process, from whichever thread parses first.
inline void start_gmime() {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
}

}  // namespace connectors::email
