#include "connectors/telephony/people.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/text.hpp"
#include "hub/http/text.hpp"

#include <algorithm>

namespace connectors::telephony {

namespace {

constexpr std::size_t tail = 9;

std::string digits_of(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), hub::is_digit);
  return digits;
}

/// Without the signs that people put between digits.
std::string squeezed(std::string_view text) {
  std::string left;
  for (const char c : text)
    if (std::string_view(" +-().").find(c) == std::string_view::npos) left += c;
  return left;
}

}  // namespace

people::people(const account_context& of, const common_settings& with) : of_(of), plan_{with.country, 0} {
  plan_.national_digits = static_cast<std::size_t>(std::max(with.national_digits, 1));
  for (const auto& one : with.lines)
    if (auto line = read_party(one.number.reveal(), plan_); line.kind == party_kind::external)
      own_.push_back({std::move(line.e164), one.name});
}

party people::read(std::string_view written) {
  auto who = read_party(written, plan_);
  // What is no number by its shape may still be one that somebody misspelled.
  auto digits = digits_of(who.kind == party_kind::external ? std::string_view(who.e164) : written);
  if (who.kind != party_kind::internal && digits.size() >= 7) {
    if (digits.size() > tail) digits.erase(0, digits.size() - tail);
    tails_.push_back(std::move(digits));
  }
  return who;
}

bool people::is_own(const party& who) const {
  return who.kind == party_kind::external &&
         std::any_of(own_.begin(), own_.end(), [&](const line_entry& line) { return line.e164 == who.e164; });
}

std::vector<hub::message::identity> people::customer(std::string_view written) {
  const auto who = read(written);
  if (who.kind != party_kind::external || is_own(who)) return {};
  return {{"fingerprint", "", hub::fingerprint(of_.fingerprint_key, who.e164)}};
}

std::string people::line(std::string_view written) {
  const auto who = read(written);
  if (who.kind != party_kind::external) return {};
  for (const auto& one : own_)
    if (one.e164 == who.e164) return one.name;
  return hub::fingerprint(of_.fingerprint_key, who.e164);
}

std::string people::manager(std::string_view written) {
  auto who = read(written);
  return who.kind == party_kind::internal ? std::move(who.name) : std::string();
}

bool people::holds_number(std::string_view text) const {
  const auto in = [&](const std::string& form) {
    return std::any_of(tails_.begin(), tails_.end(), [&](const std::string& one) { return form.find(one) != std::string::npos; });
  };
  if (in(std::string(text)) || in(squeezed(text))) return true;
  const auto plain = hub::http::percent_decode(text, true);
  return plain && (in(*plain) || in(squeezed(*plain)));
}

}  // namespace connectors::telephony
