#pragma once
// Addresses where a platform fetches a file that we send: GET /media/{expiry}/{hmac}/{sha256}.{ext} on the webhooks' listener,
// under intake.public_url. Only who was given an address can make use of it, until it expires; nothing is listed, and a wrong
// address looks like one that never was. link() and the route run on the loop.

#include "hub/base/clock.hpp"
#include "hub/base/secret.hpp"
#include "hub/http/router.hpp"
#include "hub/media/store.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace connectors {

class media_links {
 public:
  /// `public_url` without a slash at its end; empty: nobody can be given an address.
  media_links(std::string public_url, const hub::secret& key, const hub::media::store& files, const hub::clock& clock);

  /// Empty while public_url is not set, or the file is not there.
  std::string link(std::string_view sha256, std::string_view extension, std::chrono::seconds valid) const;
  void add_route(hub::http::router& to) const;

 private:
  hub::async::task<hub::http::response> hand_out(hub::http::request from) const;
  std::string signature(std::string_view expiry, std::string_view name) const;

  std::string public_url_;
  std::string key_;
  const hub::media::store& files_;
  const hub::clock& clock_;
};

}  // namespace connectors
