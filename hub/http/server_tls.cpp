#include "hub/http/server_tls.hpp"

#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"

#include <openssl/ssl.h>

namespace hub::http {

namespace ssl = boost::asio::ssl;

certificate::certificate(tls_files files)
    : files_(std::move(files)), seen_(look()), looked_(std::chrono::steady_clock::now()) {
  try {
    context_ = load();
  } catch (const std::exception& e) {
    throw error(failure::permanent, "certificate",
                "certificate " + files_.certificate + " with key " + files_.key + ": " + e.what());
  }
}

const std::shared_ptr<ssl::context>& certificate::current() {
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_ < std::chrono::seconds(1)) return context_;
  looked_ = now;
  const auto found = look();
  if (found == seen_) return context_;
  seen_ = found;
  try {
    context_ = load();
    log::info("certificate read again", {{"file", files_.certificate}});
  } catch (const std::exception& e) {
    log::error("changed certificate refused, the old one stays", {{"file", files_.certificate}, {"why", e.what()}});
  }
  return context_;
}

certificate::stamp certificate::look() const {
  std::error_code missing;  // leaves the smallest time, which load() then explains
  return {std::filesystem::last_write_time(files_.certificate, missing),
          std::filesystem::last_write_time(files_.key, missing)};
}

std::shared_ptr<ssl::context> certificate::load() const {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  context->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                       ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::single_dh_use);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  context->use_certificate_chain_file(files_.certificate);
  context->use_private_key_file(files_.key, ssl::context::pem);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1)
    throw error(failure::permanent, "certificate", "the key does not belong to the certificate");
  return context;
}

}  // namespace hub::http
