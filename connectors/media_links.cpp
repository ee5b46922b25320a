#include "connectors/media_links.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/number.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace connectors {

namespace {

constexpr std::size_t longest_extension = 8;

bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

/// By its first bytes, as everywhere: the address' extension is only for the platform.
std::string type_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string head(4096, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return hub::media::sniff_type(head);
}

}  // namespace

media_links::media_links(std::string public_url, const hub::secret& key, const hub::media::store& files, const hub::clock& clock)
    : public_url_(std::move(public_url)), files_(files), clock_(clock) {
  while (public_url_.ends_with('/')) public_url_.pop_back();
  const auto derived = hub::hmac_sha256(key.reveal(), "addresses of files for platforms");
  key_.assign(derived.begin(), derived.end());
}

std::string media_links::signature(std::string_view expiry, std::string_view name) const {
  return hub::to_hex(hub::hmac_sha256(key_, std::string(expiry) + "\n" + std::string(name)));
}

std::string media_links::link(std::string_view sha256, std::string_view extension, std::chrono::seconds valid) const {
  if (public_url_.empty() || files_.find(sha256).empty()) return {};
  const auto until = std::chrono::floor<std::chrono::seconds>(clock_.now() + valid);
  const auto expiry = std::to_string(until.time_since_epoch().count());
  const auto name = std::string(sha256) + "." + std::string(extension);
  return public_url_ + "/media/" + expiry + "/" + signature(expiry, name) + "/" + name;
}

hub::async::task<hub::http::response> media_links::hand_out(hub::http::request from) const {
  const auto& expiry = from.params.at("expiry");
  const auto& name = from.params.at("file");
  const auto dot = name.find('.');
  const auto until = hub::whole_number<std::int64_t>(expiry);
  const bool shaped =
      dot == 64 && is_plain(name.substr(0, dot)) && is_plain(name.substr(dot + 1)) && name.size() - dot - 1 <= longest_extension;
  const bool ours = hub::equal_in_constant_time(from.params.at("hmac"), signature(expiry, name));
  const bool in_time = until && clock_.now() < hub::instant(std::chrono::seconds(*until));
  const auto path = ours && shaped && in_time ? files_.find(name.substr(0, dot)) : std::string();
  std::error_code failed;
  const auto size = path.empty() ? 0 : std::filesystem::file_size(path, failed);
  hub::http::response made;
  if (path.empty() || failed) {
    made.status = 404;
    co_return made;
  }
  made.head.set("Content-Type", type_of(path));
  made.head.set("X-Content-Type-Options", "nosniff");
  made.head.set("Content-Security-Policy", "default-src 'none'; sandbox");
  made.head.set("Cache-Control", "private, max-age=3600");
  made.head.set("X-Robots-Tag", "noindex");
  made.file.emplace();
  made.file->path = path;
  made.file->size = size;
  co_return made;
}

void media_links::add_route(hub::http::router& to) const {
  hub::http::route r;
  r.method = "GET";
  r.pattern = "/media/{expiry}/{hmac}/{file}";
  r.handle = [this](hub::http::request from) { return hand_out(std::move(from)); };
  to.add(std::move(r));
}

}  // namespace connectors
