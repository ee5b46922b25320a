#include "hub/http/address.hpp"

#include "hub/base/text.hpp"
#include "hub/http/client.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace hub::http {

namespace ip = boost::asio::ip;

namespace {

struct v4_range {
  std::uint32_t base;
  unsigned prefix;
};

constexpr std::uint32_t v4(unsigned a, unsigned b, unsigned c, unsigned d) { return a << 24 | b << 16 | c << 8 | d; }

// IANA's special-purpose registry, what is not globally reachable; 192.88.99/24 is the dead 6to4 relay.
constexpr std::array special_v4{
    v4_range{v4(0, 0, 0, 0), 8},      v4_range{v4(10, 0, 0, 0), 8},     v4_range{v4(100, 64, 0, 0), 10},
    v4_range{v4(127, 0, 0, 0), 8},    v4_range{v4(169, 254, 0, 0), 16}, v4_range{v4(172, 16, 0, 0), 12},
    v4_range{v4(192, 0, 0, 0), 24},   v4_range{v4(192, 0, 2, 0), 24},   v4_range{v4(192, 88, 99, 0), 24},
    v4_range{v4(192, 168, 0, 0), 16}, v4_range{v4(198, 18, 0, 0), 15},  v4_range{v4(198, 51, 100, 0), 24},
    v4_range{v4(203, 0, 113, 0), 24}, v4_range{v4(224, 0, 0, 0), 4},    v4_range{v4(240, 0, 0, 0), 4},
};

bool is_public_v4(std::uint32_t a) {
  return std::none_of(special_v4.begin(), special_v4.end(),
                      [a](v4_range r) { return (a >> (32 - r.prefix)) == (r.base >> (32 - r.prefix)); });
}

bool starts_with(const ip::address_v6::bytes_type& a, std::initializer_list<unsigned char> prefix) {
  return std::equal(prefix.begin(), prefix.end(), a.begin());
}

std::uint32_t v4_at(const ip::address_v6::bytes_type& a, std::size_t at) {
  return v4(a[at], a[at + 1], a[at + 2], a[at + 3]);
}

bool is_public_v6(const ip::address_v6::bytes_type& a) {
  // v4-mapped and NAT64 reach the IPv4 address inside, so that one decides.
  if (starts_with(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return is_public_v4(v4_at(a, 12));
  if (starts_with(a, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return is_public_v4(v4_at(a, 12));
  if ((a[0] & 0xe0) != 0x20) return false;                               // only 2000::/3 is global unicast
  if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 0x02) return false;         // 2001::/23: Teredo, ORCHID, benchmarks
  if (starts_with(a, {0x20, 0x01, 0x0d, 0xb8})) return false;            // documentation
  if (starts_with(a, {0x20, 0x02})) return false;                        // 6to4, dead, embeds any IPv4 address
  if (a[0] == 0x3f && a[1] == 0xff && (a[2] & 0xf0) == 0) return false;  // 3fff::/20, documentation
  if (starts_with(a, {0x3f, 0xfe})) return false;                        // 6bone, returned
  const bool isatap = (a[8] & 0xfc) == 0 && a[9] == 0 && a[10] == 0x5e && a[11] == 0xfe;
  return !isatap || is_public_v4(v4_at(a, 12));
}

bool trusts(const std::vector<network>& trusted, const ip::address& a) {
  return std::any_of(trusted.begin(), trusted.end(), [&](const network& n) { return n.contains(a); });
}

/// "1.2.3.4", "1.2.3.4:80", "[::1]", "[::1]:80", "::1"
std::optional<ip::address> parse_forwarded(std::string_view entry) {
  entry = trim(entry);
  if (entry.starts_with('[')) {
    const auto end = entry.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    entry = entry.substr(1, end - 1);
  } else if (std::count(entry.begin(), entry.end(), ':') == 1) {
    entry = entry.substr(0, entry.find(':'));
  }
  boost::system::error_code failed;
  const auto a = ip::make_address(std::string(entry), failed);
  if (failed) return std::nullopt;
  return unmapped(a);
}

}  // namespace

ip::address unmapped(const ip::address& a) {
  return a.is_v6() && a.to_v6().is_v4_mapped() ? ip::address(ip::make_address_v4(ip::v4_mapped, a.to_v6())) : a;
}

bool network::contains(const ip::address& address) const {
  const auto a = unmapped(address);
  if (a.is_v4() != base.is_v4()) return false;
  const auto compare = [this](const auto& x, const auto& y) {
    const unsigned whole = prefix / 8, rest = prefix % 8;
    if (std::memcmp(x.data(), y.data(), whole) != 0) return false;
    return rest == 0 || (x[whole] >> (8 - rest)) == (y[whole] >> (8 - rest));
  };
  return a.is_v4() ? compare(a.to_v4().to_bytes(), base.to_v4().to_bytes())
                   : compare(a.to_v6().to_bytes(), base.to_v6().to_bytes());
}

result<network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  boost::system::error_code failed;
  network n{ip::make_address(std::string(text.substr(0, slash)), failed), 0};
  if (failed) return problem("", "expected an IP address or a network such as 10.0.0.0/8", std::string(text));
  const unsigned longest = n.base.is_v4() ? 32 : 128;
  n.prefix = longest;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), n.prefix);
    if (bad != std::errc() || end != digits.data() + digits.size() || n.prefix > longest)
      return problem("", "expected a prefix length of 0 to " + std::to_string(longest), std::string(text));
  }
  return n;
}

bool is_public(const ip::address& a) {
  return a.is_v4() ? is_public_v4(a.to_v4().to_uint()) : is_public_v6(a.to_v6().to_bytes());
}

bool is_public_address(std::string_view address) {
  boost::system::error_code failed;
  const auto a = ip::make_address(std::string(address), failed);
  return !failed && is_public(a);
}

ip::address forwarded_peer(const ip::address& connected, std::string_view forwarded_for,
                           const std::vector<network>& trusted) {
  ip::address at_hand = unmapped(connected);
  while (trusts(trusted, at_hand) && !trim(forwarded_for).empty()) {
    const auto comma = forwarded_for.rfind(',');
    const auto entry = comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
    const auto next = parse_forwarded(entry);
    if (!next) break;
    at_hand = *next;
    forwarded_for = comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
  }
  return at_hand;
}

}  // namespace hub::http
