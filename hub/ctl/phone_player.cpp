#include "hub/ctl/phone_player.hpp"

#include "hub/ctl/messenger_players.hpp"

#include <fmt/chrono.h>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <numbers>

namespace hub::ctl {

namespace {

using boost::json::object;
using namespace std::chrono_literals;

constexpr std::size_t calls_each = 2;
constexpr unsigned extensions = 5;

struct told_call {
  std::uint64_t number = 0;
  std::string caller;
  instant begin{};
  bool answered = false;
  unsigned waiting = 0, talk = 0;
};

std::string body(const told_call& call, const std::string& event, const std::string& disposition, const std::string& media_url) {
  object told{{"event", event},
              {"uniqueid", fmt::format("demo.{}", call.number)},
              {"calldate", fmt::format("{:%Y-%m-%d %H:%M:%S}", std::chrono::floor<std::chrono::seconds>(call.begin))},
              {"call_type", "in"},
              {"userfield", call.caller},
              {"dst", "380000000100"},
              {"disposition", disposition}};
  if (event == "incoming_before_call") return boost::json::serialize(told);
  told["duration"] = std::to_string(call.waiting + call.talk);
  told["waittime"] = std::to_string(call.waiting);
  told["billsec"] = std::to_string(call.talk);
  if (call.answered) {
    told["employee_number"] = std::to_string(101 + call.number % extensions);
    told["recording"] = media_url + "/media/" + digits(call.number, 12) + ".wav";
  }
  return boost::json::serialize(told);
}

void put_32(std::string& to, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) to += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace

std::size_t count_calls(const story_options& options) { return options.customers * calls_each; }

std::vector<std::string> tell_calls(const story_options& options) {
  dice roll(options.seed);
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < count_calls(options); ++i) {
    told_call call;
    call.number = options.seed * 100'000 + i;
    call.caller = demo_number(invent_person(options.seed, i % options.customers));
    call.answered = i >= options.customers;
    call.waiting = static_cast<unsigned>(5 + roll.below(20));
    call.talk = call.answered ? static_cast<unsigned>(40 + roll.below(200)) : 0;
    // They are over by now.
    call.begin = options.start - 30min + std::chrono::minutes(3 * i);
    bodies.push_back(body(call, "incoming_before_call", "CALLING", options.media_url));
    bodies.push_back(body(call, "incoming_after_call", call.answered ? "PROPER" : "NO ANSWER", options.media_url));
  }
  return bodies;
}

std::string make_recording(std::uint64_t number) {
  constexpr std::uint32_t rate = 8000, samples = 20 * rate;
  const double tone = 300 + static_cast<double>(number % 16) * 40;
  std::string wav = "RIFF";
  put_32(wav, 36 + samples);
  wav += "WAVEfmt ";
  put_32(wav, 16);
  wav += std::string("\x01\x00\x01\x00", 4);  // PCM, one channel
  put_32(wav, rate);
  put_32(wav, rate);
  wav += std::string("\x01\x00\x08\x00", 4);  // one byte a sample
  wav += "data";
  put_32(wav, samples);
  for (std::uint32_t i = 0; i < samples; ++i) {
    // Loud and silent in turn, as talk is.
    const double loud = i / 2000 % 2 == 0 ? 40 : 4;
    wav += static_cast<char>(128 + std::lround(loud * std::sin(2 * std::numbers::pi * tone * i / rate)));
  }
  return wav;
}

}  // namespace hub::ctl
