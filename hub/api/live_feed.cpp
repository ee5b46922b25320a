#include "hub/api/live_feed.hpp"

#include "hub/api/live_rows.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/base/number.hpp"
#include "hub/db/listener.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace hub::api {

namespace {

constexpr std::size_t most_rows = 2'000;  ///< in one reading
constexpr std::size_t most_typing = 200;
constexpr std::string_view typing_channel = "leadyard_typing";
constexpr std::chrono::seconds typing_again{2};  ///< one person about one lead, at most so often

std::string body_of(const live_row& row) {
  const auto number = [](const std::optional<std::int64_t>& id) { return id ? std::to_string(*id) : std::string("null"); };
  const auto subject = row.subject == 0 ? std::nullopt : std::optional(row.subject);
  return fmt::format(R"({{"kind":"{}","lead":{},"id":{}}})", row.kind, number(row.lead), number(subject));
}

prometheus::Gauge& streams_open() {
  static auto& made = metrics::gauge("hub_live_streams", "Consoles that are told of changes.");
  return made;
}

}  // namespace

std::string to_text(const std::string& epoch, const live_place& at) { return fmt::format("{}-{}-{}", epoch, at.xid, at.id); }

std::optional<live_mark> read_mark(std::string_view text) {
  const auto last = text.rfind('-');
  if (last == std::string_view::npos || text.size() > 80) return std::nullopt;
  const auto first = text.rfind('-', last - 1);
  if (last == 0 || first == std::string_view::npos || first == 0) return std::nullopt;
  const auto xid = whole_number<std::uint64_t>(text.substr(first + 1, last - first - 1));
  const auto id = whole_number<std::int64_t>(text.substr(last + 1));
  if (!xid || !id || *id < 0) return std::nullopt;
  return live_mark{std::string(text.substr(0, first)), {*xid, *id}};
}

struct live_feed::state : std::enable_shared_from_this<live_feed::state> {
  state(const db::connect_options& database, const clock& t, const live_limits& l)
      : db(database, 1), typing(database, std::string(typing_channel)), time(t), limits(l) {}

  queries db;
  db::listener typing;  ///< used on the thread of `db`
  const clock& time;
  const live_limits& limits;
  std::list<std::weak_ptr<live_listener>> listeners;
  std::map<std::pair<std::int64_t, std::int64_t>, std::chrono::steady_clock::time_point> typed;
  std::shared_ptr<boost::asio::steady_timer> pause;  ///< while reading goes on
  std::chrono::steady_clock::time_point sessions_at{};
  bool said_trouble = false;

  std::vector<std::shared_ptr<live_listener>> present() {
    std::vector<std::shared_ptr<live_listener>> made;
    for (auto at = listeners.begin(); at != listeners.end();) {
      if (auto one = at->lock()) {
        if (one->why == live_listener::end::none) made.push_back(std::move(one));
        ++at;
      } else {
        at = listeners.erase(at);
      }
    }
    streams_open().Set(static_cast<double>(made.size()));
    return made;
  }

  static void push(live_listener& to, std::shared_ptr<const std::string> text) {
    to.waiting.push_back(std::move(text));
    to.bell.cancel();
  }
  static void close(live_listener& one, live_listener::end why) {
    one.why = why;
    if (why == live_listener::end::behind) one.waiting.clear();
    one.bell.cancel();
  }

  void begin(live_listener& one, const live_news& news) {
    one.epoch = news.epoch;
    one.at = news.end;
    const bool is_new = !one.resume;
    push(one, std::make_shared<const std::string>(
                  fmt::format("id: {}\nevent: {}\ndata: {{}}\n\n", to_text(news.epoch, news.end), is_new ? "ready" : "reset")));
  }

  void deliver(live_listener& one, const live_news& news, const std::vector<std::shared_ptr<const std::string>>& lines) {
    const auto seen = news.seen_by.find(one.person);
    if (seen != news.seen_by.end()) {
      if (one.waiting.size() > limits.most_waiting) return close(one, live_listener::end::behind);
      for (const auto n : seen->second)
        if (n >= news.rows.size() || news.rows[n].at > *one.at) push(one, lines[n]);
    }
    one.at = std::max(*one.at, news.end);
  }

  void hear_typing(std::vector<live_row>& into) {
    for (const auto& said : typing.heard()) {
      const auto blank = said.find(' ');
      const auto lead = whole_number<std::int64_t>(std::string_view(said).substr(0, blank));
      const auto person = whole_number<std::int64_t>(blank == std::string::npos ? "" : std::string_view(said).substr(blank + 1));
      if (!lead || !person || into.size() >= most_typing) continue;
      live_row made;
      made.kind = "typing";
      made.lead = lead;
      made.staff = made.subject = *person;
      into.push_back(std::move(made));
    }
  }

