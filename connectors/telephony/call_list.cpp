#include "connectors/telephony/call_list.hpp"

#include "connectors/telephony/form.hpp"
#include "connectors/telephony/rows.hpp"
#include "hub/async/within.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <charconv>

namespace connectors::telephony {

using hub::message::event;

namespace {

using namespace std::chrono_literals;

constexpr std::string_view position_name = "calls";
// Asking again and again with a wrong key gets an account locked.
constexpr std::chrono::milliseconds after_a_refusal = 5min, longest_patience = 1h, usual_patience = 1min;
constexpr std::chrono::milliseconds shortest_slice = 1min;
constexpr int most_pages = 100;
constexpr std::size_t at_once = 100, most_remembered = 20'000;

/// Seconds, or a date (RFC 9110, 10.2.3).
std::optional<std::chrono::milliseconds> retry_after(const hub::http::headers& head, hub::instant now) {
  const auto* given = head.find("Retry-After");
  if (!given) return std::nullopt;
  std::optional<std::chrono::milliseconds> wait;
  if (const auto seconds = seconds_of(*given)) wait = std::chrono::seconds(*seconds);
  if (const auto at = mail_time_of(*given)) wait = *at - now;
  if (wait) wait = std::clamp<std::chrono::milliseconds>(*wait, 1s, longest_patience);
  return wait;
}

}  // namespace

list_page refused_page(int status, const hub::http::headers& head, const std::string& credentials, hub::instant now) {
  list_page made;
  made.at_least = retry_after(head, now).value_or(status == 429 ? usual_patience : 0ms);
  if (status == 401 || status == 403) {
    made.trouble = "the provider refuses " + credentials + " (HTTP " + std::to_string(status) + "): no calls are listed";
    made.at_least = after_a_refusal;
  } else if (status == 429) {
    made.trouble = "the provider asks for patience";
  } else if (status == 400) {
    made.trouble = "the provider does not take the question for its list of calls (HTTP 400)";
    made.at_least = usual_patience;
  } else {
    made.trouble = "the provider answered HTTP " + std::to_string(status) + " to the question for its list of calls";
  }
  return made;
}

hub::instant look_begins(std::string_view kept, const poll_settings& with, hub::instant now) {
  const auto position = hub::parse_rfc3339(kept);
  // A clock that was put back leaves a position in the future.
  const auto from = (position ? std::min(*position, now) : now) - with.look_back;
  return std::max(from, now - with.reach_back);
}

call_list::call_list(const account_context& of, const poll_settings& with, list_source from, told_calls& told)
    : of_(of), with_(with), source_(std::move(from)), told_(told), wait_(5s, 5min), slice_(source_.longest), watch_(of, told) {}

hub::async::task<> call_list::run(intake_port port) {
  const auto kept = hub::parse_rfc3339(port.position(position_name));
  // What is never read has to grow old as well.
  watch_.read_until(kept ? *kept : of_.clock->now());
  told_.begin(of_.clock->now());
  while (true) {
    const auto pause = co_await look(port);
    co_await hub::async::sleep_for(pause);
  }
}

hub::async::task<std::chrono::milliseconds> call_list::look(intake_port& port) {
  const auto now = of_.clock->now();
  const auto kept = port.position(position_name);
  const auto before = hub::parse_rfc3339(kept);
  auto from = look_begins(kept, with_, now);
  if (before && *before < from)
    hub::log::warn("calls from before are not asked for",
                   {{"channel", of_.channel}, {"account", of_.account}, {"after", kept}, {"until", hub::to_rfc3339(from)}});
  while (from < now) {
    const auto to = std::min(now, from + slice_);
    const auto page = co_await take(port, from, to);
    if (page.cut && slice_ > shortest_slice) {
      slice_ = std::max<std::chrono::milliseconds>((to - from) / 2, shortest_slice);
      continue;
    }
    if (!page.trouble.empty()) co_return pause_after(port, page);
    if (page.cut)
      hub::log::error("more calls in a minute than the provider lists",
                      {{"channel", of_.channel}, {"account", of_.account}, {"at", hub::to_rfc3339(from)}});
    from = to;
    if (!before || to > *before) {
      port.keep_position(position_name, hub::to_rfc3339(to));
      watch_.read_until(to);
    }
  }
  slice_ = std::min(slice_ * 2, source_.longest);
  wait_.reset();
  port.trouble("");
  co_return with_.poll_every;
}

hub::async::task<list_page> call_list::fetch(hub::http::client& http, hub::http::outgoing question) {
  question.max_body = hub::byte_count{body_limits.bytes};
  question.total_time = 60s;
  list_page made;
  try {
    const auto answer = co_await http.fetch(std::move(question));
    made = answer.status == 200 ? source_.read(answer.body, of_.clock->now())
                                : refused_page(answer.status, answer.head, source_.credentials, of_.clock->now());
  } catch (const hub::error& e) {
    if (e.kind() == hub::failure::cancelled) throw;
    made.cut = e.code() == "too large";
    if (!made.cut || slice_ <= shortest_slice) made.trouble = std::string("the provider cannot be asked: ") + e.what();
  }
  co_return made;
}

/// All pages of a stretch of time.
hub::async::task<list_page> call_list::take(intake_port& port, hub::instant from, hub::instant to) {
  auto question = source_.ask(from, to);
  for (int i = 0; i < most_pages; ++i) {
    auto page = co_await fetch(port.http, std::move(question));
    if (!page.trouble.empty()) co_return page;
    const bool safe = co_await keep(port, std::move(page.events));
    page.events.clear();
    if (!safe) page.trouble = "calls cannot be kept: neither broker nor spool takes them";
    if (!safe || !page.next) co_return page;
    question = std::move(*page.next);
  }
  list_page unfinished;
  unfinished.cut = true;
  co_return unfinished;
}

hub::async::task<bool> call_list::keep(intake_port& port, std::vector<event> events) {
  watch_.listed(events);
  std::erase_if(events, [&](const event& one) { return taken_.contains(one.key); });
  for (std::size_t i = 0; i < events.size(); i += at_once) {
    const auto end = std::min(i + at_once, events.size());
    std::vector<event> some;
    std::vector<std::string> keys;
    for (auto k = i; k < end; ++k) {
      keys.push_back(events[k].key);
      some.push_back(std::move(events[k]));
    }
    const bool safe = co_await port.accept(std::move(some));
    if (!safe) co_return false;
    remember(keys);
  }
  co_return true;
}

std::chrono::milliseconds call_list::pause_after(intake_port& port, const list_page& failed) {
  port.trouble(failed.trouble);
  watch_.failed();
  return std::max(wait_.next(), failed.at_least);
}

void call_list::remember(const std::vector<std::string>& keys) {
  for (const auto& key : keys)
    if (taken_.insert(key).second) order_.push_back(key);
  while (order_.size() > most_remembered) {
    taken_.erase(order_.front());
    order_.pop_front();
  }
}

}  // namespace connectors::telephony
