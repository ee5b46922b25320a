#pragma once
// Viber's side of the webhook, for the simulation and for tests: callback bodies as Viber writes them, their
// signature, and stories of invented customers of a car dealer. Everything follows from a seed: the same seed
// tells the same stories with the same people, message tokens and pictures. Pure, any thread.

#include "hub/base/time.hpp"
#include "hub/ctl/playing.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hub::ctl {

/// Who writes. Every invented person's id begins with these bytes (in base64, `demo_id_prefix`), which is how
/// `hubctl seed --remove` finds them again.
struct viber_person {
  std::string id;
  std::string name;
  std::string language = "uk-UA";
  std::string country = "UA";
};
inline constexpr std::string_view demo_id_prefix = "REVNTy";

/// The person number `number` of a seed.
viber_person invent_person(std::uint64_t seed, std::size_t number);

/// What `message` says. Which fields count depends on `type` (the sheet of the protocol, section 4).
struct viber_content {
  std::string type = "text";  ///< text, picture, video, file, contact, location, sticker, url
  std::string text{};
  std::string media{};
  std::string file_name{};
  std::uint64_t size = 0;
  std::uint32_t duration = 0;
  std::string contact_name{};
  std::string contact_number{};
  double latitude = 0;
  double longitude = 0;
  std::uint32_t sticker = 0;
  std::string tracking{};
};

/// One callback. `content` belongs to message, `context` to conversation_started, `reason` to failed.
struct viber_event {
  std::string event = "message";
  hub::instant time{};
  std::uint64_t token = 0;
  viber_person who{};
  viber_content content{};
  std::string context{};
  bool subscribed = false;
  std::string reason{};
};

/// The body as Viber would send it: compact JSON, fields in its order, the token as a 64-bit number.
std::string viber_body(const viber_event& event);

struct story_options {
  std::uint64_t seed = 1;
  std::size_t customers = 12;
  std::size_t count = 0;   ///< events to tell; 0: every customer's story once, to its end
  std::size_t album = 0;   ///< not 0: each customer only sends this many pictures, all at one moment
  hub::instant start{};    ///< platform time of the first event
  std::chrono::milliseconds step{125};  ///< between two events
  std::string media_url = "https://media.viber.example";  ///< who serves the pictures, see simulated_viber.hpp
};

/// The events in the order of their platform times; stories of several customers run at once.
std::vector<viber_event> tell_stories(const story_options& options);

}  // namespace hub::ctl
