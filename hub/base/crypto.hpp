#pragma once
// The few cryptographic verbs of the system, over OpenSSL and libsodium. Any thread; all functions are
// pure but for randomness. Call crypto_start() once before threads begin (runtime does).

#include "hub/base/problem.hpp"
#include "hub/base/secret.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hub {

/// Initialises libsodium; throws hub::error when the machine has no randomness. Idempotent.
void crypto_start();

using digest = std::array<unsigned char, 32>;

digest sha256(std::string_view bytes);
digest hmac_sha256(std::string_view key, std::string_view bytes);
/// 20 bytes. Only for platforms that sign with it (Twilio); nothing of our own does.
std::string hmac_sha1(std::string_view key, std::string_view bytes);
/// 16 bytes. Only for servers whose sign-in is made of it (Asterisk); it protects nothing of our own.
std::string md5(std::string_view bytes);

std::string to_hex(std::string_view bytes);
std::string to_hex(const digest& d);
/// Either case; fails on anything that is not pairs of hex digits.
result<std::string> from_hex(std::string_view text);
/// As mails and other protocols write it, on one line.
std::string to_base64(std::string_view bytes);
/// URL-safe base64 without padding.
std::string to_base64url(std::string_view bytes);
result<std::string> from_base64url(std::string_view text);

/// Compares without leaking where the difference is (sodium_memcmp); different lengths are unequal.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// `n` random bytes.
std::string random_bytes(std::size_t n);
/// URL-safe text carrying 256 random bits.
std::string random_token();

/// Authenticated encryption (XSalsa20-Poly1305) with a key derived from `key`: only who holds it can read
/// or make the result. base64url.
std::string seal(const secret& key, std::string_view plain);
result<std::string> unseal(const secret& key, std::string_view sealed);
/// The same as bytes, for files.
std::string seal_bytes(const secret& key, std::string_view plain);
result<std::string> unseal_bytes(const secret& key, std::string_view sealed);

/// A password that can be read out: 16 letters and digits without those that look alike.
std::string make_password();

/// argon2id, OWASP's floor (19 MiB, 2 passes); slow on purpose, some 50 ms: call it on a worker thread.
std::string hash_password(std::string_view password);
bool verify_password(const std::string& hash, std::string_view password);

/// "fp:<key id>:<hex>" for an E.164 number ("+380..."): what stands wherever a phone number stood. The key
/// id is the first 8 hex digits of a hash of the key, so that a rotated key is told apart.
std::string fingerprint(const secret& key, std::string_view e164);

}  // namespace hub
