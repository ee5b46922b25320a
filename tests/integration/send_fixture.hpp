#pragma once
// One connector of the registry in this process, sending to a simulated platform; files lie in a directory and are handed out
// by a server as the hub's /media does.

#include "config/node.hpp"
#include "connectors/connector.hpp"
#include "hub/base/crypto.hpp"
#include "tests/integration/http_platform.hpp"
#include "tests/support/waiting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

namespace connector_tests {

using namespace std::chrono_literals;
using hub::message::content_type;
using hub::message::outgoing_file;
using hub::message::send_asked;
using hub::message::send_state;
using testing::HasSubstr;
using testing::IsEmpty;

/// What public_url leads to: files by their hash, whatever their ending.
class media_links : public http_platform {
 public:
  media_links() {
    add("GET", "/media/{name}", [this](const request& r) {
      const auto name = r.params.at("name");
      const std::lock_guard lock(mutex_);
      const auto found = files_.find(name.substr(0, name.find('.')));
      return found == files_.end() ? response::text(404, "") : response::text(200, found->second);
    });
    start();
  }
  ~media_links() override { stop(); }
  void put(const std::string& sha256, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    files_[sha256] = bytes;
  }

 private:
  std::map<std::string, std::string> files_;
};

class send_fixture : public testing::Test {
 protected:
  static connectors::account_context context(const std::string& channel) {
    hub::crypto_start();
    connectors::account_context made;
    made.channel = channel;
    made.account = "main";
    made.seal_key = hub::secret("seal key of the test");
    made.fingerprint_key = hub::secret("fingerprint key of the test");
    made.public_url = "https://hub.avto.example";
    made.clock = &hub::real_clock();
    return made;
  }
  /// `settings` in YAML.
  std::unique_ptr<connectors::connector> make(const std::string& channel, const std::string& settings) {
    auto read = config::parse_yaml(settings, "settings of the test");
    hub::problems found = read.problems;
    for (const auto& kind : connectors::registry())
      if (kind.channel == channel)
        if (auto made = kind.make(context(channel), read.root, found)) return made;
    throw std::runtime_error(hub::to_text(found));
  }

  /// A text to somebody with this id, in time.
  static send_asked text_to(const std::string& channel, const std::string& id, const std::string& text) {
    send_asked made;
    made.outbox_id = 1200;
    made.attempt = 1;
    made.not_after = std::chrono::floor<std::chrono::milliseconds>(hub::real_clock().now() + 25s);
    made.conversation = channel + ":main:" + id;
    made.recipient.push_back({channel, "main", id});
    made.text = text;
    return made;
  }
  /// The same with a file.
  send_asked file_to(const std::string& channel, const std::string& id, content_type type, outgoing_file file) {
    auto made = text_to(channel, id, "");
    made.type = type;
    made.files.push_back(std::move(file));
    return made;
  }
  /// Puts a file into the store.
  outgoing_file file(const std::string& bytes, const std::string& type, const std::string& name) {
    outgoing_file made;
    made.sha256 = hub::to_hex(hub::sha256(bytes));
    made.type = type;
    made.file_name = name;
    made.size = bytes.size();
    std::ofstream(store_ / made.sha256, std::ios::binary) << bytes;
    links_.put(made.sha256, bytes);
    return made;
  }
  /// One of which only the size is told: whoever reads it finds another one.
  outgoing_file file_of(std::uint64_t size, const std::string& type, const std::string& name) {
    auto made = file("a few bytes of " + name, type, name);
    made.size = size;
    return made;
  }

  /// Asks a platform itself, past every sender.
  hub::http::incoming post(const std::string& url, std::string body, const std::map<std::string, std::string>& head) {
    hub::http::outgoing ask;
    ask.method = "POST";
    ask.url = url;
    for (const auto& [name, value] : head) ask.head.set(name, value);
    ask.body = std::move(body);
    loop.restart();
    auto done = boost::asio::co_spawn(loop, http.fetch(std::move(ask)), boost::asio::use_future);
    while (done.wait_for(0s) != std::future_status::ready) loop.run_one();
    return done.get();
  }
  connectors::sending send(connectors::connector& by, send_asked what) {
    connectors::send_port port{http,
                               [this](std::string_view sha256) {
                                 const auto path = store_ / std::string(sha256);
                                 return std::filesystem::exists(path) ? path : std::string();
                               },
                               [this](std::string_view sha256, std::string_view extension, std::chrono::seconds valid) {
                                 EXPECT_GE(valid, 1h);
                                 return public_url_is_set
                                            ? links_.base() + "/media/" + std::string(sha256) + "." + std::string(extension)
                                            : std::string();
                               }};
    loop.restart();
    auto done = boost::asio::co_spawn(loop, by.send(port, std::move(what)), boost::asio::use_future);
    while (done.wait_for(0s) != std::future_status::ready) loop.run_one();
    return done.get();
  }

  boost::asio::io_context loop;
  hub::http::client http{loop};
  bool public_url_is_set = true;
  media_links links_;
  test_support::temp_dir store_;
};

inline std::string state_of(const connectors::sending& s) {
  return std::string(hub::name_of(s.told.state)) + (s.told.code.empty() ? "" : " " + s.told.code);
}

}  // namespace connector_tests
