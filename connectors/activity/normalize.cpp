#include "connectors/activity/normalize.hpp"

#include "connectors/activity/details.hpp"
#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace connectors::activity {

namespace {

using boost::json::object;
using hub::message::event;

constexpr hub::message::json_limits body_limits{.bytes = longest_body, .depth = 32};
constexpr std::size_t longest_id = 128;
constexpr std::size_t longest_word = 64;
constexpr std::size_t longest_email = 320;
constexpr std::size_t longest_url = 2000;
constexpr std::size_t most_whole_digits = 12;                                        // what the database's money holds
constexpr auto earliest = hub::instant(std::chrono::milliseconds(946'684'800'000));  // 2000
constexpr auto latest = hub::instant(std::chrono::milliseconds(4'102'444'800'000));  // 2100

// Thrown inside this file only, so that a field deep in the body can refuse the whole of it.
struct refused {
  hub::problem why;
};

[[noreturn]] void refuse(std::string pointer, std::string what) { throw refused{{std::move(pointer), std::move(what)}}; }

/// Finds how `total_cost` is written: a double has lost digits of money already.
struct cost_finder {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  using code = boost::json::error_code;
  using text = boost::json::string_view;

  std::string found, key, digits;
  std::size_t depth = 0;

  bool number(text last) {
    digits.append(last.data(), last.size());
    if (depth == 1 && key == "total_cost") found = digits;
    digits.clear();
    return true;
  }
  bool deeper() { return ++depth; }
  bool back() { return depth--, true; }

  bool on_document_begin(code&) { return true; }
  bool on_document_end(code&) { return true; }
  bool on_object_begin(code&) { return deeper(); }
  bool on_object_end(std::size_t, code&) { return back(); }
  bool on_array_begin(code&) { return deeper(); }
  bool on_array_end(std::size_t, code&) { return back(); }
  bool on_key_part(text part, std::size_t size, code&) {
    if (size == part.size()) key.clear();
    key.append(part.data(), part.size());
    return true;
  }
  bool on_key(text part, std::size_t size, code& e) { return on_key_part(part, size, e); }
  bool on_string_part(text, std::size_t, code&) { return true; }
  bool on_string(text, std::size_t, code&) { return true; }
  bool on_number_part(text part, code&) { return digits.append(part.data(), part.size()), true; }
  bool on_int64(std::int64_t, text last, code&) { return number(last); }
  bool on_uint64(std::uint64_t, text last, code&) { return number(last); }
  bool on_double(double, text last, code&) { return number(last); }
  bool on_bool(bool, code&) { return true; }
  bool on_null(code&) { return true; }
  bool on_comment_part(text, code&) { return true; }
  bool on_comment(text, code&) { return true; }
};

/// Empty when absent or null.
std::string_view text_in(const object& from, std::string_view name, const std::string& pointer) {
  const auto* member = from.if_contains(name);
  if (!member || member->is_null()) return {};
  const auto* text = member->if_string();
  if (!text) refuse(pointer, "expected text");
  return {text->data(), text->size()};
}

/// Cut first: what is left of a longer run of digits may look like a number.
std::string scrubbed(std::string_view text, std::size_t characters) {
  return hub::scrub_numbers(hub::shorten(hub::clean_text(text), characters));
}

bool is_one_word(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
}

std::string id_in(const object& from, const std::string& pointer) {
  const auto id = text_in(from, "id", pointer);
  if (id.empty()) refuse(pointer, "is missing");
  if (id.size() > longest_id) refuse(pointer, "is longer than 128 bytes");
  if (!is_one_word(id)) refuse(pointer, "holds blanks or control characters");
  if (id.find('+') != std::string_view::npos && hub::has_number(id)) refuse(pointer, "is a phone number");
  return std::string(id);
}

std::string activity_in(const object& body) {
  const auto name = text_in(body, "activity", "/activity");
  if (name.empty()) refuse("/activity", "is missing");
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
  if (!plain || name.size() > longest_word || hub::has_number(name))
    refuse("/activity", "expected a word of at most 64 small letters, digits and underscores");
  return std::string(name);
}

hub::instant time_in(const object& body) {
  const auto text = text_in(body, "at", "/at");
  if (text.empty()) refuse("/at", "is missing");
  const auto at = hub::parse_rfc3339(text);
  if (!at || text[10] == ' ') refuse("/at", "expected a time with its offset, like 2026-11-20T12:08:45Z");
  if (*at < earliest || *at > latest) refuse("/at", "expected a time between the years 2000 and 2100");
  return *at;
}

/// Contact data that is no address is no reason to lose what happened: it is left out.
std::string email_in(const object& company) {
  const auto given = text_in(company, "email", "/company/email");
  const auto at = given.find('@');
  const bool good = at != std::string_view::npos && at > 0 && at + 1 < given.size() && given.rfind('@') == at &&
                    given.size() <= longest_email && is_one_word(given);
  return good && !hub::has_number(given) ? std::string(given) : std::string();
}

std::string url_in(const object& company) {
  const auto given = text_in(company, "url", "/company/url");
  const bool good =
      (given.starts_with("https://") || given.starts_with("http://")) && given.size() <= longest_url && is_one_word(given);
  return good && !hub::has_number(given) ? std::string(given) : std::string();
}

std::string cost_in(const object& body, std::string_view text) {
  const auto* member = body.if_contains("total_cost");
  if (!member || member->is_null()) return {};
  if (!member->is_number()) refuse("/total_cost", "expected a number");
  boost::json::parse_options options;
  options.max_depth = body_limits.depth;
  boost::json::basic_parser<cost_finder> finder(options);
  boost::json::error_code failed;
  finder.write_some(false, text.data(), text.size(), failed);
  const auto money = money_of(finder.handler().found);
  if (failed || !money) refuse("/total_cost", "expected a number from 0 to 999999999999.99");
  return *money;
}

std::string currency_in(const object& body, bool has_cost) {
  const auto code = text_in(body, "currency", "/currency");
  if (code.empty()) return has_cost ? "USD" : "";
  if (code.size() != 3 || !std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
    refuse("/currency", "expected three capital letters of ISO 4217");
  return has_cost ? std::string(code) : std::string();
}

std::string details_in(const object& body) {
  const auto* member = body.if_contains("data");
  if (!member || member->is_null()) return {};
  const auto* data = member->if_object();
  if (!data) refuse("/data", "expected an object");
  auto details = details_of(*data);
  if (details.size() > longest_details) refuse("/data", "is longer than 32 kB");
  return details == "{}" ? std::string() : details;
}

event event_in(const account_context& of, const object& body, std::string_view text) {
  event made;
  made.channel = of.channel;
  made.account = of.account;
  const std::string scope = of.channel + ":" + of.account + ":";
  made.key = scope + id_in(body, "/id");
  hub::message::activity data;
  data.activity = activity_in(body);
  made.time = time_in(body);

  const auto* member = body.if_contains("company");
  if (!member) refuse("/company", "is missing");
  const auto* company = member->if_object();
  if (!company) refuse("/company", "expected an object");
  auto id = id_in(*company, "/company/id");
  made.conversation = scope + id;
  data.sender.identities.push_back({of.channel, of.account, std::move(id)});
  data.sender.name = scrubbed(text_in(*company, "contact_name", "/company/contact_name"), 120);
  data.company_name = scrubbed(text_in(*company, "name", "/company/name"), 120);
  data.email = email_in(*company);
  data.url = url_in(*company);

  data.total_cost = cost_in(body, text);
  data.currency = currency_in(body, !data.total_cost.empty());
  data.details = details_in(body);
  made.data = std::move(data);
  return made;
}

}  // namespace

std::optional<std::string> money_of(std::string_view number) {
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);
  const auto e = std::min(number.find_first_of("eE"), number.size());
  const auto mantissa = number.substr(0, e);
  const auto dot = std::min(mantissa.find('.'), mantissa.size());
  std::string digits(mantissa.substr(0, dot));
  if (dot < mantissa.size()) digits += mantissa.substr(dot + 1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;

  // Where the point stands among the digits once the exponent has moved it.
  auto point = static_cast<std::int64_t>(dot);
  if (e < number.size()) {
    auto power = number.substr(e + 1);
    const bool down = power.starts_with('-');
    if (down || power.starts_with('+')) power.remove_prefix(1);
    std::int64_t shift = 0;
    for (const char c : power) {
      if (c < '0' || c > '9') return std::nullopt;
      shift = std::min<std::int64_t>(shift * 10 + (c - '0'), 1'000'000);
    }
    point += down ? -shift : shift;
  }
  const auto first = std::min(digits.find_first_not_of('0'), digits.size());
  if (first == digits.size()) return "0.00";
  if (negative) return std::nullopt;
  digits.erase(0, first);
  point -= static_cast<std::int64_t>(first);
  if (point > static_cast<std::int64_t>(most_whole_digits)) return std::nullopt;

  // In hundredths: the digits up to two behind the point, and half of one more rounds up.
  const auto digit = [&digits](std::int64_t i) {
    if (i < 0 || i >= static_cast<std::int64_t>(digits.size())) return 0;
    return digits[static_cast<std::size_t>(i)] - '0';
  };
  const auto kept = point + 2;
  std::uint64_t hundredths = 0;
  for (std::int64_t i = 0; i < kept; ++i) hundredths = hundredths * 10 + static_cast<std::uint64_t>(digit(i));
  if (digit(kept) >= 5) ++hundredths;
  if (hundredths > 99'999'999'999'999) return std::nullopt;
  const auto cents = std::to_string(hundredths % 100);
  return std::to_string(hundredths / 100) + (cents.size() == 1 ? ".0" : ".") + cents;
}

hub::result<std::vector<event>> normalize(const account_context& of, std::string_view body, hub::instant received_at) {
  const auto parsed = hub::message::parse_json(body, body_limits);
  if (!parsed) return hub::problem{"", parsed.error().where + (parsed.error().where.empty() ? "" : ": ") + parsed.error().what};
  const auto* root = parsed->if_object();
  if (!root) return hub::problem{"", "expected an object"};
  try {
    std::vector<event> events;
    events.push_back(event_in(of, *root, body));
    events.back().received_at = received_at;
    return events;
  } catch (const refused& r) {
    return r.why;
  }
}

}  // namespace connectors::activity
