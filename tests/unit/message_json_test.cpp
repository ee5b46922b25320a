#include "hub/message/codec.hpp"
#include "hub/message/json.hpp"

#include <boost/json/serialize.hpp>

#include <gtest/gtest.h>

#include <random>

namespace {

using namespace hub::message;

// ---- any event there can be, from a seed -----------------------------------------------------------------

class any_event {
 public:
  explicit any_event(std::uint32_t seed) : random_(seed) {}

  event make() {
    event e;
    e.key = word(1, 60);
    e.channel = plain_word();
    e.account = plain_word();
    e.conversation = word(0, 60);
    e.time = moment();
    e.received_at = moment();
    e.trace = word(0, 55);
    switch (below(16)) {
      case 0: e.data = message(); break;
      case 1: e.data = status(); break;
      case 2: e.data = conversation_opened{sender(), word(0, 80), chance()}; break;
      case 3: e.data = subscribed{sender()}; break;
      case 4: e.data = unsubscribed{sender()}; break;
      case 5:
        e.data = message_edited{sender(), word(0, 80), word(0, 80), chance() ? std::optional(geo_point{1, 2}) : std::nullopt};
        break;
      case 6: e.data = message_deleted{sender(), word(0, 80)}; break;
      case 7: e.data = reaction{sender(), word(0, 80), word(0, 8), word(0, 20)}; break;
      case 8: e.data = identity_changed{sender()}; break;
      case 9: e.data = customer{sender(), word(0, 20), word(0, 20), word(0, 20), word(0, 20), word(0, 20), chance()}; break;
      case 10: e.data = exchange{word(0, 20), word(0, 20), digits(), digits(), {word(0, 40), word(0, 40)}, below(1000)}; break;
      case 11: e.data = purchase(); break;
      case 12: e.data = car(); break;
      case 13: e.data = order_handed{word(1, 20), word(0, 20), word(0, 20)}; break;
      case 14: e.data = send_outcome{below(1000), static_cast<std::uint32_t>(1 + below(9)), told()}; break;
      default: e.data = unparsed{word(0, 200), word(0, 100)}; break;
    }
    return e;
  }

  send_told told() {
    send_told made;
    made.state = chance() ? send_state::deferred : send_state::sent;
    made.platform_ids = {word(1, 20)};
    made.code = word(0, 9);
    made.reason = word(0, 40);
    if (chance()) made.retry_after_ms = static_cast<std::uint32_t>(below(5000));
    made.counts = chance();
    made.pause_account = chance();
    return made;
  }

  std::uint64_t below(std::uint64_t n) { return std::uniform_int_distribution<std::uint64_t>(0, n - 1)(random_); }
  bool chance() { return below(2) == 0; }

  // Any characters but surrogates: quotes, controls, line separators, Cyrillic, emoji.
  std::string word(std::size_t least, std::size_t most) {
    static const std::vector<std::string> letters{
        "a",    "Z",    "0",  " ", "\"", "\\",           "/", "\n", "\r",           "\t", "\x01",
        "\x1f", "\x7f", "ї",  "Ж", "ʼ",  "\xE2\x80\xA8", "€", "🚗",  "\xEF\xBF\xBD", "{",  "]",
        ",",    ":",    "\b", "\f"};
    std::string made;
    for (auto n = least + below(most - least + 1); n > 0; --n) {
      const auto& letter = letters[below(letters.size())];
      if (made.size() + letter.size() > std::max<std::size_t>(most, 1)) break;
      made += letter;
    }
    return made.size() < least ? std::string(least, 'x') : made;
  }

 private:
  std::string plain_word() { return std::string(1 + below(10), static_cast<char>('a' + below(26))); }

  hub::instant moment() { return hub::instant(std::chrono::milliseconds(below(4'102'444'800'000))); }

  identity who() { return {word(1, 32), word(0, 64), word(1, 100)}; }

  std::vector<identity> identities(std::size_t least) {
    std::vector<identity> list;
    for (auto n = least + below(3); n > 0; --n) list.push_back(who());
    return list;
  }

