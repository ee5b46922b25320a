#pragma once
// IP addresses as the HTTP rooms judge them: which are public (client), which are a trusted proxy's (server).
// Pure; any thread.

#include "hub/base/problem.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>
#include <vector>

namespace hub::http {

/// "10.0.0.0/8", "::1", "192.168.1.7"; an IPv4 network also matches its v4-mapped IPv6 form.
struct network {
  boost::asio::ip::address base;
  unsigned prefix = 0;

  bool contains(const boost::asio::ip::address& a) const;
};
result<network> parse_network(std::string_view text);

bool is_public(const boost::asio::ip::address& a);

/// The plain IPv4 address when `a` is a v4-mapped one.
boost::asio::ip::address unmapped(const boost::asio::ip::address& a);

/// Who really asks: walks X-Forwarded-For from its right end while the address at hand is a trusted proxy's.
/// An entry that is no address ends the walk at the proxy that wrote it.
boost::asio::ip::address forwarded_peer(const boost::asio::ip::address& connected, std::string_view forwarded_for,
                                        const std::vector<network>& trusted);

}  // namespace hub::http
