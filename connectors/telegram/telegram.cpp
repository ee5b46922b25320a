#include "connectors/telegram/telegram.hpp"

#include "config/reader.hpp"
#include "config/reference.hpp"
#include "connectors/body.hpp"
#include "connectors/sealed.hpp"
#include "connectors/sender.hpp"
#include "connectors/telegram/message.hpp"
#include "connectors/telegram/normalize.hpp"
#include "connectors/telegram/polling.hpp"
#include "connectors/telegram/send.hpp"
#include "connectors/telegram/update_gaps.hpp"
#include "connectors/telegram/webhook_info.hpp"
#include "hub/async/within.hpp"
#include "hub/base/backoff.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/base/text.hpp"
#include "hub/message/json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace connectors::telegram {

namespace {

using namespace std::chrono_literals;
using boost::json::array;
using boost::json::object;

constexpr std::string_view secret_header = "X-Telegram-Bot-Api-Secret-Token";
constexpr std::string_view offset_name = "offset";
constexpr auto breath = 200ms;

constexpr auto inspect_time = 4s;
constexpr auto time_for_text = 20s, time_for_files = 30s;

array update_kinds() {
  array list;
  for (const auto& one : wanted_updates()) list.emplace_back(one);
  return list;
}

bool is_token(std::string_view text, std::string_view more) {
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos;
  });
}

class telegram_connector final : public connector {
 public:
  telegram_connector(account_context context, settings with) : context_(std::move(context)), settings_(std::move(with)) {}

  const account_context& context() const override { return context_; }

  std::vector<webhook> webhooks() const override {
    std::vector<webhook> list;
    list.push_back({"POST", "/webhooks/telegram/{account}", {.body = hub::byte_count{longest_body}}});
    return list;
  }

  reception receive(const hub::http::request& request, hub::instant received_at) override {
    const bool known = is_authentic(request, settings_.secret_token) || is_authentic(request, settings_.previous_secret_token);
    if (known && settings_.mode == intake_mode::webhook)
      if (const auto id = update_id_of(request.body)) gaps_.came(*id, context_.clock->steady());
    // No body in the answer: it would be carried out as a call whose failure nobody sees.
    return known ? reception_of(normalize(request.body, received_at)) : forged_reception();
  }

  hub::result<std::vector<hub::message::event>> normalize(std::string_view body, hub::instant received_at) override {
    try {
      FAILPOINT("telegram.parse", body);
    } catch (const hub::error& e) {
      return hub::problem{"", e.what()};
    }
    return telegram::normalize(context_, body, received_at);
  }

  hub::result<media_source> open_media(std::string_view reference) override {
    const auto file = open_file(context_, reference);
    if (!file) return file.error();
    if (file->too_large) return hub::problem{"size", "larger than the 20 MB that the platform hands out"};
    media_source source;
    source.url = method("getFile") + "?file_id=" + file->file_id;
    source.next = [this](std::string_view answer) { return named_in(answer); };
    return source;
  }

  hub::async::task<std::vector<std::string>> register_webhook(hub::http::client& http) override {
    std::vector<std::string> lines;
    if (settings_.mode == intake_mode::polling) {
      object nothing{{"drop_pending_updates", false}};
      auto answer = co_await call(http, "deleteWebhook", std::move(nothing));
      lines.push_back("no webhook is set; the hub fetches updates itself");
      co_return lines;
    }
    if (context_.public_url.empty())
      throw hub::error(hub::failure::permanent, "no public url",
                       "intake.public_url is not set: the platform needs an address to call (or mode: polling)");
    const auto url = webhook_address(context_);
    object wanted{{"url", url},
                  {"secret_token", settings_.secret_token.reveal()},
                  {"allowed_updates", update_kinds()},
                  {"drop_pending_updates", false}};
    auto set = co_await call(http, "setWebhook", std::move(wanted));
    lines.push_back("webhook " + url + " is set");
    object nothing;
    auto info = co_await call(http, "getWebhookInfo", std::move(nothing));
    if (const auto* result = object_if(info, "result")) {
      if (const auto* pending = result->if_contains("pending_update_count"))
        lines.push_back("updates that wait there: " + std::to_string(whole_number(*pending).value_or(0)));
      if (const auto last = text_if(*result, "last_error_message"); !last.empty())
        lines.push_back("its last failure to reach us: " + scrubbed(last, 200));
    }
    co_return lines;
  }

  hub::async::task<webhook_report> inspect_webhook(hub::http::client& http) override {
    object nothing;
    const auto info = co_await call(http, "getWebhookInfo", std::move(nothing), inspect_time);
    co_return read_webhook_info(context_, settings_, info);
  }

  /// The bots FAQ: 30 messages a second in all, one a second to a person, 20 a minute to a group.
  send_pace pace_of(const send_asked& what) const override {
    send_pace made;
    made.account = {30, 1};
    const auto* chat = addressee(context_, what);
    made.conversation = {chat && is_group(chat->id) ? 20.0 / 60 : 1.0, 1};
    return made;
  }

