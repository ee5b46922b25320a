#include "connectors/telephony/asterisk/asterisk.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/sealed.hpp"
#include "connectors/telephony/account.hpp"
#include "connectors/telephony/asterisk/ami_session.hpp"
#include "connectors/telephony/asterisk/cdr_file.hpp"
#include "connectors/telephony/asterisk/normalize.hpp"
#include "connectors/telephony/call_back.hpp"
#include "connectors/telephony/list_watch.hpp"
#include "connectors/telephony/rows.hpp"
#include "hub/async/within.hpp"
#include "hub/base/backoff.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/http/text.hpp"

#include <boost/asio/thread_pool.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace connectors::telephony::asterisk {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

constexpr std::string_view position_name = "cdr";
constexpr std::size_t at_once = 100;
// A manager that signs in wrongly again and again is shut out (fail2ban).
constexpr std::chrono::milliseconds after_a_refusal = 5min;

std::string text_of(const ami_event& block) {
  std::string text;
  for (const auto& [name, value] : block.fields) text += name + ": " + value + "\n";
  return text;
}

class asterisk_connector final : public connector {
 public:
  asterisk_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }
  std::vector<webhook> webhooks() const override { return {}; }
  reception receive(const hub::http::request&, hub::instant) override { return forged_reception(); }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    return asterisk::normalize(context_, settings_, body, received_at);
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    const auto media = open_sealed_media(context_, reference);
    if (!media) return media.error();
    const auto prefix = "rec:" + context_.channel + ":";
    if (!media->url.starts_with(prefix)) return hub::problem{"reference", "is no recording of this account"};
    if (settings_.recordings_url.empty())
      return hub::problem{"reference", "recordings stay on the PBX: recordings_url is not set"};
    const auto name = media->url.substr(prefix.size());
    if (name.find("..") != std::string::npos) return hub::problem{"reference", "its name leads elsewhere"};
    media_source source;
    source.url = settings_.recordings_url + "/" + hub::http::percent_encode(name);
    return source;
  }

  hub::async::task<> run(intake_port port) override {
    if (settings_.ami_host.empty()) {
      co_await follow(port);
    } else if (settings_.cdr_file.empty()) {
      co_await listen(port);
    } else {
      told_.begin(context_.clock->now());
      auto executor = co_await asio::this_coro::executor;
      auto both = asio::experimental::make_parallel_group(asio::co_spawn(executor, listen(port), asio::deferred),
                                                          asio::co_spawn(executor, follow(port), asio::deferred));
      // Each ends by a failure that nobody foresaw, or when the program does: the other ends with it.
      auto first = asio::experimental::wait_for_one();
      auto [order, listened, followed] = co_await both.async_wait(first, asio::use_awaitable);
      if (const auto& failed = order[0] == 0 ? listened : followed) std::rethrow_exception(failed);
    }
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client&) override {
    std::vector<std::string> lines;
    if (settings_.ami_host.empty()) {
      lines.emplace_back("ami_host is not set: nobody asks for calls while they go on");
    } else {
      auto executor = co_await asio::this_coro::executor;
      ami_session session(executor, settings_);
      co_await session.open();
      lines.push_back("the Manager Interface at " + settings_.ami_host + " lets us in");
    }
    if (settings_.cdr_file.empty()) {
      lines.emplace_back("cdr_file is not set: what is missed while the connection is away stays unknown");
    } else {
      const auto look = [this] { return read_cdr(settings_.cdr_file, {}); };
      co_await hub::async::on_thread(threads_, look);
      lines.push_back("the file of calls " + settings_.cdr_file + " can be read");
    }
    lines.emplace_back(
        "manager.conf: a user of its own, `read = call`, `write = originate` for ringing back, `permit` for this machine only");
    lines.emplace_back(
        "cdr.conf [csv]: loguniqueid=yes, loguserfield=yes, newcdrcolumns=yes; or name the columns in cdr_columns");
    co_return lines;
  }

  hub::async::task<call_back_told> call_back(hub::http::client&, call_back_asked asked) override {
    call_back_told told;
    if (settings_.ami_host.empty()) told.why = "ami_host is not set: nobody can ask the PBX to ring";
    if (settings_.cdr_file.empty()) told.why = "cdr_file is not set: only the PBX's file of calls knows whom to ring";
    if (!told.why.empty()) co_return told;
    if (!is_plain_extension(asked.extension)) {
      told.state = call_back_state::refused;
      told.why = "the extension is none: letters, digits, . _ - only";
      co_return told;
    }
    try {
      auto number = co_await number_of(asked.call_id, told);
      if (number.empty()) co_return told;
      told.state = call_back_state::unreached;
      auto executor = co_await asio::this_coro::executor;
      ami_session session(executor, settings_);
      co_await session.open("off");
      told = co_await session.ring(filled(settings_.ring_channel, "extension", asked.extension), std::move(number));
    } catch (const std::exception&) {
      const auto failed = hub::classify(std::current_exception());
      if (failed.kind == hub::failure::cancelled) throw;
      told.state = call_back_state::unreached;
      told.why = "the PBX cannot be asked: " + failed.what;
    }
    co_return told;
  }

 private:
  /// What is to be dialled, out of the file of calls; empty, and `told` says why.
  hub::async::task<std::string> number_of(const std::string& call_id, call_back_told& told) {
    const auto look = [this, &call_id] { return find_call(settings_.cdr_file, settings_.cdr_columns, call_id); };
    const auto rows = co_await hub::async::on_thread(threads_, look);
    people who(context_, settings_);
    const auto customer = outside_of(who, settings_, rows);
    told.why = why_not_rung(who, customer);
    if (!told.why.empty()) told.state = call_back_state::refused;
    co_return told.why.empty() ? filled(settings_.dial_number, "number", customer.e164.substr(1)) : std::string();
  }

  /// Signs in again and again; ends when it is cancelled.
  hub::async::task<> listen(intake_port& port) {
    hub::backoff wait(1s, 60s);
    while (true) {
      const auto begun = context_.clock->steady();
      hub::classified failed;
      try {
        co_await take_events(port);
      } catch (const std::exception&) {
        failed = hub::classify(std::current_exception());
        if (failed.kind == hub::failure::cancelled) throw;
      }
      live_trouble_ = "the Manager Interface: " + failed.what;
      show_trouble(port);
      if (context_.clock->steady() - begun > 60s) wait.reset();
      const auto pause = std::max<std::chrono::milliseconds>(wait.next(), failed.code == "sign-in" ? after_a_refusal : 0ms);
      co_await hub::async::sleep_for(pause);
    }
  }

  /// Ends by an exception only.
  hub::async::task<> take_events(intake_port& port) {
    auto executor = co_await asio::this_coro::executor;
    ami_session session(executor, settings_);
    co_await session.open();
    live_trouble_.clear();
    show_trouble(port);
    std::size_t dropped = 0;
    while (true) {
      const auto blocks = co_await session.next();
      if (session.dropped() > dropped)
        hub::log::warn("the Manager Interface sent what is too long to be an event",
                       {{"account", context_.account}, {"blocks", session.dropped() - dropped}});
      dropped = session.dropped();
      auto events = events_of(blocks);
      told_.heard(events, context_.clock->now());
      if (events.empty()) continue;
      const bool safe = co_await port.accept(std::move(events));
      if (!safe) throw hub::error(hub::failure::transient, "intake", "calls cannot be kept: neither broker nor spool takes them");
    }
  }

  std::vector<hub::message::event> events_of(const std::vector<ami_event>& blocks) const {
    std::vector<hub::message::event> events;
    const auto now = context_.clock->now();
    for (const auto& block : blocks) {
      auto made = normalize_ami(context_, settings_, block, now);
      if (!made)
        events.push_back(refused_text({context_, settings_, now}, text_of(block), made.error()));
      else if (*made)
        events.push_back(std::move(**made));
    }
    return events;
  }

  /// Looks at the file again and again; ends when it is cancelled.
  hub::async::task<> follow(intake_port& port) {
    list_watch watch(context_, told_);
    watch.read_until(context_.clock->now());
    cdr_calls calls(settings_.settle);
    while (true) {
      std::string failed;
      try {
        co_await take_calls(port, calls, watch);
      } catch (const std::exception&) {
        const auto what = hub::classify(std::current_exception());
        if (what.kind == hub::failure::cancelled) throw;
        failed = what.what;
      }
      if (failed.empty())
        watch.read_until(context_.clock->now());
      else
        watch.failed();
      cdr_trouble_ = failed;
      show_trouble(port);
      co_await hub::async::sleep_for(settings_.poll_every);
    }
  }

  hub::async::task<> take_calls(intake_port& port, cdr_calls& calls, list_watch& watch) {
    const auto kept = port.position(position_name);
    const auto from = cdr_position::read(kept);
    const auto look = [this, &from] { return read_cdr(settings_.cdr_file, from); };
    const auto piece = co_await hub::async::on_thread(threads_, look);
    auto position = piece.at;
    const auto rows = rows_of(piece, settings_.cdr_columns);
    const auto whole = calls.settled(rows, context_.clock->steady());
    for (std::size_t i = 0; i < whole.size(); i += at_once) {
      std::vector<std::size_t> taken;
      boost::json::array list;
      for (auto k = i; k < std::min(i + at_once, whole.size()); ++k)
        for (const auto row : whole[k]) {
          taken.push_back(row);
          list.push_back(rows[row].fields);
        }
      auto events = normalize_cdr(context_, settings_, boost::json::serialize(list), context_.clock->now());
      if (!events) throw hub::error(hub::failure::permanent, "cdr", hub::to_text(events.error()));
      watch.listed(*events);
      const bool safe = co_await port.accept(std::move(*events));
      if (!safe) throw hub::error(hub::failure::transient, "intake", "calls cannot be kept: neither broker nor spool takes them");
      took(position, rows, taken);
      port.keep_position(position_name, position.to_text());
    }
    if (position.to_text() != kept) port.keep_position(position_name, position.to_text());
  }

  void show_trouble(intake_port& port) const {
    port.trouble(live_trouble_ + (live_trouble_.empty() || cdr_trouble_.empty() ? "" : "; ") + cdr_trouble_);
  }

  account_context context_;
  settings settings_;
  told_calls told_;
  std::string live_trouble_, cdr_trouble_;
  asio::thread_pool threads_{1};
};

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  const auto refuse = [&](const std::string& what) { found.push_back({config::to_text(from.at), path + what}); };
  const auto one_line = [](const std::string& text) { return text.find_first_of("\r\n") == std::string::npos; };
  if (found.size() == before) {
    check_common(read, from, path, found);
    if (read.ami_host.empty() && read.cdr_file.empty()) refuse(": neither ami_host nor cdr_file is set: there is nothing to ask");
    if (!read.ami_host.empty() && (read.user.empty() || read.secret.empty())) refuse(".ami_host: needs user and secret");
    for (const auto* text : {&read.ring_channel, &read.dial_context, &read.dial_number})
      if (!one_line(*text)) refuse(": ring_channel, dial_context and dial_number stand on one line each");
    if (read.ring_channel.find("{extension}") == std::string::npos) refuse(".ring_channel: {extension} is missing");
    if (read.dial_number.find("{number}") == std::string::npos) refuse(".dial_number: {number} is missing");
    if (!one_line(read.user) || !one_line(read.secret.reveal())) refuse(".user: user and secret stand on one line each");
    const auto has = [&](std::string_view name) {
      return std::find(read.cdr_columns.begin(), read.cdr_columns.end(), name) != read.cdr_columns.end();
    };
    for (const auto* name : {"calldate", "duration", "billsec", "src", "dst", "channel", "dstchannel", "disposition"})
      if (!has(name)) refuse(std::string(".cdr_columns: ") + name + " is missing");
    if (!has("linkedid") && !has("uniqueid")) refuse(".cdr_columns: neither linkedid nor uniqueid is there to tell calls apart");
    if (read.ping_after < 1s || read.ping_after > 10min) refuse(".ping_after: expected 1 s to 10 min");
    if (read.poll_every < 1s || read.poll_every > 10min) refuse(".poll_every: expected 1 s to 10 min");
    if (read.settle < 0s || read.settle > 10min) refuse(".settle: expected 0 s to 10 min");
  }
  if (found.size() != before) return nullptr;
  while (read.recordings_url.ends_with('/')) read.recordings_url.pop_back();
  return std::make_unique<asterisk_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.asterisk.main"); }

}  // namespace

connector_kind kind() { return {"asterisk", make, describe_settings}; }

}  // namespace connectors::telephony::asterisk
