#include "connectors/whatsapp/media.hpp"

#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "hub/message/json.hpp"

#include <algorithm>

namespace connectors::whatsapp {

bool is_media_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string seal_place(const account_context& of, const media_place& place) {
  const media_reference made{place.id + " " + place.url, place.sent + media_life};
  return seal_media(of, made);
}

hub::result<media_place> open_place(const account_context& of, std::string_view sealed) {
  const auto opened = open_sealed_media(of, sealed);
  if (!opened) return opened.error();
  const auto blank = opened->url.find(' ');
  if (blank == std::string::npos) return hub::problem{"reference", "says no media id"};
  media_place place{opened->url.substr(0, blank), opened->url.substr(blank + 1), opened->expires_at - media_life};
  if (!is_media_id(place.id)) return hub::problem{"reference", "says no media id"};
  return place;
}

hub::result<std::string> address_in(std::string_view answer) {
  const auto parsed = hub::message::parse_json(answer);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto url = root ? text_if(*root, "url") : std::string_view();
  if (url.empty() || url.size() > longest_media_url) return hub::problem{"media", "the platform named no address"};
  return std::string(url);
}

}  // namespace connectors::whatsapp
