#pragma once
// The other side of an HTTP connection, as bad as it has to be: raw sockets that send any bytes, a server that
// answers by script, certificates made on the spot. Blocking, on the test's thread (scripted_peer on its own).

#include "hub/async/runtime.hpp"
#include "hub/base/failure.hpp"
#include "hub/http/client.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace hub::http {

namespace asio = boost::asio;
using asio::ip::tcp;

inline const char* to_text_of(failure kind) {
  return kind == failure::transient ? "transient" : kind == failure::permanent ? "permanent" : "cancelled";
}
inline const char* to_text_of(sent_state s) {
  return s == sent_state::nothing ? "nothing" : s == sent_state::part ? "part" : "all";
}

/// What handlers saw.
class task_log {
 public:
  void add(std::string text) {
    const std::lock_guard hold(mutex_);
    list_.push_back(std::move(text));
  }
  void clear() {
    const std::lock_guard hold(mutex_);
    list_.clear();
  }
  bool empty() const {
    const std::lock_guard hold(mutex_);
    return list_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> list_;
};

inline std::string random_text(std::size_t size) {
  std::mt19937_64 random(size);
  std::string text(size, ' ');
  for (auto& c : text) c = static_cast<char>('a' + random() % 26);
  return text;
}

inline bool within_seconds(int limit, const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(limit);
  while (std::chrono::steady_clock::now() < end)
    if (holds()) return true;
  return false;
}

/// Runs on the loop and waits for it.
inline void run_on(async::runtime& rt, std::function<void()> fn) {
  std::packaged_task<void()> work(std::move(fn));
  auto done = work.get_future();
  asio::post(rt.context(), [&work] { work(); });
  done.get();
}
inline std::string failure_text(async::runtime& rt, const std::function<void()>& fn) {
  std::string text;
  run_on(rt, [&] {
    try {
      fn();
    } catch (const std::exception& e) {
      text = e.what();
    }
  });
  return text;
}

class test_directory {
 public:
  test_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "http_test.XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary directory");
    at_ = name;
  }
  ~test_directory() { std::filesystem::remove_all(at_); }
  test_directory(const test_directory&) = delete;
  test_directory& operator=(const test_directory&) = delete;

  std::string path(const std::string& name) const { return at_ / name; }
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(at_ / name, std::ios::binary) << content;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(at_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Moves the time of a file forward, as if it had been written later.
  void age(const std::string& name, std::chrono::seconds by) const {
    std::filesystem::last_write_time(at_ / name, std::filesystem::file_time_type::clock::now() + by);
  }

 private:
  std::filesystem::path at_;
};

/// A client that sends what it is told.
class raw_peer {
 public:
  explicit raw_peer(std::uint16_t port) : socket_(loop_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay(true));
  }

  static bool can_connect(std::uint16_t port) {
    asio::io_context loop;
    tcp::socket socket(loop);
    boost::system::error_code failed;
    socket.connect({asio::ip::address_v4::loopback(), port}, failed);
    return !failed;
  }

  /// A refusing server may close before everything is sent: that is no failure of the test.
  void send(const std::string& bytes) {
    boost::system::error_code ignored;
    asio::write(socket_, asio::buffer(bytes), ignored);
  }

  std::string read_to_end() {
    std::string all = std::move(held_);
    while (wait(std::chrono::seconds(10)) && read_more(all)) continue;
    return all;
  }
  std::string read_until(const std::string& end) {
    std::string all = std::move(held_);
    while (all.find(end) == std::string::npos && wait(std::chrono::seconds(10)) && read_more(all)) continue;
    return all;
  }
  /// What comes within `time`, waiting for no more than the first bytes.
  std::string read_for(std::chrono::milliseconds time) {
    std::string some;
    if (wait(time)) read_more(some);
    return some;
  }

  std::string exchange(const std::string& bytes) {
    send(bytes);
    return read_to_end();
  }

 private:
  asio::io_context loop_;
  tcp::socket socket_;
  std::string held_;

  bool wait(std::chrono::milliseconds limit) {
    pollfd p{socket_.native_handle(), POLLIN, 0};
    return ::poll(&p, 1, static_cast<int>(limit.count())) > 0;
  }
  bool read_more(std::string& into) {
    char buffer[16384];
    boost::system::error_code failed;
    const auto n = socket_.read_some(asio::buffer(buffer), failed);
    into.append(buffer, n);
    return !failed;
  }
};

inline std::uint16_t unused_port() {
  asio::io_context loop;
  return tcp::acceptor(loop, {asio::ip::address_v4::loopback(), 0}).local_endpoint().port();
}