  hub::async::task<sending> send(send_port port, send_asked what) override {
    sending made;
    const auto* known = addressee(context_, what);
    std::string chat = known ? known->id : std::string();
    // Who writes to the business account and to the bot is answered where the answered message stands.
    auto connection = connection_in(context_, what.reply_address);
    if (!what.reply_to.starts_with(scope_of_connection(connection)) && !what.reply_to.empty()) connection.clear();
    auto call = call_for(what, chat, connection);
    if (!call) {
      made.told = told_refused(call.error());
      co_return made;
    }
    std::vector<std::string> bytes;
    for (const auto& file : what.files) {
      auto got = co_await files_.read(port.file(file.sha256), file.size);
      if (!got) {
        made.told = told_refused(got.error());
        co_return made;
      }
      bytes.push_back(std::move(*got));
    }
    auto answer = co_await ask(port.http, what, *call, bytes);
    if (!answer.moved_to.empty()) {
      // The platform has certainly refused the first, and says where the chat is now.
      made.events.push_back(moved_event(what, chat, answer.moved_to));
      chat = answer.moved_to;
      call = call_for(what, chat, connection);
      answer = co_await ask(port.http, what, *call, bytes);
    }
    if (answer.unreachable && !is_group(chat)) made.events.push_back(unsubscribed_event(context_, what));
    made.told = std::move(answer.told);
    co_return made;
  }

  hub::async::task<> run(intake_port port) override {
    count_missing(0);  // a rise from nothing would not be seen as one
    while (settings_.mode == intake_mode::webhook) {
      co_await hub::async::sleep_for(30s);
      count_missing(gaps_.give_up(context_.clock->steady()));
    }
    hub::backoff wait(5s, 60s);
    std::uint64_t next = 0;
    const auto kept = port.position(offset_name);
    std::from_chars(kept.data(), kept.data() + kept.size(), next);
    while (true) {
      const auto asked_at = context_.clock->steady();
      polled got = co_await poll(port.http, next);
      bool safe = !got.failed;
      for (auto& body : got.unnumbered) {
        std::string reason = "update_id: is missing";
        if (safe) safe = co_await port.quarantine(body, reason);
      }
      for (auto& one : got.updates) {
        if (!safe) break;
        safe = co_await take(port, one, next);
      }
      if (safe) {
        // Asking with the next number is what tells the platform that it may forget these.
        if (!got.updates.empty()) port.keep_position(offset_name, std::to_string(next));
        port.trouble("");
        wait.reset();
        // A platform that does not wait for news is not asked without a breath.
        if (got.updates.empty() && context_.clock->steady() - asked_at < breath) co_await hub::async::sleep_for(breath);
        continue;
      }
      port.trouble(got.failed ? got.trouble : "updates cannot be kept: neither broker nor spool takes them");
      const auto pause = std::max<std::chrono::milliseconds>(wait.next(), got.at_least);
      co_await hub::async::sleep_for(pause);
    }
  }

 private:
  std::string method(const std::string& name) const {
    return settings_.api_base + "/bot" + settings_.bot_token.reveal() + "/" + name;
  }

  /// One call that sends, judged.
  hub::async::task<bot_answer> ask(hub::http::client& http, const send_asked& what, const bot_call& call,
                                   const std::vector<std::string>& bytes) {
    bot_answer made;
    if (const auto late = too_late(context_, what)) {
      made.told = *late;
      co_return made;
    }
    auto body = body_of(call, what, bytes, "leadyard-" + hub::random_token());
    hub::http::outgoing request;
    request.method = "POST";
    request.url = method(call.method);
    request.head.set("Content-Type", std::move(body.content_type));
    request.body = std::move(body.bytes);
    request.total_time = bytes.empty() ? time_for_text : time_for_files;
    const auto got = co_await ask_once(http, std::move(request));
    if (got.lost)
      made.told = *got.lost;
    else
      made = read_send_answer(got.got);
    co_return made;
  }

  /// The same event as both groups' own messages about it.
  hub::message::event moved_event(const send_asked& what, const std::string& from, const std::string& to) const {
    hub::message::identity_changed moved;
    moved.sender.identities.push_back({context_.channel, context_.account, to});
    moved.sender.identities.push_back({context_.channel, context_.account, from});
    auto made = event_of_sending(context_, what, "migrated:" + from, std::move(moved));
    made.conversation = context_.channel + ":" + context_.account + ":" + to;
    return made;
  }

  hub::async::task<polled> poll(hub::http::client& http, std::uint64_t next) {
    hub::http::outgoing ask;
    ask.method = "POST";
    ask.url = method("getUpdates");
    ask.head.set("Content-Type", "application/json");
    object wanted{{"timeout", settings_.poll_for.count() / 1000}, {"limit", 100}, {"allowed_updates", update_kinds()}};
    if (next != 0) wanted["offset"] = next;
    ask.body = boost::json::serialize(wanted);
    ask.total_time = settings_.poll_for + 10s;
    ask.max_body = hub::byte_count{100 * longest_body};
    polled got;
    try {
      const auto answer = co_await http.fetch(std::move(ask));
      got = read_updates(answer.status, answer.body);
    } catch (const hub::error& e) {
      if (e.kind() == hub::failure::cancelled) throw;
      got.failed = true;
      got.trouble = std::string("the platform cannot be asked: ") + e.what();
    }
    co_return got;
  }

