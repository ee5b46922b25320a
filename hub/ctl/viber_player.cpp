#include "hub/ctl/viber_player.hpp"

#include "hub/base/crypto.hpp"
#include "hub/ctl/viber_scripts.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <utility>

namespace hub::ctl {

namespace {

/// Viber's ids are standard base64.
std::string to_base64(std::string_view bytes) {
  std::string text = to_base64url(bytes);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::int64_t milliseconds_of(hub::instant t) { return t.time_since_epoch().count(); }

const scripts::names& people_of(std::string_view language) {
  for (const auto& each : scripts::people)
    if (each.language == language) return each;
  return scripts::people.front();
}

const scripts::script& first_script(std::uint64_t seed, std::size_t number) {
  return scripts::first_contacts[(number + seed) % scripts::first_contacts.size()];
}

std::string fill(std::string_view text, dice& roll, std::string_view car) {
  std::string filled;
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find('{', at);
    filled += text.substr(at, open == std::string_view::npos ? open : open - at);
    if (open == std::string_view::npos) break;
    const auto close = text.find('}', open);
    const auto name = text.substr(open + 1, close - open - 1);
    if (name == "car") filled += car;
    if (name == "year") filled += std::to_string(2012 + roll.below(12));
    if (name == "km") filled += std::to_string(40 + roll.below(190));
    if (name == "time") filled += std::to_string(10 + roll.below(9)) + (roll.below(2) ? ":30" : ":00");
    if (name == "price") filled += std::to_string(7000 + 500 * roll.below(50));
    if (name == "number") filled += std::to_string(40000 + roll.below(9999));
    at = close + 1;
  }
  return filled;
}

void add_person(std::string& out, std::string_view field, const viber_person& who) {
  out += ",\"";
  out += field;
  out += "\":{\"id\":";
  message::append_json_string(out, who.id);
  out += ",\"name\":";
  message::append_json_string(out, who.name);
  out += R"(,"avatar":"https://media.viber.example/download_photo?dlid=DEMO&fltp=jpg&imsz=0000","language":)";
  message::append_json_string(out, who.language);
  out += ",\"country\":";
  message::append_json_string(out, who.country);
  out += ",\"api_version\":10}";
}

void add_content(std::string& out, const viber_content& said) {
  const auto text = [&out](std::string_view name, std::string_view value) {
    out += ",\"";
    out += name;
    out += "\":";
    message::append_json_string(out, value);
  };
  out += ",\"message\":{\"type\":";
  message::append_json_string(out, said.type);
  if (!said.text.empty() || said.type == "text") text("text", said.text);
  if (!said.media.empty()) text("media", said.media);
  if (!said.file_name.empty()) text("file_name", said.file_name);
  if (said.duration) out += ",\"duration\":" + std::to_string(said.duration);
  if (said.size) out += ",\"size\":" + std::to_string(said.size);
  if (said.type == "contact") {
    out += ",\"contact\":{\"name\":";
    message::append_json_string(out, said.contact_name);
    text("phone_number", said.contact_number);
    out += '}';
  }
  if (said.type == "location")
    out += ",\"location\":{\"lat\":" + std::to_string(said.latitude) + ",\"lon\":" + std::to_string(said.longitude) + "}";
  if (said.type == "sticker") out += ",\"sticker_id\":" + std::to_string(said.sticker);
  if (!said.tracking.empty()) text("tracking_data", said.tracking);
  out += "},\"silent\":false";
}

/// Tells the stories of everybody at once: some people talk at a time, and when one has said everything the next one
/// begins; when nobody new is left, those who were here come back.
class teller {
 public:
  explicit teller(const story_options& options) : options_(options), roll_(options.seed) {
    if (options_.album) return;
    const std::size_t at_once = std::clamp<std::size_t>(options_.customers, 1, 24);
    for (std::size_t i = 0; i < at_once; ++i) begin_next();
  }

  std::vector<viber_event> tell() {
    while (!talking_.empty() && (options_.count == 0 || told_.size() < options_.count)) {
      const std::size_t turn = roll_.below(talking_.size());
      say(talking_[turn]);
      if (talking_[turn].next < talking_[turn].script->lines.size()) continue;
      talking_.erase(talking_.begin() + static_cast<std::ptrdiff_t>(turn));
      begin_next();
    }
    if (options_.count && told_.size() > options_.count) told_.resize(options_.count);
    return std::move(told_);
  }

  /// Only albums: every customer sends all pictures at one moment.
  std::vector<viber_event> tell_albums() {
    for (std::size_t c = 0; c < options_.customers; ++c) {
      const talk t{.who = invent_person(options_.seed, c), .script = nullptr, .car = {}, .subscribed = true};
      const auto at = clock_;
      for (std::size_t i = 0; i < options_.album; ++i, clock_ = at) add_picture(t, {}, "picture", "png");
      ++clock_;
    }
    return std::move(told_);
  }

 private:
  struct talk {
    viber_person who;
    const scripts::script* script;
    std::string_view car;
    bool subscribed = false;
    std::size_t next = 0;
  };

  void begin_next() {
    const bool is_new = begun_ < options_.customers;
    if (!is_new && options_.count == 0) return;
    const std::size_t number = is_new ? begun_++ : roll_.below(options_.customers);
    talk t{.who = invent_person(options_.seed, number), .script = &first_script(options_.seed, number), .car = {}};
    if (!is_new) {
      const auto again = std::find_if(scripts::returning.begin(), scripts::returning.end(),
                                      [&](const auto& s) { return s.language == t.script->language; });
      t.script = &*again;
      t.subscribed = true;
    }
    t.car = scripts::cars[roll_.below(scripts::cars.size())];
    talking_.push_back(std::move(t));
  }

