#include "connectors/sealed.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace connectors {

std::string seal_media(const account_context& of, const media_reference& media) {
  return hub::seal(of.seal_key, of.channel + "\n" + of.account + "\n" +
                                    std::to_string(media.expires_at.time_since_epoch().count()) + "\n" + media.url);
}

hub::result<media_reference> open_sealed_media(const account_context& of, std::string_view sealed) {
  const auto plain = hub::unseal(of.seal_key, sealed);
  if (!plain) return hub::problem{"reference", plain.error().what};
  const auto parts = hub::split(*plain, '\n');
  std::int64_t expires = 0;
  if (parts.size() != 4 || parts[0] != of.channel || parts[1] != of.account ||
      std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), expires).ec != std::errc{})
    return hub::problem{"reference", "was sealed for another account"};
  return media_reference{parts[3], hub::instant(std::chrono::milliseconds(expires))};
}

bool is_host_allowed(std::string_view url, const std::vector<std::string>& hosts) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed || !parsed->has_authority()) return false;
  std::string host(parsed->encoded_host());
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return hosts.empty() || std::any_of(hosts.begin(), hosts.end(), [&](const std::string& one) {
           return host == one || (host.size() > one.size() && host.ends_with(one) && host[host.size() - one.size() - 1] == '.');
         });
}

}  // namespace connectors