  person sender() { return {identities(1), word(0, 100), word(0, 35), word(0, 8), word(0, 40)}; }

  template <class E>
  E one_of() {
    const auto names = names_of(E{});
    return names[below(names.size())].value;
  }

  attachment file(std::size_t number) {
    attachment a;
    a.part = std::to_string(number);
    a.type = one_of<content_type>();
    a.reference = word(0, 300);
    if (chance()) a.expires_at = moment();
    a.file_name = word(0, 60);
    if (chance())
      a.size = below(2) ? below(std::numeric_limits<std::uint64_t>::max()) : std::numeric_limits<std::uint64_t>::max();
    if (chance()) a.seconds = static_cast<std::uint32_t>(below(1ULL << 32));
    return a;
  }

  chat_message message() {
    chat_message m;
    m.sender = sender();
    m.direction = one_of<direction>();
    m.type = one_of<content_type>();
    m.platform_id = word(0, 80);
    m.text = word(0, 500);
    for (std::size_t n = below(4); n > 0; --n) m.attachments.push_back(file(n));
    // Seven decimals are a centimetre; platforms write no more.
    if (chance())
      m.location = geo_point{(static_cast<double>(below(1'800'000'001)) - 9e8) / 1e7,
                             (static_cast<double>(below(3'600'000'001)) - 18e8) / 1e7};
    m.sticker = word(0, 40);
    m.reply_to = word(0, 40);
    m.tracking = word(0, 100);
    m.group = word(0, 20);
    m.author = word(0, 20);
    m.subject = word(0, 60);
    m.quoted = word(0, 200);
    m.automatic = chance();
    m.sealed_id = word(0, 80);
    if (chance()) m.referral = referral{word(0, 10), word(0, 20), word(0, 60), word(0, 40), word(0, 90)};
    return m;
  }

  delivery_status status() {
    delivery_status s;
    if (chance()) s.recipient = identities(1);
    s.platform_id = word(0, 80);
    s.state = one_of<delivery_state>();
    s.up_to = chance();
    s.reason = word(0, 100);
    return s;
  }

  std::string digits() { return std::string(16, static_cast<char>('a' + below(6))); }

  hub::message::order purchase() {
    hub::message::order o;
    o.id = word(0, 40);
    o.hub_id = word(0, 40);
    o.number = word(0, 40);
    if (chance()) o.placed_at = moment();
    o.customer = word(0, 40);
    for (auto n = below(3); n > 0; --n) o.vehicles.push_back(word(0, 40));
    o.total = word(0, 20);
    o.status = word(0, 40);
    o.paid = chance();
    o.shipped = chance();
    o.cancelled = chance();
    o.deleted = chance();
    return o;
  }

  vehicle car() {
    vehicle v;
    v.id = word(1, 80);
    v.version = word(0, 40);
    v.deleted = chance();
    v.make = word(0, 40);
    if (chance()) v.year = static_cast<std::uint32_t>(1950 + below(100));
    if (chance()) v.status = one_of<vehicle_state>();
    v.price = word(0, 20);
    v.quantity = word(0, 20);
    for (std::size_t n = below(3); n > 0; --n) v.photos.push_back(file(n));
    for (auto n = below(3); n > 0; --n) v.warnings.push_back(word(0, 20));
    return v;
  }

  std::mt19937_64 random_;
};

TEST(json_text, is_escaped_wherever_the_character_stands) {
  const std::string plain = "Доброго дня, авто \x7f\xf4\x8f\xbf\xbf!";
  for (std::size_t length = 0; length <= 20; ++length) {
    for (int code = 0; code < 0x80; ++code) {
      for (std::size_t at = 0; at <= length; ++at) {
        std::string text = std::string(length, 'a') + plain;
        text.insert(at, 1, static_cast<char>(code));
        std::string written;
        append_json_string(written, text);
        const auto read = parse_json(written);
        ASSERT_TRUE(read) << length << " " << code << " " << at;
        EXPECT_EQ(std::string_view(read->get_string()), text);
      }
    }
  }
}

TEST(message_json, what_is_encoded_decodes_to_the_same_event) {
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    const auto made = any_event(seed).make();
    const auto body = encode(made);
    const auto elements = decode(body);
    ASSERT_EQ(elements.size(), 1u) << seed;
    ASSERT_TRUE(elements[0].value.has_value()) << seed << ": " << hub::to_text(elements[0].value.error()) << "\n" << body;
    ASSERT_EQ(*elements[0].value, made) << seed << "\n" << body;
    ASSERT_EQ(elements[0].key, made.key);
    ASSERT_EQ(elements[0].body, body);
    ASSERT_EQ(encode(*elements[0].value), body);
  }
}

TEST(message_json, a_batch_decodes_to_its_events_in_order) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    any_event any(seed);
    std::vector<event> made;
    std::vector<std::string> bodies;
    for (auto n = any.below(12); n > 0; --n) bodies.push_back(encode(made.emplace_back(any.make())));
    const auto batch = join_batch({bodies.begin(), bodies.end()});
    const auto elements = decode(batch);
    ASSERT_EQ(elements.size(), made.size());
    for (std::size_t i = 0; i < made.size(); ++i) {
      ASSERT_TRUE(elements[i].value.has_value()) << hub::to_text(elements[i].value.error());
      ASSERT_EQ(*elements[i].value, made[i]) << seed;
      ASSERT_EQ(*decode(elements[i].body).at(0).value, made[i]) << "an element's own text is an event as well";
    }
  }
}

TEST(message_json, one_bad_element_spoils_none_of_its_neighbours) {
  any_event any(7);
  const auto first = any.make(), last = any.make();
  const auto a = encode(first), b = encode(last);
  const auto elements = decode(join_batch({a, R"({"specversion":"1.0","id":"poison"})", "5", b}));
  ASSERT_EQ(elements.size(), 4u);
  EXPECT_EQ(*elements[0].value, first);
  EXPECT_FALSE(elements[1].value.has_value());
  EXPECT_EQ(elements[1].key, "poison");
  EXPECT_FALSE(elements[2].value.has_value());
  EXPECT_EQ(elements[2].key, "");
  EXPECT_EQ(*elements[3].value, last);
}

TEST(message_json, mutated_bodies_are_refused_with_a_problem_or_read_but_never_crash) {
  std::mt19937 random(20261120);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  std::size_t refused = 0;
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    auto body = encode(any_event(seed).make());
    for (std::size_t n = 1 + below(3); n > 0; --n) {
      const auto at = below(body.size());
      switch (below(4)) {
        case 0: body.erase(at, 1 + below(20)); break;
        case 1: body[at] = static_cast<char>(below(256)); break;
        case 2: body.insert(at, body.substr(below(body.size()), below(50))); break;
        default: body.resize(at + 1); break;
      }
      if (body.empty()) body = "x";
    }
    for (const auto& element : decode(body)) {
      if (element.value.has_value()) {
        EXPECT_EQ(*decode(encode(*element.value)).at(0).value, *element.value);
      } else {
        ++refused;
        EXPECT_FALSE(element.value.error().what.empty());
      }
    }
  }
  EXPECT_GT(refused, 1000u);
}

std::string told(const std::string& body) {
  const auto elements = decode(body);
  EXPECT_EQ(elements.size(), 1u);
  return elements.at(0).value.has_value() ? "" : hub::to_text(elements[0].value.error());
}

std::string message_with(const std::string& data) {
  return R"({"specversion":"1.0","id":"k","source":"/connectors/viber/main","type":"leadyard.message.v1","subject":"s",)"
         R"("time":"2026-11-20T12:00:00Z","receivedat":"2026-11-20T12:00:01Z","data":)" +
         data + "}";
}

TEST(message_json, a_refusal_names_the_path_and_what_is_expected) {
  const std::string person = R"({"identities":[{"space":"viber","id":"u"}]})";
  EXPECT_EQ(told(message_with(R"({"sender":)" + person + R"(,"type":"text","platform_id":"1"})")), "");
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"sender":)" + person + R"(,"type":"txt","platform_id":"1"})",
       "data.type: expected one of text, photo, file, voice_note, video, sticker, location, contact, system, unsupported (found: "
       "\"txt\")\n"},
      {R"({"sender":)" + person + R"(,"type":"text"})", "data.platform_id: is missing\n"},
      {R"({"sender":)" + person + R"(,"type":"text","platform_id":6214870800000000001})",
       "data.platform_id: expected text (found: 6214870800000000001)\n"},
      {R"({"sender":{"identities":[]},"type":"text","platform_id":"1"})",
       "data.sender.identities: is too small or too short (found: a list)\n"},
      {R"({"sender":{"identities":[{"space":"viber","id":""}]},"type":"text","platform_id":"1"})",
       "data.sender.identities[0].id: is too small or too short (found: \"\")\n"},
      {R"({"sender":)" + person + R"(,"type":"location","platform_id":"1","location":{"latitude":91,"longitude":0}})",
       "data.location.latitude: is too large or too long (found: 91)\n"},
      {R"({"sender":)" + person +
           R"(,"type":"file","platform_id":"1","attachments":[{"part":"0","type":"file","reference":"r","seconds":4294967296}]})",
       "data.attachments[0].seconds: expected a whole number in range (found: 4294967296)\n"},
      {"[]", "data: expected an object (found: a list)\n"},
  };
  for (const auto& [data, expected] : cases) EXPECT_EQ(told(message_with(data)), expected) << data;
}