  viber_event& add(const talk& t, std::string event) {
    viber_event made;
    made.event = std::move(event);
    made.time = options_.start + options_.step * clock_++;
    made.token = token_of(options_.seed, told_.size());
    made.who = t.who;
    made.subscribed = t.subscribed;
    return told_.emplace_back(std::move(made));
  }

  void add_picture(const talk& t, std::string caption, std::string_view type, std::string_view extension) {
    auto& e = add(t, "message");
    e.content.type = type;
    e.content.text = std::move(caption);
    // As on Viber's CDN: the link says itself when it ends, an hour after the message.
    e.content.media = options_.media_url + "/media/" + digits(options_.seed % 100'000, 5) + digits(told_.size(), 7) + "." +
                      std::string(extension) + "?Expires=" + std::to_string(milliseconds_of(e.time) / 1000 + 3600) +
                      "&Signature=DEMO~" + digits(e.token, 16, 16) + "__&Key-Pair-Id=DEMO";
  }

  void say(talk& t) {
    const auto& line = t.script->lines[t.next++];
    const std::string text = fill(line.text, roll_, t.car);
    using scripts::as;
    switch (line.as) {
      case as::opened: add(t, "conversation_started").context = text; return;
      case as::subscribes: add(t, "subscribed"); t.subscribed = true; return;
      case as::leaves: add(t, "unsubscribed"); return;
      case as::text: add(t, "message").content.text = text; return;
      case as::picture: add_picture(t, text, "picture", "png"); return;
      case as::album: {
        // A phone sends the pictures of an album as messages of their own, all at one moment.
        const auto at = clock_;
        for (int i = 0; i < std::stoi(text); ++i, clock_ = at) add_picture(t, {}, "picture", "png");
        ++clock_;
        return;
      }
      case as::file: {
        add_picture(t, {}, "file", "pdf");
        told_.back().content.file_name = text;
        return;
      }
      case as::url: {
        auto& e = add(t, "message");
        e.content.type = "url";
        e.content.media = text;
        return;
      }
      case as::contact: {
        auto& e = add(t, "message");
        e.content.type = "contact";
        e.content.contact_name = text;
        e.content.contact_number = "+380000000001";
        return;
      }
      case as::location: {
        auto& e = add(t, "message");
        e.content.type = "location";
        e.content.latitude = 50.40 + static_cast<double>(roll_.below(1000)) / 10'000;
        e.content.longitude = 30.45 + static_cast<double>(roll_.below(1000)) / 10'000;
        return;
      }
      case as::sticker: {
        auto& e = add(t, "message");
        e.content.type = "sticker";
        e.content.sticker = static_cast<std::uint32_t>(40'100 + roll_.below(60));
        return;
      }
    }
  }

  /// In the range of real tokens, above 2^53, different for every seed and event.
  static std::uint64_t token_of(std::uint64_t seed, std::size_t index) {
    return 5'000'000'000'000'000'001ULL + (seed % 1'000'000) * 1'000'000'000'000ULL + index * 1'001;
  }

  story_options options_;
  dice roll_;
  std::vector<talk> talking_;
  std::vector<viber_event> told_;
  std::size_t begun_ = 0;
  std::int64_t clock_ = 0;  ///< in steps
};

}  // namespace

viber_person invent_person(std::uint64_t seed, std::size_t number) {
  const auto& speak = people_of(first_script(seed, number).language);
  dice roll(seed ^ (static_cast<std::uint64_t>(number) << 20));
  viber_person made;
  made.id = to_base64("DEMO-" + digits(seed % 0xfffff, 5, 16) + digits(number, 6));
  made.name =
      std::string(speak.first[roll.below(speak.first.size())]) + " " + std::string(speak.last[roll.below(speak.last.size())]);
  made.language = speak.tag;
  return made;
}

std::string viber_body(const viber_event& e) {
  std::string out = "{\"event\":";
  message::append_json_string(out, e.event);
  out += ",\"timestamp\":" + std::to_string(milliseconds_of(e.time)) + ",\"chat_hostname\":\"SN-CHAT-07_\",\"message_token\":" +
         std::to_string(e.token);
  if (e.event == "message") {
    add_person(out, "sender", e.who);
    add_content(out, e.content);
  } else if (e.event == "conversation_started") {
    out += ",\"type\":\"open\"";
    if (!e.context.empty()) {
      out += ",\"context\":";
      message::append_json_string(out, e.context);
    }
    add_person(out, "user", e.who);
    out += std::string(",\"subscribed\":") + (e.subscribed ? "true" : "false");
  } else if (e.event == "subscribed" || e.event == "client_status") {
    add_person(out, "user", e.who);
  } else if (e.event != "webhook") {
    out += ",\"user_id\":";
    message::append_json_string(out, e.who.id);
    if (e.event == "failed") {
      out += ",\"desc\":";
      message::append_json_string(out, e.reason);
    }
  }
  out += '}';
  return out;
}

std::vector<viber_event> tell_stories(const story_options& options) {
  teller t(options);
  return options.album ? t.tell_albums() : t.tell();
}

}  // namespace hub::ctl
