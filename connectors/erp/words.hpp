#pragma once
// Small readings that goods and documents share: times without a zone, words compared as people mean them, numbers of phones.
// Pure, any thread.

#include "connectors/account.hpp"
#include "hub/base/time.hpp"
#include "hub/message/canonical.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace connectors::erp {

/// "2026-02-11T03:00:05" by the clocks of `zone`; nothing for anything else or a year outside of 2000 to 2100.
std::optional<hub::instant> local_time(std::string_view text, const std::string& zone);
bool is_zone(const std::string& name);

/// Without blanks around it (also non-breaking ones) and in one case: what "Колір " and "колір" have in common.
std::string folded(std::string_view word);
bool is_one_of(std::string_view word, const std::vector<std::string>& words);

/// An ERP's id of something: 1 to 128 bytes without blanks.
bool is_good_id(std::string_view id);

/// What an event holds at most (hub/message/erp.hpp): characters of a name, vehicles of an order.
inline constexpr std::size_t longest_name = 120, most_ordered = 64;

/// A field that people see, without numbers, and no longer than an event may hold: letters of four bytes count, too.
std::string short_text(std::string_view text, std::size_t characters, std::size_t bytes = 255);

/// ISO 4217 of "грн", "грн.", "UAH", "980", "USD", "дол.", ...; empty when nobody knows it.
std::string currency_of(std::string_view given);

/// The fingerprint of a phone number as people write it; empty when it is none. A number without its country is Ukrainian.
std::string fingerprint_of(const account_context& of, std::string_view number);

/// What an event of this account begins with: channel, account, conversation, time, key "<channel>:<account>:<what>".
hub::message::event event_of(const account_context& of, const std::string& what, hub::instant time, hub::instant received_at);

/// When a file was formed, and how that stands in keys: told again it is the same, whatever the text is worth as a time.
struct formed_at {
  hub::instant time;
  std::string key;
};
formed_at formed(std::string_view text, const std::string& zone, hub::instant received_at);

/// The first 16 hex digits of the SHA-256.
std::string short_hash(std::string_view text);

}  // namespace connectors::erp