TEST(message_json, an_envelope_that_is_not_ours_is_refused) {
  const auto good = message_with(R"({"sender":{"identities":[{"space":"v","id":"u"}]},"type":"text","platform_id":"1"})");
  const auto with = [&](const std::string& from, const std::string& to) {
    auto body = good;
    body.replace(body.find(from), from.size(), to);
    return told(body);
  };
  EXPECT_EQ(with("\"1.0\"", "\"0.3\""), "specversion: expected 1.0 (found: 0.3)");
  EXPECT_EQ(with("leadyard.message.v1", "leadyard.letter.v1"),
            "type: a kind this version does not know (found: leadyard.letter.v1)");
  EXPECT_EQ(with("/connectors/viber/main", "/viber"), "source: expected /connectors/<channel>/<account> (found: /viber)");
  EXPECT_EQ(with("2026-11-20T12:00:00Z", "yesterday"),
            "time: expected a time like 2026-11-20T12:08:45Z (found: \"yesterday\")\n");
  EXPECT_EQ(with("\"id\":\"k\",", ""), "id: is missing\n");
}

TEST(message_json, members_a_reader_does_not_know_are_ignored) {
  EXPECT_EQ(
      told(message_with(
          R"({"sender":{"identities":[{"space":"v","id":"u","new":1}]},"type":"text","platform_id":"1","newer":{"a":[]}})")),
      "");
}

TEST(message_json, a_body_that_is_not_json_is_one_refused_element) {
  EXPECT_EQ(told("").substr(0, 6), "byte 0");
  EXPECT_NE(told("{\"id\":\"\xff\"}"), "");
  EXPECT_NE(told("{} {}"), "");
  EXPECT_NE(told(std::string(1000, '[')), "");
  EXPECT_TRUE(decode("[]").empty());
}

TEST(message_json, a_conversation_stays_in_its_shard_for_ever) {
  EXPECT_EQ(shard_of("", 2), 14695981039346656037ULL % 2);
  EXPECT_EQ(shard_of("a", 1000), 12638187200555641996ULL % 1000);
  std::vector<int> hits(4);
  for (int i = 0; i < 4000; ++i) ++hits[shard_of("viber:main:" + std::to_string(i), 4)];
  for (const int n : hits) EXPECT_GT(n, 800);
}

}  // namespace
