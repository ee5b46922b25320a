#include "connectors/webhook_report.hpp"

#include "hub/base/text.hpp"

#include <algorithm>

namespace connectors {

namespace {

constexpr std::size_t longest_address = 300;

/// Without user, password and query: somebody else's address may hold somebody else's secrets.
std::string shown(std::string_view address) {
  address = address.substr(0, address.find_first_of("?#"));
  std::string made(address);
  const auto host = made.find("://");
  if (host != std::string::npos) {
    const auto path = made.find('/', host + 3);
    const auto at = made.rfind('@', path);
    if (at != std::string::npos && at > host) made.erase(host + 3, at - host - 2);
  }
  return hub::shorten(hub::clean_text(made), longest_address);
}

}  // namespace

std::string webhook_address(const account_context& of) {
  return of.public_url.empty() ? std::string() : of.public_url + "/webhooks/" + of.channel + "/" + of.account;
}

webhook_report compare_webhooks(const std::string& wanted, std::string_view found) {
  webhook_report made;
  made.wanted = wanted;
  made.found = shown(found);
  made.state = found.empty() ? webhook_state::not_set : found == wanted ? webhook_state::matches : webhook_state::differs;
  if (wanted.empty()) made.findings.emplace_back("intake.public_url is not set, so nobody knows which address is the right one");
  return made;
}

std::string missing_words(const std::vector<std::string>& wanted, const std::vector<std::string>& found) {
  std::string words;
  for (const auto& one : wanted)
    if (std::find(found.begin(), found.end(), one) == found.end()) words += (words.empty() ? "" : ", ") + one;
  return words;
}

}  // namespace connectors
