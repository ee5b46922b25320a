#include "connectors/telephony/call_back.hpp"

#include "connectors/telephony/rows.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <algorithm>

namespace connectors::telephony {

namespace {

constexpr std::size_t longest_words = 200;

call_back_told lost(request_kind kind, bool sent, const std::string& what) {
  if (kind == request_kind::place && sent)
    return {call_back_state::unknown, "the provider did not answer (" + what + "); the call may come all the same"};
  return {call_back_state::unreached, "the provider cannot be asked: " + what};
}

}  // namespace

hub::async::task<provider_answer> ask_provider(hub::http::client& http, hub::http::outgoing request, request_kind kind) {
  provider_answer made;
  hub::http::incoming got;
  try {
    got = co_await http.fetch(std::move(request));
  } catch (const hub::http::exchange_error& e) {
    made.told = lost(kind, e.sent() != hub::http::sent_state::nothing, e.code());
  }
  if (made.told.state != call_back_state::placed) co_return made;
  const auto status = "HTTP " + std::to_string(got.status);
  if (got.status / 100 == 4) {
    made.told = {call_back_state::refused, "the provider refused with " + status};
    co_return made;
  }
  auto read = hub::message::parse_json(got.body, body_limits);
  if (got.status / 100 == 2 && read)
    made.body = std::move(*read);
  else
    made.told = lost(kind, true, got.status / 100 == 2 ? "its answer is no JSON" : status);
  co_return made;
}

call_back_told refused_by_provider(const people& who, std::string_view words) {
  auto text = hub::scrub_numbers(hub::shorten(hub::clean_text(words), longest_words));
  if (text.empty() || who.holds_number(words)) text = "without a reason that can be shown";
  return {call_back_state::refused, "the provider refused: " + text};
}

bool is_plain_extension(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
  });
}

std::string filled(std::string text, std::string_view name, std::string_view value) {
  const auto wanted = "{" + std::string(name) + "}";
  if (const auto at = text.find(wanted); at != std::string::npos) text.replace(at, wanted.size(), value);
  return text;
}

std::string why_not_rung(const people& who, const party& customer) {
  if (customer.kind == party_kind::anonymous)
    return "the provider knows no number for this call: it was hidden, or is no longer kept";
  if (customer.kind != party_kind::external) return "what the provider knows of this call is no number that can be dialled";
  if (who.is_own(customer)) return "the other side of this call is a line of our own";
  return {};
}

}  // namespace connectors::telephony
