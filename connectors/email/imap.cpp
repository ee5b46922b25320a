#include "connectors/email/imap.hpp"

#include "connectors/email/curl.hpp"
#include "connectors/email/mime.hpp"
#include "connectors/email/position.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unicode/unistr.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <functional>

namespace connectors::email {

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto connect_time = 30s;
constexpr auto longest_command = 10min;

[[noreturn]] void fail(const std::string& what) { throw hub::error(hub::failure::transient, "imap", what); }

/// What a server says, for an operator: short, on one line, no numbers of people.
std::string said(std::string_view text) { return hub::scrub_numbers(hub::shorten(on_one_line(text), 200)); }

/// Mailbox names travel in a UTF-7 of their own (RFC 3501, 5.1.3), quoted.
std::string quoted_mailbox(std::string_view name) {
  const auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int>(name.size())));
  std::string encoded(name.size() * 4 + 16, '\0');
  const auto length =
      text.extract(0, text.length(), encoded.data(), static_cast<std::uint32_t>(encoded.size()), "IMAP-mailbox-name");
  encoded.resize(static_cast<std::size_t>(length));
  std::string made = "\"";
  for (const char c : encoded) {
    if (c == '"' || c == '\\') made += '\\';
    made += c;
  }
  return made + "\"";
}

}  // namespace

interruption::interruption() : descriptor_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (descriptor_ < 0) fail("no descriptor is left");
}
interruption::~interruption() { ::close(descriptor_); }
void interruption::set() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
}

struct imap_session::state {
  imap_server server;
  int interrupted;
  CURL* curl = nullptr;
  curl_socket_t socket = CURL_SOCKET_BAD;
  imap_reader reader{largest_mail + (1u << 20)};
  unsigned commands = 0;
  bool idles = false;
  bool news = false;  ///< the server spoke of new mails since the last search

  state(imap_server s, int descriptor) : server(std::move(s)), interrupted(descriptor) {}
  ~state() { curl_easy_cleanup(curl); }

  void connect();
  /// Waits until the socket is ready; false when `until` has come.
  bool wait(short events, steady::time_point until);
  void send(std::string_view text);
  std::optional<imap_answer> receive(steady::time_point until);
  imap_answer next();
  /// Until the command's own answer; the others go to `each`.
  void finish(const std::string& tag, const std::function<void(imap_answer)>& each);
  void ask(const std::string& command, const std::function<void(imap_answer)>& each = {});
  std::string begin(const std::string& command);
  void note(const imap_answer& told);
};

void imap_session::state::connect() {
  start_curl();
  curl = curl_easy_init();
  if (!curl) fail("no memory for a connection");
  char why[CURL_ERROR_SIZE] = {};
  const auto set = [&](CURLoption option, auto value) {
    if (curl_easy_setopt(curl, option, value) != CURLE_OK) fail("the connection cannot be set up");
  };
  const auto url = std::string(server.security == security::tls ? "imaps://" : "imap://") + server.host + ":" +
                   std::to_string(server.port) + "/";
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "imap,imaps");
  set(CURLOPT_PROXY, "");
  set(CURLOPT_CONNECT_ONLY, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERNAME, server.user.c_str());
  set(CURLOPT_PASSWORD, server.password.reveal().c_str());
  if (server.security == security::starttls) set(CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_ALL));
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!server.ca_file.empty()) set(CURLOPT_CAINFO, server.ca_file.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::chrono::milliseconds(connect_time).count()));
  set(CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(connect_time.count()));
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_ERRORBUFFER, why);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &stop_when_interrupted);
  set(CURLOPT_XFERINFODATA, &interrupted);
  const auto code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  const auto words = server.host + ": " + said(why[0] != '\0' ? why : curl_easy_strerror(code));
  if (code == CURLE_ABORTED_BY_CALLBACK) throw hub::error(hub::failure::cancelled, "cancelled", "interrupted");
  if (code == CURLE_LOGIN_DENIED)
    throw hub::error(hub::failure::permanent, "sign-in", server.host + " refuses imap_user or imap_password");
  if (code != CURLE_OK) fail(words);
  if (curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD)
    fail(server.host + ": the connection was closed at once");
  ask("CAPABILITY", [this](const imap_answer& told) {
    if (!told.is(1, "CAPABILITY")) return;
    for (std::size_t i = 2; i < told.words.size(); ++i) idles = idles || told.is(i, "IDLE");
  });
}

bool imap_session::state::wait(short events, steady::time_point until) {
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady::now()).count();
    pollfd asked[2] = {{socket, events, 0}, {interrupted, POLLIN, 0}};
    const int ready = ::poll(asked, 2, static_cast<int>(std::clamp<long long>(left, 0, 3'600'000)));
    if (ready < 0 && errno != EINTR) fail("the connection cannot be waited for");
    if (ready > 0 && asked[1].revents != 0) throw hub::error(hub::failure::cancelled, "cancelled", "interrupted");
    if (ready > 0) return true;
    if (steady::now() >= until) return false;
  }
}

