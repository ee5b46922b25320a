#include "connectors/telephony/ringostat/calls.hpp"

#include "connectors/body.hpp"
#include "connectors/telephony/ringostat/normalize.hpp"
#include "connectors/telephony/rows.hpp"
#include "hub/base/time_zone.hpp"
#include "hub/http/text.hpp"

namespace connectors::telephony::ringostat {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_listed = 6500;

hub::http::outgoing question(const settings& with, hub::instant from, hub::instant to) {
  // Where the clock is put back it shows an hour twice, and nobody knows which one the provider takes.
  const auto shown = [&](hub::instant at) { return hub::http::percent_encode(hub::to_wall_clock(at, with.time_zone)); };
  std::string fields;
  for (const auto& one : with.list_fields) fields += (fields.empty() ? "" : ",") + one;
  hub::http::outgoing ask;
  ask.url = with.api_base + "/calls/list?export_type=json&from=" + shown(from - 1h) + "&to=" + shown(to + 1h) +
            "&fields=" + hub::http::percent_encode(fields);
  if (!with.project_id.empty()) {
    ask.url += "&projectId=" + hub::http::percent_encode(with.project_id);
    ask.head.set("x-project-id", with.project_id);
  }
  ask.head.set("Auth-key", with.api_key.reveal());
  return ask;
}

list_page read(const account_context& of, const settings& with, std::string_view body, hub::instant now) {
  list_page page;
  const auto parsed = hub::message::parse_json(body, body_limits);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto* rows = root ? array_if(*root, "data") : parsed ? parsed->if_array() : nullptr;
  if (!rows) {
    page.trouble = root && root->contains("error") ? "the provider answered with an error instead of a list of calls"
                                                   : "the provider's answer is no list of calls";
    return page;
  }
  page.cut = rows->size() >= most_listed;
  if (auto made = normalize(of, with, body, now))
    page.events = std::move(*made);
  else
    page.trouble = "the provider's list of calls cannot be read: " + hub::to_text(made.error());
  return page;
}

}  // namespace

list_source calls_of(const account_context& of, const settings& with) {
  list_source made;
  made.credentials = "api_key";
  made.ask = [&with](hub::instant from, hub::instant to) { return question(with, from, to); };
  made.read = [&of, &with](std::string_view body, hub::instant now) { return read(of, with, body, now); };
  return made;
}

}  // namespace connectors::telephony::ringostat
