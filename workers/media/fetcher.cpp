#include "workers/media/fetcher.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/metrics.hpp"
#include "hub/base/text.hpp"
#include "hub/http/text.hpp"
#include "hub/message/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <utility>

namespace workers::media {

namespace {

namespace log = hub::log;
using namespace std::chrono_literals;

/// The title of an application/problem+json body.
std::string title_of(std::string_view body) {
  const auto parsed = hub::message::parse_json(body);
  if (!parsed || !parsed->is_object()) return {};
  const auto* title = parsed->as_object().if_contains("title");
  const auto* detail = parsed->as_object().if_contains("detail");
  std::string text = title && title->is_string() ? std::string(title->as_string()) : std::string();
  if (detail && detail->is_string()) text += (text.empty() ? "" : ": ") + std::string(detail->as_string());
  return hub::shorten(hub::clean_text(text), 300);
}

prometheus::Counter& fetches(ending how) {
  return hub::metrics::counter("hub_media_fetches_total", "Attempts to fetch media, by how they ended.",
                               {{"outcome", std::string(hub::name_of(how))}});
}

}  // namespace

struct fetcher::received {
  std::optional<hub::media::store::writer> file;
  outcome how;
  bool finished = false;        ///< false: abandoned
  bool connector_away = false;  ///< nothing was sent: says nothing about this file
  bool store_failed = false;    ///< nor does this
};

fetcher::fetcher(const media_options& options, hub::media::store& into, bool counts_backlog)
    : options_(options), store_(into), counts_backlog_(counts_backlog), rows_(options.database) {
  loop_ = std::make_unique<boost::asio::io_context>(1);
  client_ = std::make_unique<hub::http::client>(*loop_);
}

fetcher::~fetcher() { close(); }

void fetcher::close() {
  const std::lock_guard lock(mutex_);
  client_.reset();
  loop_.reset();
}

void fetcher::run(std::stop_token stopping) {
  stopping_ = stopping;
  hub::backoff database_away(200ms, 10s);
  while (!stopping.stop_requested()) {
    try {
      if (counts_backlog_) count_backlog();
      rest_ = 0ms;
      if (!work()) rest_ = options_.idle;
      database_away.reset();
    } catch (...) {
      // Everything about one file ended in its row; what arrives here is the database, or the machine.
      const auto failed = hub::classify(std::current_exception());
      if (!std::exchange(troubled_, true))
        log::warn("media fetcher cannot work", {{"code", failed.code}, {"error", failed.what}});
      rest_ = database_away.next();
    }
    if (rest_ > 0ms) pause(rest_);
  }
}

void fetcher::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stopping_, time, [] { return false; });
}

void fetcher::abandon() {
  abandoned_ = true;
  const std::lock_guard lock(mutex_);
  if (loop_) loop_->stop();
}

void fetcher::count_backlog() {
  const auto now = std::chrono::steady_clock::now();
  if (now - counted_ < 5s) return;
  counted_ = now;
  static auto& pending = hub::metrics::gauge("hub_media_pending", "Media still to be fetched.");
  static auto& first = hub::metrics::gauge("hub_media_oldest_deadline_seconds",
                                           "Seconds until the first deadline of media still to be fetched; negative: passed.");
  const auto waiting = rows_.count();
  pending.Set(static_cast<double>(waiting.pending));
  first.Set(waiting.seconds_to_first_deadline);
}

bool fetcher::work() {
  const auto taken = rows_.take(options_.process, options_.lease);
  if (!taken) return false;
  FAILPOINT("media.taken", taken->event_key);
  handle(*taken);
  if (rest_ == 0ms && std::exchange(troubled_, false)) log::info("media fetcher works again");
  return true;
}

void fetcher::handle(const job& taken) {
  // A file that kills whoever looks at it must not end the program for ever, nor for the other files.
  if (taken.deaths >= 3 || (taken.deaths > 0 && taken.deadline_passed)) {
    const outcome how{
        taken.deaths >= 3 ? ending::refused : ending::expired,
        "the worker that fetched it died, " + std::to_string(taken.deaths) + (taken.deaths == 1 ? " time" : " times")};
    if (rows_.settle(taken, how)) fetches(how.ending).Increment();
    return;
  }
  auto came = transfer(taken);
  if (!came.finished) {
    rows_.give_back(taken, "", 0ms);
    return;
  }
  finish(taken, came);
}

hub::http::outgoing fetcher::request(const job& taken, std::string method, const std::string& base) const {
  hub::http::outgoing ask;
  ask.method = std::move(method);
  ask.url = base + "/internal/media?channel=" + hub::http::percent_encode(taken.channel) +
            "&account=" + hub::http::percent_encode(taken.account) + "&reference=" + hub::http::percent_encode(taken.reference);
  ask.head.set("Authorization", "Bearer " + options_.internal_token.reveal());
  return ask;
}

