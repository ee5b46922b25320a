#include "hub/base/crypto.hpp"

#include "hub/base/failure.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/sha.h>
#include <sodium.h>

namespace hub {

namespace {

const unsigned char* raw(std::string_view s) { return reinterpret_cast<const unsigned char*>(s.data()); }
unsigned char* raw(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }

digest sealing_key(const secret& key) { return hmac_sha256(key.reveal(), "leadyard sealing key"); }

std::string in_base64(std::string_view bytes, int variant) {
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), raw(bytes), bytes.size(), variant);
  text.resize(text.size() - 1);
  return text;
}

}  // namespace

void crypto_start() {
  if (sodium_init() < 0) throw error(failure::permanent, "no randomness", "libsodium cannot start on this machine");
}

digest sha256(std::string_view bytes) {
  digest d;
  SHA256(raw(bytes), bytes.size(), d.data());
  return d;
}

digest hmac_sha256(std::string_view key, std::string_view bytes) {
  // The one-shot HMAC() looks the algorithm up anew each time, which takes longer than a webhook's body.
  struct context {
    EVP_MAC_CTX* of;
    context() {
      auto* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
      of = EVP_MAC_CTX_new(mac);
      EVP_MAC_free(mac);
      char name[] = "SHA256";
      const OSSL_PARAM with[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0), OSSL_PARAM_construct_end()};
      if (!of || EVP_MAC_CTX_set_params(of, with) != 1) throw error(failure::permanent, "no hmac", "OpenSSL has no HMAC-SHA256");
    }
    ~context() { EVP_MAC_CTX_free(of); }
    context(const context&) = delete;
    context& operator=(const context&) = delete;
  };
  thread_local const context mine;
  digest d;
  std::size_t size = 0;
  static constexpr unsigned char none = 0;  // an empty key must not be a null pointer: that means the former key
  const auto* start = key.empty() ? &none : raw(key);
  if (EVP_MAC_init(mine.of, start, key.size(), nullptr) != 1 || EVP_MAC_update(mine.of, raw(bytes), bytes.size()) != 1 ||
      EVP_MAC_final(mine.of, d.data(), &size, d.size()) != 1)
    throw error(failure::transient, "no hmac", "OpenSSL cannot make an HMAC");
  return d;
}

std::string hmac_sha1(std::string_view key, std::string_view bytes) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (!HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), raw(bytes), bytes.size(), raw(mac), &size))
    throw error(failure::permanent, "no hmac", "OpenSSL has no HMAC-SHA1");
  mac.resize(size);
  return mac;
}

std::string md5(std::string_view bytes) {
  std::string made(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (!EVP_Digest(bytes.data(), bytes.size(), raw(made), &size, EVP_md5(), nullptr))
    throw error(failure::permanent, "no md5", "OpenSSL has no MD5");
  made.resize(size);
  return made;
}

std::string to_hex(std::string_view bytes) {
  static constexpr char letters[] = "0123456789abcdef";
  std::string text(bytes.size() * 2, '0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    text[2 * i] = letters[byte >> 4];
    text[2 * i + 1] = letters[byte & 15];
  }
  return text;
}

std::string to_hex(const digest& d) { return to_hex(std::string_view(reinterpret_cast<const char*>(d.data()), d.size())); }

result<std::string> from_hex(std::string_view text) {
  std::string bytes(text.size() / 2, '\0');
  std::size_t length = 0;
  if (text.size() % 2 != 0 ||
      sodium_hex2bin(raw(bytes), bytes.size(), text.data(), text.size(), nullptr, &length, nullptr) != 0 ||
      length != bytes.size())
    return problem{"", "expected pairs of hex digits", ""};
  return bytes;
}

std::string to_base64(std::string_view bytes) { return in_base64(bytes, sodium_base64_VARIANT_ORIGINAL); }

std::string to_base64url(std::string_view bytes) { return in_base64(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING); }

result<std::string> from_base64url(std::string_view text) {
  std::string bytes(text.size(), '\0');
  std::size_t length = 0;
  if (sodium_base642bin(raw(bytes), bytes.size(), text.data(), text.size(), nullptr, &length, nullptr,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
    return problem{"", "expected base64url text", ""};
  bytes.resize(length);
  return bytes;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t n) {
  std::string bytes(n, '\0');
  randombytes_buf(bytes.data(), n);
  return bytes;
}

std::string random_token() { return to_base64url(random_bytes(32)); }

std::string seal_bytes(const secret& key, std::string_view plain) {
  const digest k = sealing_key(key);
  std::string box = random_bytes(crypto_secretbox_NONCEBYTES);
  box.resize(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + plain.size());
  crypto_secretbox_easy(raw(box) + crypto_secretbox_NONCEBYTES, raw(plain), plain.size(), raw(box), k.data());
  return box;
}

result<std::string> unseal_bytes(const secret& key, std::string_view box) {
  const problem refused{"", "not sealed with this key, or changed since", ""};
  constexpr std::size_t overhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (box.size() < overhead) return refused;
  const digest k = sealing_key(key);
  std::string plain(box.size() - overhead, '\0');
  if (crypto_secretbox_open_easy(raw(plain), raw(box) + crypto_secretbox_NONCEBYTES, box.size() - crypto_secretbox_NONCEBYTES,
                                 raw(box), k.data()) != 0)
    return refused;
  return plain;
}

std::string seal(const secret& key, std::string_view plain) { return to_base64url(seal_bytes(key, plain)); }

result<std::string> unseal(const secret& key, std::string_view sealed) {
  const auto box = from_base64url(sealed);
  return unseal_bytes(key, box ? std::string_view(*box) : std::string_view());
}

std::string make_password() {
  static constexpr std::string_view letters = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string password;
  while (password.size() < 16)
    for (const char byte : random_bytes(32)) {
      // Bytes beyond the last whole round would make some letters likelier.
      const auto number = static_cast<unsigned char>(byte);
      if (number < 256 / letters.size() * letters.size() && password.size() < 16) password += letters[number % letters.size()];
    }
  return password;
}

std::string hash_password(std::string_view password) {
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), 2, 19 * 1024 * 1024) != 0)
    throw error(failure::transient, "out of memory", "no memory to hash a password");
  hash.resize(hash.find('\0'));
  return hash;
}

bool verify_password(const std::string& hash, std::string_view password) {
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string fingerprint(const secret& key, std::string_view e164) {
  const std::string id = to_hex(hmac_sha256(key.reveal(), "leadyard fingerprint key id")).substr(0, 8);
  return "fp:" + id + ":" + to_hex(hmac_sha256(key.reveal(), e164));
}

}  // namespace hub