void imap_session::state::send(std::string_view text) {
  const auto until = steady::now() + server.patience;
  while (!text.empty()) {
    std::size_t sent = 0;
    const auto code = curl_easy_send(curl, text.data(), text.size(), &sent);
    if (code == CURLE_AGAIN) {
      if (!wait(POLLOUT, until)) fail(server.host + " takes no more commands");
      continue;
    }
    if (code != CURLE_OK) fail(server.host + " closed the connection");
    text.remove_prefix(sent);
  }
}

std::optional<imap_answer> imap_session::state::receive(steady::time_point until) {
  while (true) {
    if (auto whole = reader.next()) {
      note(*whole);
      return whole;
    }
    char bytes[16 * 1024];
    std::size_t got = 0;
    const auto code = curl_easy_recv(curl, bytes, sizeof bytes, &got);
    if (code == CURLE_AGAIN) {
      if (!wait(POLLIN, until)) return std::nullopt;
      continue;
    }
    if (code != CURLE_OK || got == 0) fail(server.host + " closed the connection");
    reader.put({bytes, got});
  }
}

void imap_session::state::note(const imap_answer& told) {
  if (told.is(0, "*") && told.is(2, "EXISTS")) news = true;
  if (told.is(0, "*") && told.is(1, "BYE")) {
    const auto why = told.words.size() > 2 ? ": " + said(told.words.back()) : std::string();
    fail(server.host + " ends the conversation" + why);
  }
}

imap_answer imap_session::state::next() {
  auto got = receive(steady::now() + server.patience);
  if (!got) fail(server.host + " does not answer");
  return std::move(*got);
}

std::string imap_session::state::begin(const std::string& command) {
  auto tag = "L" + std::to_string(++commands);
  send(tag + " " + command + "\r\n");
  return tag;
}

void imap_session::state::finish(const std::string& tag, const std::function<void(imap_answer)>& each) {
  const auto until = steady::now() + longest_command;
  while (true) {
    auto got = next();
    if (got.word(0) == tag) {
      if (got.is(1, "OK")) return;
      fail(server.host + " refuses: " + said(got.words.back()));
    }
    if (each) each(std::move(got));
    if (steady::now() > until) fail(server.host + " answers without end");
  }
}

void imap_session::state::ask(const std::string& command, const std::function<void(imap_answer)>& each) {
  finish(begin(command), each);
}

imap_session::imap_session(imap_server server, const interruption& interrupted)
    : state_(std::make_unique<state>(std::move(server), interrupted.descriptor())) {
  state_->connect();
}

imap_session::~imap_session() = default;

mailbox_state imap_session::examine(std::string_view mailbox) {
  mailbox_state made;
  state_->ask("EXAMINE " + quoted_mailbox(mailbox), [&](const imap_answer& told) {
    if (const auto validity = code_in(told, "UIDVALIDITY")) made.validity = *validity;
    if (const auto next = code_in(told, "UIDNEXT")) made.next_uid = *next;
    if (told.is(2, "EXISTS")) std::from_chars(told.words[1].data(), told.words[1].data() + told.words[1].size(), made.mails);
  });
  if (made.validity == 0) fail(state_->server.host + " does not say UIDVALIDITY of " + said(mailbox));
  return made;
}

std::vector<std::uint32_t> imap_session::search(std::string_view criteria) {
  std::vector<std::uint32_t> found;
  state_->news = false;
  state_->ask("UID SEARCH " + std::string(criteria), [&](const imap_answer& told) {
    if (!told.is(0, "*") || !told.is(1, "SEARCH")) return;
    for (std::size_t i = 2; i < told.words.size(); ++i) {
      std::uint32_t uid = 0;
      const auto& word = told.words[i];
      if (std::from_chars(word.data(), word.data() + word.size(), uid).ec == std::errc{} && uid != 0) found.push_back(uid);
    }
  });
  return found;
}

std::vector<imap_mail> imap_session::facts(const std::vector<std::uint32_t>& uids) {
  std::vector<imap_mail> found;
  state_->ask("UID FETCH " + uid_set(uids) + " (UID INTERNALDATE RFC822.SIZE)", [&](imap_answer told) {
    auto mail = mail_in(std::move(told));
    // Also flags that somebody changed meanwhile are told by FETCH.
    if (mail && mail->size > 0 && std::find(uids.begin(), uids.end(), mail->uid) != uids.end()) found.push_back(*mail);
  });
  return found;
}

std::optional<std::string> imap_session::fetch(std::uint32_t uid, bool head_only) {
  std::optional<std::string> found;
  state_->ask("UID FETCH " + std::to_string(uid) + (head_only ? " (UID BODY.PEEK[HEADER])" : " (UID BODY.PEEK[])"),
              [&](imap_answer told) {
                auto mail = mail_in(std::move(told));
                if (mail && mail->uid == uid && mail->body) found = std::move(mail->body);
              });
  return found;
}

bool imap_session::can_idle() const { return state_->idles; }

bool imap_session::idle(std::chrono::milliseconds longest) {
  if (state_->news) return true;
  const auto tag = state_->begin("IDLE");
  while (true) {
    const auto got = state_->next();
    if (got.is(0, "+")) break;
    if (got.word(0) == tag) fail(state_->server.host + " does not idle");
  }
  const auto until = steady::now() + longest;
  while (!state_->news)
    if (!state_->receive(until)) break;
  state_->send("DONE\r\n");
  state_->finish(tag, {});
  return state_->news;
}

}  // namespace connectors::email
