#include "connectors/refused.hpp"

#include "hub/base/crypto.hpp"
#include "hub/message/json.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <sys/stat.h>
#include <filesystem>
#include <fstream>

namespace connectors {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t entries_in_half = 500;
constexpr std::uint64_t bytes_in_half = 8 << 20;
constexpr int most_in_second = 20;

std::string to_plain(const refused_request& r) {
  boost::json::object o;
  o["channel"] = r.channel;
  o["account"] = r.account;
  o["received_at"] = r.received_at.time_since_epoch().count();
  boost::json::array head;
  for (const auto& [name, value] : r.request.head.list) head.push_back({hub::to_base64url(name), hub::to_base64url(value)});
  o["head"] = std::move(head);
  boost::json::array query;
  for (const auto& [name, value] : r.request.query) query.push_back({hub::to_base64url(name), hub::to_base64url(value)});
  o["query"] = std::move(query);
  boost::json::array params;
  for (const auto& [name, value] : r.request.params) params.push_back({hub::to_base64url(name), hub::to_base64url(value)});
  o["params"] = std::move(params);
  o["method"] = r.request.method;
  o["body"] = hub::to_base64url(r.request.body);
  return boost::json::serialize(o);
}

std::string text_of(const boost::json::value& v) { return hub::from_base64url(v.as_string().c_str()).value(); }

refused_request from_plain(const std::string& plain) {
  const auto value = hub::message::parse_json(plain, {.bytes = 64 << 20, .depth = 8}).value();
  const auto& o = value.as_object();
  refused_request r;
  r.channel = o.at("channel").as_string().c_str();
  r.account = o.at("account").as_string().c_str();
  r.received_at = hub::instant(std::chrono::milliseconds(o.at("received_at").to_number<std::int64_t>()));
  for (const auto& pair : o.at("head").as_array()) r.request.head.list.emplace_back(text_of(pair.at(0)), text_of(pair.at(1)));
  for (const auto& pair : o.at("query").as_array()) r.request.query[text_of(pair.at(0))] = text_of(pair.at(1));
  // What an earlier version wrote has none.
  if (const auto* params = o.if_contains("params"))
    for (const auto& pair : params->as_array()) r.request.params[text_of(pair.at(0))] = text_of(pair.at(1));
  r.request.method = o.at("method").as_string().c_str();
  r.request.body = text_of(o.at("body"));
  return r;
}

}  // namespace

refused_ring::refused_ring(std::string path, hub::secret seal_key) : key_(std::move(seal_key)) {
  fs::file_time_type newest{};
  for (int i = 0; i < 2; ++i) {
    halves_[i].path = path + "." + std::to_string(i);
    std::error_code failed;
    if (!fs::exists(halves_[i].path, failed)) continue;
    halves_[i].bytes = fs::file_size(halves_[i].path, failed);
    std::ifstream in(halves_[i].path);
    for (std::string line; std::getline(in, line);) ++halves_[i].entries;
    const auto written = fs::last_write_time(halves_[i].path, failed);
    if (!failed && written > newest) {
      newest = written;
      current_ = i;
    }
  }
}

void refused_ring::turn() {
  current_ = 1 - current_;
  std::error_code ignored;
  fs::remove(halves_[current_].path, ignored);
  halves_[current_].entries = 0;
  halves_[current_].bytes = 0;
}

void refused_ring::keep(const refused_request& refused) noexcept try {
  const auto now = std::chrono::steady_clock::now();
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    kept_in_second_ = 0;
  }
  if (++kept_in_second_ > most_in_second) return;
  const auto line = hub::seal(key_, to_plain(refused)) + "\n";
  if (halves_[current_].entries >= entries_in_half || halves_[current_].bytes + line.size() > bytes_in_half) turn();
  auto& half = halves_[current_];
  std::ofstream out(half.path, std::ios::app | std::ios::binary);
  if (!(out << line << std::flush)) return;
  ::chmod(half.path.c_str(), 0600);
  ++half.entries;
  half.bytes += line.size();
} catch (...) {
  // Nobody was promised anything.
}

std::vector<refused_request> refused_ring::read() const {
  std::vector<refused_request> list;
  for (const int i : {1 - current_, current_}) {
    std::ifstream in(halves_[i].path, std::ios::binary);
    for (std::string line; std::getline(in, line);) {
      const auto plain = hub::unseal(key_, line);
      if (!plain) continue;
      try {
        list.push_back(from_plain(*plain));
      } catch (const std::exception&) {
        // A line cut by a crash.
      }
    }
  }
  return list;
}

}  // namespace connectors