/// False when it was abandoned; then nothing of it goes on. Extends the lease of `renewed` meanwhile: it is short, so
/// that a killed worker's rows are soon taken again.
bool fetcher::exchange(hub::http::outgoing ask, hub::http::incoming& answer, std::exception_ptr& failed, const job* renewed) {
  loop_->restart();
  std::optional<boost::asio::steady_timer> renewal(std::in_place, *loop_);
  std::function<void()> renew_later = [&] {
    renewal->expires_after(options_.lease / 3);
    renewal->async_wait([&](boost::system::error_code cancelled) {
      if (cancelled) return;
      try {
        if (!rows_.renew(*renewed, options_.lease)) return;
      } catch (const std::exception& e) {
        log::warn("cannot extend the lease of a media file", {{"error", e.what()}});
      }
      renew_later();
    });
  };
  if (renewed) renew_later();

  bool finished = false;
  boost::asio::co_spawn(*loop_, client_->fetch(std::move(ask)), [&](std::exception_ptr e, hub::http::incoming got) {
    failed = std::move(e);
    answer = std::move(got);
    finished = true;
    loop_->stop();  // idle connections and the renewal would keep it running
  });
  if (!abandoned_) loop_->run();
  renewal.reset();
  if (!finished) {
    close();  // ends the transfer before what it refers to goes away
    return false;
  }
  loop_->restart();
  loop_->poll();  // the cancelled renewal leaves
  return true;
}

fetcher::received fetcher::transfer(const job& taken) {
  received came;
  const std::string base = options_.connector_url();
  if (base.empty()) {
    came.finished = came.connector_away = true;
    came.how.reason = "the connector is not running";
    return came;
  }
  try {
    came.file.emplace(store_.begin());
  } catch (const hub::error& e) {
    came.finished = came.store_failed = true;
    came.how.reason = e.what();
    return came;
  }

  bool over_limit = false;
  auto ask = request(taken, "GET", base);
  ask.total_time = options_.transfer;
  ask.max_body = hub::byte_count{options_.max_size.value + 1};
  // The platform's own slowness is the connector's to judge; this only notices a connector that hangs.
  ask.slowest_bytes_per_second = 512;
  ask.on_bytes = [&](std::string_view bytes) {
    if (came.file->size() + bytes.size() > options_.max_size.value) {
      over_limit = true;
      throw hub::error(hub::failure::permanent, "too large", "larger than media.max_size");
    }
    try {
      came.file->write(bytes);
    } catch (...) {
      came.store_failed = true;
      throw;
    }
  };
  hub::http::incoming answer;
  std::exception_ptr failed;
  came.finished = exchange(std::move(ask), answer, failed, &taken);
  if (!came.finished) return came;

  if (!failed) {
    came.how = judge_answer(answer.status, answer.status == 200 ? std::string() : title_of(answer.body));
    return came;
  }
  try {
    std::rethrow_exception(failed);
  } catch (const hub::http::exchange_error& e) {
    came.connector_away = e.sent() == hub::http::sent_state::nothing;
    over_limit = over_limit || e.code() == "too large";
    came.how = {ending::again, e.what()};
  } catch (const std::exception& e) {
    came.how = {ending::again, e.what()};
  }
  if (over_limit) came.how = {ending::too_large, "larger than media.max_size"};
  return came;
}

/// The connector may let go of the bytes it kept. When it does not hear this, its own sweep does it later.
void fetcher::forget(const job& settled) {
  const std::string base = options_.connector_url();
  if (base.empty() || abandoned_) return;
  auto ask = request(settled, "DELETE", base);
  ask.total_time = 5s;
  hub::http::incoming answer;
  std::exception_ptr failed;
  exchange(std::move(ask), answer, failed, nullptr);
}

void fetcher::finish(const job& taken, received& came) {
  hub::media::stored file;
  if (came.how.ending == ending::stored) came.how = judge_content(taken.type, came.file->type(), came.file->size());
  if (came.how.ending == ending::stored) {
    try {
      file = came.file->finish();
    } catch (const hub::error& e) {
      came.store_failed = true;
      came.how = {ending::again, e.what()};
    }
  }
  came.file.reset();

  // Our own trouble does not end a file's chance: the connector may have kept it from before its deadline.
  if (came.connector_away || came.store_failed) {
    rest_ = away_.next();
    if (!std::exchange(troubled_, true)) {
      if (came.store_failed)
        log::error("the media store cannot be written; media wait", {{"error", came.how.reason}});
      else
        log::warn("the connector cannot be reached; media wait", {{"error", came.how.reason}});
    }
  } else {
    came.how = at_deadline(std::move(came.how), taken.deadline_passed);
    away_.reset();
  }

  bool mine = true;
  if (came.how.ending == ending::stored) {
    mine = rows_.settle_stored(taken, file);
  } else if (came.how.ending == ending::again) {
    const auto wait = options_.first_wait > 0ms ? options_.first_wait : came.connector_away ? 1000ms : wait_after(taken.attempt);
    mine = rows_.give_back(taken, came.how.reason, wait);
  } else {
    mine = rows_.settle(taken, came.how);
  }
  fetches(came.how.ending).Increment();
  if (mine && came.how.ending != ending::again) forget(taken);
  if (!mine) log::warn("a media file was settled by another worker meanwhile", {{"event", taken.event_key}});
}

}  // namespace workers::media