  /// One reading; true when there is more to read at once.
  async::task<bool> turn() {
    const auto here = present();
    live_question asked;
    asked.most_missed = limits.most_missed;
    asked.most_rows = most_rows;
    std::vector<std::shared_ptr<live_listener>> resuming;
    for (const auto& one : here) {
      asked.people.insert(one->person);
      if (one->at) {
        asked.from = asked.from ? std::min(*asked.from, *one->at) : *one->at;
        asked.epoch = one->epoch;
      } else if (one->resume) {
        asked.resumes.push_back(*one->resume);
        resuming.push_back(one);
      }
    }
    const bool ask_sessions = time.steady() >= sessions_at;
    std::vector<std::string> credentials;
    if (ask_sessions)
      for (const auto& one : here) credentials.push_back(one->credential);
    const auto now = time.now();
    std::set<std::string> signed_in;
    auto read = [&](pqxx::work& sql) {
      hear_typing(asked.typing);
      if (ask_sessions) signed_in = still_signed_in(sql, credentials, now);
      return read_live(sql, asked);
    };
    const auto news = co_await db.run(read);
    if (ask_sessions) sessions_at = time.steady() + limits.sessions_every;

    std::vector<std::shared_ptr<const std::string>> lines;
    for (const auto& row : news.rows)
      lines.push_back(std::make_shared<const std::string>(
          fmt::format("id: {}\nevent: change\ndata: {}\n\n", to_text(news.epoch, row.at), body_of(row))));
    for (const auto& row : news.typing)
      lines.push_back(std::make_shared<const std::string>(fmt::format("event: change\ndata: {}\n\n", body_of(row))));
    for (std::size_t i = 0; i < resuming.size(); ++i)
      if (news.resumed[i]) {
        resuming[i]->at = resuming[i]->resume->at;
        resuming[i]->epoch = news.epoch;
        resuming[i]->bell.cancel();  // it has begun, also when there is nothing to tell
      }
    // Another epoch: nothing anybody was told is worth anything. One who came during the reading waits for the next.
    for (const auto& one : here) {
      if (ask_sessions && !signed_in.contains(one->credential)) {
        close(*one, live_listener::end::signed_out);
      } else if (!one->at || one->epoch != news.epoch) {
        if (one->at) one->resume = live_mark{one->epoch, *one->at};
        begin(*one, news);
      } else {
        deliver(*one, news, lines);
      }
    }
    static auto& lag = metrics::duration("hub_live_lag_seconds", "From the beginning of a change to its being told.");
    if (!news.rows.empty()) lag.Observe(news.lag);
    co_return news.more;
  }

  async::task<> run() {
    const auto self = shared_from_this();
    const auto timer = pause;
    while (!present().empty()) {
      bool more = false;
      try {
        more = co_await turn();
        if (std::exchange(said_trouble, false)) log::info("live changes are told again", {});
      } catch (const std::exception& e) {
        if (!std::exchange(said_trouble, true)) log::warn("no live changes for now", {{"error", e.what()}});
      }
      if (more) continue;
      boost::system::error_code woken;
      auto token = boost::asio::redirect_error(boost::asio::use_awaitable, woken);
      timer->expires_after(said_trouble ? std::chrono::milliseconds(1000) : limits.every);
      co_await timer->async_wait(token);
    }
    if (pause == timer) pause.reset();
  }
};

live_feed::live_feed(const db::connect_options& database, const clock& time)
    : state_(std::make_shared<state>(database, time, limits)) {}

live_feed::~live_feed() = default;

std::shared_ptr<live_listener> live_feed::listen(const boost::asio::any_io_executor& loop, std::int64_t person,
                                                 std::string credential, std::optional<live_mark> resume) {
  const auto here = state_->present();
  const auto own = std::count_if(here.begin(), here.end(), [&](const auto& one) { return one->person == person; });
  if (here.size() >= limits.most || static_cast<std::size_t>(own) >= limits.most_per_person) return nullptr;
  auto made = std::make_shared<live_listener>(loop, person);
  made->credential = std::move(credential);
  made->resume = std::move(resume);
  made->bell.expires_at(std::chrono::steady_clock::time_point::max());
  state_->listeners.push_back(made);
  if (state_->pause) {
    state_->pause->cancel();
  } else {
    state_->pause = std::make_shared<boost::asio::steady_timer>(loop);
    boost::asio::co_spawn(loop, state_->run(), boost::asio::detached);
  }
  return made;
}

bool live_feed::is_news_of_typing(std::int64_t lead, std::int64_t person) {
  const auto now = state_->time.steady();
  auto& last = state_->typed[{lead, person}];
  if (last.time_since_epoch().count() && now - last < typing_again) return false;
  last = now;
  if (state_->typed.size() > 10 * most_typing)
    std::erase_if(state_->typed, [&](const auto& t) { return now - t.second >= typing_again; });
  return true;
}

// No row and no fsync: what a crash loses here nobody misses. Nothing else of the hub notifies, so the lock that it takes until
// the commit holds nobody up.
void live_feed::tell_typing(pqxx::work& sql, std::int64_t lead, std::int64_t person) {
  sql.exec0("set local synchronous_commit to off");
  sql.exec_params1("select pg_notify($1, $2)", std::string(typing_channel), std::to_string(lead) + " " + std::to_string(person));
}

}  // namespace hub::api
