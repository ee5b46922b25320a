#pragma once
// The certificate of a listener, read again when its files change. On the loop.

#include "hub/http/server.hpp"

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <filesystem>
#include <memory>

namespace hub::http {

class certificate {
 public:
  /// Throws hub::error (permanent) when the files cannot be used: a program must not start without its TLS.
  explicit certificate(tls_files files);

  /// The context for a new connection. Looks at the files at most once a second; a pair that does not work is
  /// logged once and the one before stays, since files are often replaced one after the other.
  const std::shared_ptr<boost::asio::ssl::context>& current();

 private:
  struct stamp {
    std::filesystem::file_time_type certificate, key;
    bool operator==(const stamp&) const = default;
  };
  stamp look() const;
  std::shared_ptr<boost::asio::ssl::context> load() const;

  tls_files files_;
  stamp seen_;
  std::chrono::steady_clock::time_point looked_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace hub::http
