#include "connectors/telephony/account.hpp"

#include "config/reader.hpp"
#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/telephony/rows.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/text.hpp"
#include "hub/base/time_zone.hpp"
#include "hub/http/text.hpp"

#include <boost/json/serialize.hpp>

namespace connectors::telephony {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t shortest_token = 12;

std::string form_of(const std::map<std::string, std::string>& query) {
  std::string form;
  for (const auto& [name, value] : query)
    form += (form.empty() ? "" : "&") + hub::http::percent_encode(name) + "=" + hub::http::percent_encode(value);
  return form;
}

}  // namespace

bool has_token(const hub::http::request& request, const hub::secret& token) {
  const auto given = request.params.find("token");
  return !token.empty() && given != request.params.end() && hub::equal_in_constant_time(given->second, token.reveal());
}

std::string address_with_token(const account_context& of) {
  const auto address = webhook_address(of);
  if (address.empty())
    throw hub::error(hub::failure::permanent, "no public url",
                     "intake.public_url is not set: the provider needs an address to call");
  return address + "/<token>";
}

std::string told_in(const hub::http::request& request) {
  if (request.method == "GET") return form_of(request.query);
  const auto body = hub::trim(request.body);
  if (request.query.empty() || body.starts_with('[')) return request.body;
  if (!body.starts_with('{')) return (body.empty() ? "" : std::string(body) + "&") + form_of(request.query);
  auto parsed = hub::message::parse_json(body, body_limits);
  auto* object = parsed ? parsed->if_object() : nullptr;
  if (!object) return request.body;
  for (const auto& [name, value] : request.query)
    if (!object->contains(name)) (*object)[name] = value;
  return boost::json::serialize(*object);
}

reception reception_of_told(const surroundings& in, const std::string& told, hub::result<std::vector<hub::message::event>> read) {
  if (read) return reception_of(std::move(read));
  reception got;
  got.events.push_back(refused_text(in, told, read.error()));
  return got;
}

void check_common(const common_settings& with, const config::node& at, const std::string& path, hub::problems& found) {
  const auto refuse = [&](const std::string& what, const std::string& value = {}) {
    found.push_back({config::to_text(at.at), path + what, value});
  };
  if (with.country.find_first_not_of("0123456789") != std::string::npos || with.country.starts_with('0'))
    refuse(".country: expected a calling code, digits only", with.country);
  if (!hub::is_time_zone(with.time_zone)) refuse(".time_zone: not a time zone; write one like Europe/Kyiv", with.time_zone);
  const numbering plan{with.country, static_cast<std::size_t>(std::max(with.national_digits, 1))};
  for (const auto& line : with.lines)
    if (read_party(line.number.reveal(), plan).kind != party_kind::external)
      refuse(".lines: expected a number with its calling code or as it is dialled inside the country", line.name);
}

void check_polling(const poll_settings& with, const config::node& at, const std::string& path, hub::problems& found) {
  const auto refuse = [&](const std::string& what) { found.push_back({config::to_text(at.at), path + what}); };
  if ((with.poll_every < 1s && with.poll_every != 0s) || with.poll_every > 10min)
    refuse(".poll_every: expected 0 s, or 1 s to 10 min");
  if (with.look_back < 10min || with.look_back > 24h) refuse(".look_back: expected 10 min to 24 h");
  if (with.reach_back < with.look_back || with.reach_back > 24h * 90)
    refuse(".reach_back: expected at least look_back, and 90 d at most");
}

void check_token(const hub::secret& token, const config::node& at, const std::string& path, hub::problems& found) {
  const bool plain =
      token.reveal().find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
  if (token.reveal().size() < shortest_token || !plain)
    found.push_back({config::to_text(at.at), path + ".token: expected 12 letters, digits, - and _ or more"});
}

void check_hosts(const std::vector<std::string>& hosts, const config::node& at, const std::string& path, hub::problems& found) {
  for (const auto& host : hosts)
    if (host.empty() || host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") != std::string::npos)
      found.push_back({config::to_text(at.at), path + ".recording_hosts: expected host names in small letters", host});
}

hub::result<media_source> linked_recording(const account_context& of, std::string_view reference,
                                           const std::vector<std::string>& hosts) {
  const auto media = open_sealed_media(of, reference);
  if (!media) return media.error();
  if (media->url.starts_with("rec:")) return hub::problem{"reference", "the provider's link held a number and was not kept"};
  if (hosts.empty() || !is_host_allowed(media->url, hosts))
    return hub::problem{"reference", "its host is not among recording_hosts"};
  media_source source;
  source.url = media->url;
  return source;
}

}  // namespace connectors::telephony
