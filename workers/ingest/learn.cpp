#include "workers/ingest/learn.hpp"

#include "hub/base/failure.hpp"
#include "hub/base/text.hpp"
#include "workers/ingest/attach.hpp"

#include <algorithm>
#include <cmath>

namespace workers::ingest {

namespace {

using hub::message::activity;
using hub::message::event;

// What a person typed carries the time before all platform times.
bool typed(const std::optional<instant>& at) { return at == instant{}; }

std::pair<std::string, std::string> split_name(std::string_view name) {
  name = hub::trim(name);
  const auto blank = name.find_first_of(" \t");
  if (blank == std::string_view::npos) return {std::string(name), ""};
  return {std::string(name.substr(0, blank)), std::string(hub::trim(name.substr(blank)))};
}

void learn_fact(customer_row& customer, contact_fact& fact, std::string_view told, instant at) {
  const auto text = hub::trim(told);
  // Of one instant the greater text stays, so that order does not matter.
  if (text.empty() || typed(fact.at) || (fact.at && std::pair(*fact.at, std::string_view(fact.value)) >= std::pair(at, text)))
    return;
  fact = {std::string(text), at};
  customer.contacts_changed = true;
}

void learn_tags(lead_row& lead, const std::vector<std::string>& tags) {
  for (const auto& tag : tags)
    if (std::find(lead.tags.begin(), lead.tags.end(), tag) == lead.tags.end()) lead.tags.push_back(tag);
  std::sort(lead.tags.begin(), lead.tags.end());
}

constexpr std::int64_t too_much = 100'000'000'000'000;  // numeric(14, 2)

}  // namespace

void learn_name(customer_row& customer, const hub::message::person& who, instant at) {
  const auto name = hub::trim(who.name);
  if (name.empty() || (customer.named_at && *customer.named_at < at)) return;
  // Of one instant the smaller name stays, so that order does not matter.
  if (customer.named_at == at && std::pair(customer.first_name, customer.last_name) <= split_name(name)) return;
  std::tie(customer.first_name, customer.last_name) = split_name(name);
  customer.language = who.language;
  customer.named_at = at;
  customer.renamed = true;
}

void learn_address(state& s, const event& e, const hub::message::person& who) {
  if (who.reply_address.empty()) return;
  auto& known = s.facts[who.identities.front()].reply_address;
  if (!known || known->first < e.time) known = {e.time, who.reply_address};
}

void learn_referral(state& s, std::size_t lead, const event& e, const hub::message::chat_message& message) {
  // Events are folded in the order of their times: the first of a batch is its earliest.
  if (message.referral) s.referrals.try_emplace(lead, &e);
}

void learn_contact(customer_row& customer, const activity& told, instant at) {
  if (typed(customer.named_at)) return;
  learn_fact(customer, customer.company, told.company_name, at);
  learn_fact(customer, customer.email, told.email, at);
  // It becomes a link for people to follow.
  const auto page = hub::trim(told.url);
  if (page.starts_with("https://") || page.starts_with("http://")) learn_fact(customer, customer.url, page, at);
}

void learn_customer(customer_row& customer, const hub::message::customer& told, instant at) {
  if (told.deleted) return;
  auto who = told.who;
  if (!told.first_name.empty() || !told.last_name.empty())
    who.name = told.first_name + " " + told.last_name;
  else if (!told.company_name.empty())
    who.name.clear();
  learn_name(customer, who, at);
  if (typed(customer.named_at)) return;
  learn_fact(customer, customer.company, told.company_name, at);
  learn_fact(customer, customer.email, told.email, at);
}

void learn(lead_row& lead, const event& e, const routing::matched& m) {
  const auto before = std::tuple(lead.created_at, lead.intent, lead.priority, lead.tags.size());
  const auto* act = std::get_if<activity>(&e.data);
  const bool first = lead.fresh && !lead.touched;
  if (first || e.time < lead.created_at) {
    lead.created_at = e.time;
    lead.source = source_of(e.channel);
    lead.origin = act ? act->activity : "";
    lead.data = act && !act->details.empty() ? act->details : "{}";
  }
  lead.last_activity_at = std::max(lead.last_activity_at, e.time);
  if (m.then.intent && lead.intent == routing::intent::other) lead.intent = *m.then.intent;
  lead.priority = std::max(lead.priority, m.priority);
  learn_tags(lead, m.then.tags);
  lead.touched = true;
  lead.changed = lead.changed || before != std::tuple(lead.created_at, lead.intent, lead.priority, lead.tags.size());
}

void learn_value(lead_row& lead, std::optional<std::int64_t> value, const std::string& currency) {
  if (!value) return;
  const auto& unit = currency.empty() ? "USD" : currency;
  const bool more = !lead.value || *value > *lead.value || (*value == *lead.value && unit < lead.currency);
  if (!more) return;
  lead.value = value;
  lead.currency = unit;
  lead.changed = true;
}

std::optional<std::int64_t> value_of(const state& s, const event& e, const activity& told, const routing::action& then) {
  using source = routing::value_rule::source;
  if (!then.estimated_value || then.estimated_value->from == source::total_cost) return hundredths(told.total_cost);
  const auto& rule = *then.estimated_value;
  if (rule.from == source::average_of_conversions)
    if (const auto known = s.averages.find({&e, rule.over}); known != s.averages.end()) return known->second;
  return std::min<std::int64_t>(std::llround(rule.fixed * 100), too_much - 1);
}

std::optional<std::int64_t> hundredths(std::string_view decimal) {
  if (decimal.empty()) return std::nullopt;
  const auto refuse = [] { throw hub::error(hub::failure::permanent, "total_cost", "total_cost is no amount of money"); };
  const auto point = std::min(decimal.find('.'), decimal.size());
  const auto whole = decimal.substr(0, point);
  const auto part = point < decimal.size() ? decimal.substr(point + 1) : std::string_view();
  const auto digits = [](std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || whole.size() > 12 || !digits(whole) || !digits(part) || (point < decimal.size() && part.empty())) refuse();
  std::int64_t value = 0;
  for (const char c : whole) value = value * 10 + (c - '0');
  for (std::size_t i = 0; i < 2; ++i) value = value * 10 + (i < part.size() ? part[i] - '0' : 0);
  if (part.size() > 2 && part[2] >= '5') ++value;
  if (value >= too_much) refuse();
  return value;
}

}  // namespace workers::ingest