/// A server that answers each request with the next of its answers, whatever was asked, then says nothing.
class scripted_peer {
 public:
  struct script {
    std::vector<std::string> answers{};
    bool close_after_each = false;
    bool repeat = false;  ///< begins anew with every connection
    bool reads = true;
  };

  explicit scripted_peer(script s)
      : script_(std::move(s)),
        acceptor_(loop_, {asio::ip::address_v4::loopback(), 0}),
        port_(acceptor_.local_endpoint().port()) {
    thread_ = std::thread([this] { run(); });
  }
  ~scripted_peer() {
    {
      const std::lock_guard hold(mutex_);
      ending_ = true;
      ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
      if (current_ >= 0) ::shutdown(current_, SHUT_RDWR);
      changed_.notify_all();
    }
    thread_.join();
  }
  scripted_peer(const scripted_peer&) = delete;
  scripted_peer& operator=(const scripted_peer&) = delete;

  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int connections() const { return connections_; }
  void wait_closed(int count) {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return closed_ >= count; });
  }

 private:
  const script script_;
  asio::io_context loop_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ending_ = false;
  int current_ = -1;
  int closed_ = 0;
  std::atomic<int> connections_ = 0;
  std::thread thread_;

  void run() {
    std::size_t next = 0;
    for (;;) {
      boost::system::error_code failed;
      tcp::socket socket(loop_);
      acceptor_.accept(socket, failed);
      {
        const std::lock_guard hold(mutex_);
        if (failed || ending_) return;
        current_ = socket.native_handle();
      }
      ++connections_;
      if (script_.repeat) next = 0;
      serve(socket, next);
      const std::lock_guard hold(mutex_);
      current_ = -1;
      ++closed_;
      socket.close(failed);
      changed_.notify_all();
      if (ending_) return;
    }
  }

  void serve(tcp::socket& socket, std::size_t& next) {
    boost::system::error_code failed;
    std::string held;
    char buffer[16384];
    while (!failed) {
      if (!script_.reads) {
        std::unique_lock hold(mutex_);
        changed_.wait(hold, [&] { return ending_; });
        return;
      }
      const auto n = socket.read_some(asio::buffer(buffer), failed);
      held.append(buffer, n);
      if (failed || held.find("\r\n\r\n") == std::string::npos) continue;
      held.clear();
      if (next >= script_.answers.size()) continue;
      asio::write(socket, asio::buffer(script_.answers[next++]), failed);
      if (script_.close_after_each) return;
    }
  }
};

// ---- TLS ----------------------------------------------------------------------------------------------------

/// Writes <name>.pem and <name>.key: self-signed, good for `host` only.
inline void make_certificate(const test_directory& into, const std::string& name, long serial,
                             const std::string& host) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  auto* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key.get());
  auto* subject = X509_get_subject_name(x);
  const auto label = host + " " + name;
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(label.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(x, subject);
  const auto names = "DNS:" + host;
  const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> alternative(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str()), X509_EXTENSION_free);
  X509_add_ext(x, alternative.get(), -1);
  X509_sign(x, key.get(), EVP_sha256());
  const auto write = [&](const std::string& file, const auto& put) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
    put(memory.get());
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(memory.get(), &bytes);
    into.write(file, std::string(bytes, static_cast<std::size_t>(size)));
  };
  write(name + ".pem", [&](BIO* to) { PEM_write_bio_X509(to, x); });
  write(name + ".key",
        [&](BIO* to) { PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

using tls_socket = asio::ssl::stream<tcp::socket>;

/// The serial number of the certificate that a server shows; nothing is verified. -1 when there is none.
inline long serial_of(std::uint16_t port) {
  asio::io_context loop;
  asio::ssl::context any(asio::ssl::context::tls_client);
  tls_socket socket(loop, any);
  boost::system::error_code failed;
  socket.next_layer().connect({asio::ip::address_v4::loopback(), port}, failed);
  if (!failed) socket.handshake(asio::ssl::stream_base::client, failed);
  if (failed) return -1;
  const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(socket.native_handle()), X509_free);
  return shown ? ASN1_INTEGER_get(X509_get0_serialNumber(shown.get())) : -1;
}

inline std::string exchange_over_tls(std::uint16_t port, const std::string& bytes) {
  asio::io_context loop;
  asio::ssl::context any(asio::ssl::context::tls_client);
  tls_socket socket(loop, any);
  socket.next_layer().connect({asio::ip::address_v4::loopback(), port});
  socket.handshake(asio::ssl::stream_base::client);
  asio::write(socket, asio::buffer(bytes));
  std::string all;
  boost::system::error_code ended;
  asio::read(socket, asio::dynamic_buffer(all), ended);
  return all;
}

}  // namespace hub::http
