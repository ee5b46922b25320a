#pragma once
// What the files of this folder that talk to mail servers over libcurl share.

#include <curl/curl.h>
#include <poll.h>

#include <mutex>

namespace connectors::email {

/// Once per process, before anything else of libcurl.
inline void start_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// For CURLOPT_XFERINFOFUNCTION, with the descriptor of an interruption.
inline int stop_when_interrupted(void* descriptor, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  pollfd asked{*static_cast<int*>(descriptor), POLLIN, 0};
  return ::poll(&asked, 1, 0) > 0 ? 1 : 0;
}

}  // namespace connectors::email
