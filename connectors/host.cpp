#include "connectors/host.hpp"

#include "hub/async/within.hpp"
#include "hub/base/backoff.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/base/text.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>

namespace connectors {

namespace {

using hub::http::request;
using hub::http::response;

constexpr auto longest_pause = std::chrono::minutes(1);

prometheus::Histogram& durations() {
  static auto& h = hub::metrics::duration("hub_intake_request_duration_seconds", "From a webhook's last byte to its answer.");
  return h;
}

void count_rejected(const char* reason) {
  hub::metrics::counter("hub_intake_rejected_total", "Webhook requests that were not taken in, by reason.", {{"reason", reason}})
      .Increment();
}

void count_forged(const std::string& channel) {
  hub::metrics::counter("hub_intake_signature_failures_total", "Webhook requests without a valid signature.",
                        {{"channel", channel}})
      .Increment();
  count_rejected("signature");
}

/// The body of an authentic request that the parser refused, on its way to quarantine.
hub::message::event unparsed_event(const account_context& of, const hub::secret& seal_key, std::string_view body,
                                   std::string_view reason, hub::instant received_at) {
  hub::message::event made;
  made.channel = of.channel;
  made.account = of.account;
  const std::string scope = of.channel + ":" + of.account + ":unparsed:";
  made.key = scope + hub::to_hex(hub::sha256(body));
  made.conversation = made.key;
  made.time = received_at;
  made.received_at = received_at;
  hub::message::unparsed data;
  data.sealed = hub::seal(seal_key, body);
  data.reason = hub::shorten(hub::clean_text(reason), 250);
  made.data = std::move(data);
  return made;
}

bool is_valid_trace(std::string_view t) {
  const auto hex = [&](std::size_t at, std::size_t n) {
    bool zero = true;
    for (std::size_t i = at; i < at + n; ++i) {
      const char c = t[i];
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return 0;
      zero = zero && c == '0';
    }
    return zero ? 1 : 2;
  };
  return t.size() == 55 && t[2] == '-' && t[35] == '-' && t[52] == '-' && t.substr(0, 2) == "00" && hex(3, 32) == 2 &&
         hex(36, 16) == 2 && hex(53, 2) != 0;
}

}  // namespace

reception reception_of(hub::result<std::vector<hub::message::event>> read) {
  reception got;
  if (read) {
    got.events = std::move(*read);
  } else {
    got.verdict = verdict::unreadable;
    got.reason = hub::to_text(read.error());
  }
  return got;
}

reception forged_reception() {
  reception got;
  got.verdict = verdict::forged;
  return got;
}

std::string trace_of(const request& from) {
  const auto* given = from.head.find("traceparent");
  return given && is_valid_trace(*given) ? *given : new_trace();
}

std::string new_trace() {
  // Unique is enough, nobody is kept out by these: no system call for each request.
  thread_local std::mt19937_64 numbers = [] {
    const auto bytes = hub::random_bytes(64);
    std::seed_seq seed(bytes.begin(), bytes.end());
    return std::mt19937_64(seed);
  }();
  const std::array<std::uint64_t, 3> drawn{numbers(), numbers(), numbers()};
  const auto random = hub::to_hex(std::string_view(reinterpret_cast<const char*>(drawn.data()), sizeof drawn));
  std::string made;
  made.reserve(55);
  return std::move(made.append("00-").append(random, 0, 32).append("-").append(random, 32, 16).append("-01"));
}

std::vector<std::unique_ptr<connector>> make_connectors(const config::settings& settings, const hub::clock& clock,
                                                        hub::problems& found) {
  std::vector<std::unique_ptr<connector>> made;
  for (const auto& [channel, accounts] : settings.connectors) {
    const auto kind =
        std::find_if(registry().begin(), registry().end(), [&of = channel](const auto& k) { return k.channel == of; });
    if (kind == registry().end()) {
      std::vector<std::string> known;
      for (const auto& k : registry()) known.emplace_back(k.channel);
      const auto meant = hub::did_you_mean(channel, known);
      const auto at = accounts.empty() ? std::string() : config::to_text(accounts.begin()->second.owner());
      found.push_back({at, "connectors." + channel + ": no such channel" + (meant ? "; did you mean " + *meant + "?" : "")});
      continue;
    }
    for (const auto& [name, node] : accounts) {
      if (name.empty() || name.size() > 64 ||
          name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") != std::string::npos) {
        found.push_back({config::to_text(node.owner()),
                         "connectors." + channel + ": an account's name holds small letters, digits, - and _", name});
        continue;
      }
      account_context context;
      context.channel = channel;
      context.account = name;
      context.seal_key = settings.privacy.seal_key;
      context.fingerprint_key = settings.privacy.fingerprint_key;
      context.mask_text = settings.privacy.text == config::text_policy::mask;
      context.public_url = config::without_slash(settings.intake.public_url);
      context.clock = &clock;
      if (auto one = kind->make(context, node, found)) made.push_back(std::move(one));
    }
  }
  return made;
}

host::host(std::vector<std::unique_ptr<connector>> connectors, intake& events, refused_ring& refused, hub::secret seal_key,
           const hub::clock& clock)
    : intake_(events), refused_(refused), seal_key_(std::move(seal_key)), clock_(clock) {
  for (auto& one : connectors) {
    const auto& context = one->context();
    accounts_[context.channel][context.account].connector = std::move(one);
  }
}

connector* host::find(const std::string& channel, const std::string& name) {
  const auto accounts = accounts_.find(channel);
  if (accounts == accounts_.end()) return nullptr;
  const auto found = accounts->second.find(name);
  return found == accounts->second.end() ? nullptr : found->second.connector.get();
}

void host::add_webhooks(hub::http::router& to) {
  for (const auto& [channel, accounts] : accounts_) {
    std::set<std::pair<std::string, std::string>> added;
    for (const auto& [name, one] : accounts)
      for (const auto& hook : one.connector->webhooks()) {
        if (!added.emplace(hook.method, hook.pattern).second) continue;
        hub::http::route r;
        r.method = hook.method;
        r.pattern = hook.pattern;
        r.limits = hook.limits;
        if (hook.dialogue)
          r.handle = [this, channel = channel](request from) { return answer(channel, std::move(from)); };
        else
          r.handle = [this, channel = channel](request from) { return receive(channel, std::move(from)); };
        to.add(std::move(r));
      }
  }
}

void host::count(const std::string& channel, int code) {
  auto*& counter = requests_[channel][code];
  if (!counter)
    counter = &hub::metrics::counter("hub_intake_requests_total", "Webhook requests by what they were answered.",
                                     {{"channel", channel}, {"code", std::to_string(code)}});
  counter->Increment();
}

hub::async::task<int> host::take_in(account& to, const request& from, reception& got, hub::instant received_at) {
  const auto& context = to.connector->context();
  if (got.verdict == verdict::refused) {
    count_rejected("contract");
    co_return 400;
  }
  if (got.verdict == verdict::unreadable) {
    count_rejected("unreadable");
    got.events.clear();
    got.events.push_back(unparsed_event(context, seal_key_, from.body, got.reason, received_at));
    if (from.body.size() > largest_quarantined) {
      // Larger than any route lets in; kept for the day a route does.
      hub::log::error("an unreadable body is too large to be quarantined",
                      {{"channel", context.channel}, {"account", context.account}});
      co_return 413;
    }
  }
  if (got.events.empty()) co_return 200;
  const bool safe = co_await accept(to, std::move(got.events), trace_of(from), received_at);
  co_return safe ? 200 : 503;
}

hub::async::task<bool> host::accept(account& to, std::vector<hub::message::event> events, std::string trace,
                                    hub::instant received_at) {
  for (auto& e : events) {
    e.trace = trace;
    e.received_at = received_at;
  }
  const auto count = events.size();
  const bool safe = co_await intake_.accept(std::move(events));
  if (!safe) {
    count_rejected("nowhere to keep it");
    co_return false;
  }
  to.last_event = received_at;
  to.events += count;
  co_return true;
}

intake_port host::port_of(account& to, fetching with) {
  const auto& context = to.connector->context();
  const auto scope = context.channel + ":" + context.account + ":";
  intake_port port{with.http, {}, {}, {}, {}, {}, with.directory + "/" + context.channel + "-" + context.account, {}};
  port.accept = [this, &to](std::vector<hub::message::event> events) -> hub::async::task<bool> {
    if (events.empty()) co_return true;
    auto trace = new_trace();
    const auto now = clock_.now();
    const bool safe = co_await accept(to, std::move(events), std::move(trace), now);
    co_return safe;
  };
  port.quarantine = [this, &to](std::string body, std::string reason) -> hub::async::task<bool> {
    count_rejected("unreadable");
    if (body.size() > largest_quarantined)
      throw hub::error(hub::failure::permanent, "too large", "an unreadable body is too large to be quarantined");
    auto trace = new_trace();
    const auto now = clock_.now();
    std::vector<hub::message::event> events;
    events.push_back(unparsed_event(to.connector->context(), seal_key_, body, reason, now));
    const bool safe = co_await accept(to, std::move(events), std::move(trace), now);
    co_return safe;
  };
  port.keep_media = [&media = with.media](const std::string& reference, std::string_view bytes) { media.put(reference, bytes); };
  port.position = [&kept = with.kept, scope](std::string_view name) { return kept.read(scope + std::string(name)); };
  port.keep_position = [&kept = with.kept, scope](std::string_view name, std::string_view value) {
    kept.keep(scope + std::string(name), value);
  };
  port.trouble = [&to](std::string what) {
    if (what != to.trouble && !what.empty())
      hub::log::warn(
          "a connector has trouble fetching",
          {{"channel", to.connector->context().channel}, {"account", to.connector->context().account}, {"trouble", what}});
    to.trouble = std::move(what);
  };
  return port;
}

hub::async::task<> host::fetch(std::string channel, std::string name, fetching with) {
  auto& of = accounts_.at(channel).at(name);
  hub::backoff wait(std::chrono::seconds(1), longest_pause);
  while (true) {
    std::string failed;
    const auto begun = clock_.steady();
    try {
      auto port = port_of(of, with);
      co_await of.connector->run(port);
      co_return;
    } catch (const std::exception& e) {
      const auto what = hub::classify(std::current_exception());
      if (what.kind == hub::failure::cancelled) co_return;
      failed = what.what;
    }
    of.trouble = failed;
    hub::log::warn("fetching begins anew", {{"channel", channel}, {"account", name}, {"error", failed}});
    // What went well for so long begins at once again.
    if (clock_.steady() - begun > longest_pause) wait.reset();
    const auto pause = wait.next();
    co_await hub::async::sleep_for(pause);
  }
}

host::account* host::account_of(const std::string& channel, const request& from) {
  const auto name = from.params.find("account");
  auto& accounts = accounts_.at(channel);
  const auto found = name == from.params.end() ? accounts.end() : accounts.find(name->second);
  if (found != accounts.end()) return &found->second;
  count_rejected("account");
  count(channel, 404);
  return nullptr;
}

hub::async::task<response> host::answer(const std::string& channel, request from) {
  const auto begun = clock_.steady();
  auto* const to = account_of(channel, from);
  if (!to) co_return response::problem(404, "Not Found");
  auto said = co_await to->connector->answer(std::move(from));
  count(channel, said.status);
  durations().Observe(std::chrono::duration<double>(clock_.steady() - begun).count());
  co_return said;
}

hub::async::task<response> host::receive(const std::string& channel, request from) {
  const auto begun = clock_.steady();
  const auto received_at = clock_.now();
  response answer;
  auto* const known = account_of(channel, from);
  if (!known) co_return response::problem(404, "Not Found");
  auto& to = *known;
  FAILPOINT("intake.read", from.body);
  auto got = to.connector->receive(from, received_at);
  FAILPOINT("intake.parsed", from.body);
  if (got.verdict == verdict::forged) {
    count_forged(channel);
    refused_request kept;
    kept.channel = channel;
    kept.account = to.connector->context().account;
    kept.received_at = received_at;
    kept.request = std::move(from);
    refused_.keep(kept);
    answer.status = got.status != 0 ? got.status : 403;
  } else {
    answer.status = co_await take_in(to, from, got, received_at);
    if (answer.status == 200) {
      if (got.status != 0) answer.status = got.status;
      if (!got.answer.empty()) answer.head.set("Content-Type", got.answer_type);
      answer.body = std::move(got.answer);
    } else if (got.verdict == verdict::refused) {
      answer = response::problem(400, "Bad Request", got.reason, got.field);
    }
  }
  count(channel, answer.status);
  durations().Observe(std::chrono::duration<double>(clock_.steady() - begun).count());
  co_return answer;
}

hub::async::task<host::judged> host::judge_again(std::string channel, std::string name) {
  judged result;
  auto* const connector = find(channel, name);
  if (!connector) co_return result;
  for (const auto& kept : refused_.read()) {
    if (kept.channel != channel || kept.account != name) continue;
    auto got = connector->receive(kept.request, kept.received_at);
    if (got.verdict == verdict::forged) {
      ++result.refused;
      continue;
    }
    auto& to = accounts_.at(channel).at(name);
    const int status = co_await take_in(to, kept.request, got, kept.received_at);
    ++(status == 200 ? result.accepted : result.failed);
  }
  co_return result;
}

}  // namespace connectors