  void count_missing(std::uint64_t missing) const {
    hub::metrics::counter("hub_intake_missing_total", "Updates whose numbers never came.",
                          {{"channel", context_.channel}, {"account", context_.account}})
        .Increment(static_cast<double>(missing));
    if (missing > 0)
      hub::log::warn("updates never came", {{"channel", context_.channel}, {"account", context_.account}, {"missing", missing}});
  }

  /// Keeps one update and moves on; false when it could not be kept.
  hub::async::task<bool> take(intake_port& port, update& one, std::uint64_t& next) {
    count_missing(missing_before(next, one.id));
    auto events = normalize(one.body, context_.clock->now());
    bool safe = false;
    if (events) {
      safe = co_await port.accept(std::move(*events));
    } else {
      auto reason = hub::to_text(events.error());
      safe = co_await port.quarantine(one.body, std::move(reason));
    }
    if (safe) next = one.id + 1;
    co_return safe;
  }

  /// The answer's object; hub::error with words for the operator when the platform refused.
  hub::async::task<object> call(hub::http::client& http, std::string name, object body, std::chrono::milliseconds limit = 20s) {
    hub::http::outgoing ask;
    ask.total_time = limit;
    ask.method = "POST";
    ask.url = method(name);
    ask.head.set("Content-Type", "application/json");
    ask.body = boost::json::serialize(body);
    const auto answer = co_await http.fetch(std::move(ask));
    const auto parsed = hub::message::parse_json(answer.body);
    const auto* root = parsed ? parsed->if_object() : nullptr;
    if (answer.status == 200 && root) co_return *root;
    const auto kind = answer.status >= 500 || answer.status == 429 ? hub::failure::transient : hub::failure::permanent;
    std::string said = root ? scrubbed(text_if(*root, "description"), 200) : std::string("nothing that can be read");
    if (answer.status == 401 || answer.status == 404) said = "the bot_token is not valid";
    throw hub::error(kind, "http " + std::to_string(answer.status),
                     name + " was refused (" + std::to_string(answer.status) + "): " + said);
  }

  hub::result<media_source> named_in(std::string_view answer) const {
    const auto parsed = hub::message::parse_json(answer);
    const auto* root = parsed ? parsed->if_object() : nullptr;
    const auto* result = root ? object_if(*root, "result") : nullptr;
    const auto path = result ? text_if(*result, "file_path") : std::string_view();
    if (path.empty()) return hub::problem{"media", "the platform did not say where the file is"};
    if (path.front() == '/')
      return hub::problem{"media", "a Bot API server with --local keeps files on its own disk; start it without"};
    if (path.size() > 500 || !is_token(path, "_-./") || path.find("..") != std::string_view::npos)
      return hub::problem{"media", "the platform named no path of a file"};
    media_source source;
    source.url = settings_.api_base + "/file/bot" + settings_.bot_token.reveal() + "/" + std::string(path);
    return source;
  }

  account_context context_;
  settings settings_;
  file_reader files_;
  update_gaps gaps_;  ///< of calls; what is fetched comes in order
};

std::unique_ptr<connector> make(const account_context& context, const config::node& from, hub::problems& found) {
  settings read;
  const auto before = found.size();
  const std::string path = "connectors." + context.channel + "." + context.account;
  config::read(from, read, found, path);
  const auto refuse = [&](const std::string& what) { found.push_back({config::to_text(from.at), path + what}); };
  if (found.size() == before) {
    if (!is_token(read.bot_token.reveal(), ":_-")) refuse(".bot_token: is no token of @BotFather");
    if (read.mode == intake_mode::webhook && !is_token(read.secret_token.reveal(), "_-"))
      refuse(".secret_token: mode webhook needs one, of letters, digits, _ and -");
    if (read.poll_for < 0s || read.poll_for > 50s) refuse(".poll_for: expected 0 s to 50 s");
  }
  if (found.size() != before) return nullptr;
  while (read.api_base.ends_with('/')) read.api_base.pop_back();
  return std::make_unique<telegram_connector>(context, std::move(read));
}

std::string describe_settings() { return config::reference_of<settings>("connectors.telegram.main"); }

}  // namespace

bool is_authentic(const hub::http::request& request, const hub::secret& secret_token) {
  if (secret_token.empty() || request.head.count(secret_header) != 1) return false;
  return hub::equal_in_constant_time(*request.head.find(secret_header), secret_token.reveal());
}

connector_kind kind() { return {"telegram", make, describe_settings}; }

}  // namespace connectors::telegram
