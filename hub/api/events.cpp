// GET /api/v1/events: what has changed, as it changes (text/event-stream), and POST /api/v1/leads/{id}/typing. An event
// names rows and never shows them: whoever is told reads them again, under the policy of reading.

#include "hub/api/asked.hpp"
#include "hub/api/rows.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/number.hpp"

#include <fmt/format.h>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace hub::api {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t one_write = 64 * 1024;
constexpr std::chrono::seconds longest_asked{3600};
constexpr std::chrono::seconds patience{10};  ///< for the first reading, of a stream that is to end by itself

std::string take_waiting(live_listener& from) {
  std::string made;
  while (!from.waiting.empty() && made.size() < one_write) {
    made += *from.waiting.front();
    from.waiting.pop_front();
  }
  return made;
}

/// Says that it lives, and where it is: the browser goes on from there.
std::string heartbeat(const live_listener& of) {
  return of.at ? fmt::format("id: {}\n: here\n\n", to_text(of.epoch, *of.at)) : std::string(": here\n\n");
}

std::string_view last_words(live_listener::end why) {
  return why == live_listener::end::behind ? "event: behind\ndata: {}\n\n" : "event: signed_out\ndata: {}\n\n";
}

async::task<> tell(std::shared_ptr<live_listener> to, std::chrono::seconds every, std::optional<std::chrono::seconds> length,
                   http::body_writer& out) {
  const auto began = steady::now();
  auto next_beat = began + every;
  // Also tells a proxy and the browser at once that the stream is open.
  co_await out.write("retry: 2000\n\n");
  for (;;) {
    auto text = take_waiting(*to);
    const auto now = steady::now();
    if (text.empty() && to->why != live_listener::end::none) {
      co_await out.write(last_words(to->why));
      co_return;
    }
    if (text.empty() && length && now >= began + *length + (to->at ? std::chrono::seconds(0) : patience)) co_return;
    if (text.empty() && now >= next_beat) text = heartbeat(*to);
    if (!text.empty()) {
      next_beat = now + every;
      co_await out.write(text);
      continue;
    }
    auto until = next_beat;
    if (length) until = std::min(until, std::max(began + *length, now) + (to->at ? std::chrono::seconds(0) : patience));
    boost::system::error_code rung;
    auto token = boost::asio::redirect_error(boost::asio::use_awaitable, rung);
    to->bell.expires_at(until);
    co_await to->bell.async_wait(token);
  }
}

async::task<http::response> listen(services* with, visitor who, http::request from) {
  std::optional<std::chrono::seconds> length;
  if (const auto given = query_value(from, "seconds"); !given.empty()) {
    const auto seconds = whole_number<std::int64_t>(given);
    if (!seconds || *seconds < 0 || *seconds > longest_asked.count())
      co_return refused(problem{"seconds", "expected a whole number from 0 to 3600"});
    length = std::chrono::seconds(*seconds);
  }
  const auto* last = from.head.find("Last-Event-ID");
  // One that is not ours is one of another time: everything is loaded anew.
  auto resume = last && !last->empty() ? std::optional(read_mark(*last).value_or(live_mark{})) : std::nullopt;
  const auto loop = co_await boost::asio::this_coro::executor;
  const auto& hash = who.token_hash.empty() ? who.bearer_hash : who.token_hash;
  auto listener = with->live.listen(loop, who.id, to_hex(hash), std::move(resume));
  if (!listener)
    refuse_for(429, "Too many streams", std::chrono::seconds(30), "Close a window, or let several share one stream.");
  http::response answer;
  answer.head.set("Content-Type", "text/event-stream");
  answer.head.set("X-Accel-Buffering", "no");
  answer.stream = [listener, every = with->live.limits.heartbeat, length](http::body_writer& to) {
    return tell(listener, every, length, to);
  };
  co_return answer;
}

async::task<http::response> type(services* with, visitor who, http::request from) {
  const auto lead = id_of(from);
  const bool news = with->live.is_news_of_typing(lead, who.id);
  auto tell = [&](pqxx::work& sql) {
    const bool visible =
        !sql.exec_params("select 1 from hub.lead l where l.id = $2 and " + lead_is_visible(who.access), who.id, lead).empty();
    if (visible && news) live_feed::tell_typing(sql, lead, who.id);
    return visible;
  };
  const bool visible = co_await with->db.run(tell);
  if (!visible) co_return no_such("lead");
  http::response done;
  done.status = 204;
  co_return done;
}

}  // namespace

void add_events(route_table& to, services& with) {
  auto* kept = &with;
  to.add(route("GET", "/api/v1/events"),
         [kept](visitor who, http::request from) { return listen(kept, std::move(who), std::move(from)); });
  to.add(route("POST", "/api/v1/leads/{id}/typing"),
         [kept](visitor who, http::request from) { return type(kept, std::move(who), std::move(from)); });
}

}  // namespace hub::api
