#pragma once
// What several kinds of canonical events (canonical.hpp) are made of: who somebody is, a file, a place, an ad. Plain values,
// any thread.

#include "hub/base/describe.hpp"
#include "hub/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hub::message {

/// What a message is; the same words as the database's message_type.
enum class content_type { text, photo, file, voice_note, video, sticker, location, contact, system, unsupported };
constexpr auto names_of(content_type) {
  using enum content_type;
  return std::array{named{"text", text},         named{"photo", photo},
                    named{"file", file},         named{"voice_note", voice_note},
                    named{"video", video},       named{"sticker", sticker},
                    named{"location", location}, named{"contact", contact},
                    named{"system", system},     named{"unsupported", unsupported}};
}

enum class direction { incoming, outgoing };
constexpr auto names_of(direction) {
  return std::array{named{"incoming", direction::incoming}, named{"outgoing", direction::outgoing}};
}

/// Fate of something we sent, as the platform tells it.
enum class delivery_state { sent, delivered, read, failed };
constexpr auto names_of(delivery_state) {
  using enum delivery_state;
  return std::array{named{"sent", sent}, named{"delivered", delivered}, named{"read", read}, named{"failed", failed}};
}

/// One way a person is known. Unique as a whole; `account` is empty for spaces that belong to no account
/// ("fingerprint", "email").
struct identity {
  std::string space;    ///< "viber", "telegram", "fingerprint", "email", ...
  std::string account;  ///< our account at that platform, "main"
  std::string id;       ///< the platform's id of the person

  auto operator<=>(const identity&) const = default;
  static void describe(auto& self, auto& on) {
    on("space", self.space, about{.text = "Channel, or `fingerprint`, or `email`.", .required = true, .max = 32});
    on("account", self.account, about{.text = "Our account at that platform; empty for spaces without accounts.", .max = 64});
    on("id", self.id,
       about{.text = "The platform's id of the person, exactly as given.", .required = true, .min = 1, .max = 512});
  }
};

/// Who acted, as the platform describes them. Names are what a person typed; empty where the platform gave a
/// placeholder.
struct person {
  std::vector<identity> identities;
  std::string name;
  std::string language;
  std::string country;
  std::string reply_address;

  bool operator==(const person&) const = default;
  static void describe(auto& self, auto& on) {
    on("identities", self.identities,
       about{.text = "Everything the payload knows this person by; at least one.", .required = true, .min = 1, .max = 16});
    on("name", self.name, about{.text = "Display name.", .max = 512});
    on("language", self.language, about{.text = "Language tag as given by the platform.", .max = 35});
    on("country", self.country, about{.text = "ISO 3166-1 alpha-2 code.", .max = 8});
    on("reply_address", self.reply_address,
       about{.text = "Where an answer goes, sealed by the connector, when the identities do not say it.", .max = 1024});
  }
};

/// A file that belongs to a message and waits to be fetched. The row exists before the bytes do.
struct attachment {
  std::string part;  ///< unique inside the event: "0", "1", ...
  content_type type = content_type::file;
  std::string reference;  ///< sealed by the connector, only it can open it
  std::optional<instant> expires_at;
  std::string file_name;              ///< the sender's name for it: data, never a path
  std::optional<std::uint64_t> size;  ///< as claimed by the platform
  std::optional<std::uint32_t> seconds;

  bool operator==(const attachment&) const = default;
  static void describe(auto& self, auto& on) {
    on("part", self.part, about{.text = "Which part of the event, `0` first.", .required = true, .max = 16});
    on("type", self.type, about{.text = "Photo, video, file or voice note.", .required = true});
    on("reference", self.reference,
       about{.text = "Where the connector fetches it; sealed, opaque to everybody else.", .required = true, .max = 8192});
    on("expires_at", self.expires_at, about{.text = "After this moment the platform no longer serves it."});
    on("file_name", self.file_name, about{.text = "The sender's file name.", .max = 1024});
    on("size", self.size, about{.text = "Size in bytes as the platform claims it."});
    on("seconds", self.seconds, about{.text = "Length of a video or voice note as the platform claims it."});
  }
};

struct geo_point {
  double latitude = 0;
  double longitude = 0;

  bool operator==(const geo_point&) const = default;
  static void describe(auto& self, auto& on) {
    on("latitude", self.latitude, about{.text = "Degrees.", .required = true, .min = -90, .max = 90});
    on("longitude", self.longitude, about{.text = "Degrees.", .required = true, .min = -180, .max = 180});
  }
};

/// The ad or post that brought somebody.
struct referral {
  std::string source;  ///< "ad", "post"
  std::string id;
  std::string url;
  std::string headline;
  std::string text;

  bool operator==(const message::referral&) const = default;
  static void describe(auto& self, auto& on) {
    on("source", self.source, about{.text = "What it is: `ad`, `post`.", .max = 64});
    on("id", self.id, about{.text = "The platform's id of it.", .max = 512});
    on("url", self.url, about{.text = "Its address.", .max = 2000});
    on("headline", self.headline, about{.text = "Its headline.", .max = 1024});
    on("text", self.text, about{.text = "Its text.", .max = 4096});
  }
};

}  // namespace hub::message
