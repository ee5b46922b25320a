#include "connectors/telephony/twilio/signature.hpp"

#include "hub/base/crypto.hpp"

#include <map>
#include <set>

namespace connectors::telephony::twilio {

namespace {

/// Names sorted by their bytes, each with its different values, sorted too.
std::string joined(const form_pairs& fields) {
  std::map<std::string_view, std::set<std::string_view>> sorted;
  for (const auto& [name, value] : fields) sorted[name].insert(value);
  std::string text;
  for (const auto& [name, values] : sorted)
    for (const auto& value : values) text.append(name).append(value);
  return text;
}

/// The same address with the default port where it had none, and without it where it had it.
std::string other_spelling(std::string_view url) {
  const bool tls = url.starts_with("https://");
  const auto begin = url.find("://");
  if (begin == std::string_view::npos) return std::string(url);
  const auto end = std::min(url.find_first_of("/?", begin + 3), url.size());
  const std::string_view port = tls ? ":443" : ":80";
  const auto authority = url.substr(0, end);
  if (authority.ends_with(port)) return std::string(authority.substr(0, end - port.size())).append(url.substr(end));
  if (authority.find(':', begin + 3) != std::string_view::npos) return std::string(url);
  return std::string(authority).append(port).append(url.substr(end));
}

/// The hash of the body that the query names; empty without one.
std::string_view body_hash(std::string_view url) {
  constexpr std::string_view name = "bodySHA256=";
  for (auto at = url.find('?'); at != std::string_view::npos; at = url.find('&', at)) {
    ++at;
    if (!url.substr(at).starts_with(name)) continue;
    const auto value = url.substr(at + name.size());
    return value.substr(0, value.find_first_of("&#"));
  }
  return {};
}

}  // namespace

bool is_signed(std::string_view signature, const hub::secret& auth_token, std::string_view url, const form_pairs& fields,
               std::string_view body) {
  if (auth_token.empty() || signature.empty()) return false;
  std::string form;
  if (const auto hash = body_hash(url); !hash.empty()) {
    if (!hub::equal_in_constant_time(hash, hub::to_hex(hub::sha256(body)))) return false;
  } else {
    form = joined(fields);
  }
  const auto matches = [&](std::string_view address) {
    return hub::equal_in_constant_time(signature,
                                       hub::to_base64(hub::hmac_sha1(auth_token.reveal(), std::string(address).append(form))));
  };
  // Both are tried, whichever matches: nothing is told by how long that takes.
  const bool as_given = matches(url), as_other = matches(other_spelling(url));
  return as_given || as_other;
}

}  // namespace connectors::telephony::twilio
