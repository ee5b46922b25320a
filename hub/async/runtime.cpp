#include "hub/async/runtime.hpp"

#include "hub/async/within.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <list>
#include <optional>
#include <vector>

namespace hub::async {

namespace {

struct step {
  std::string name;
  std::function<task<>()> run;
};

struct job {
  std::string name;
  asio::cancellation_signal cancel{};
};

}  // namespace

struct runtime::state {
  asio::io_context loop{1};
  asio::executor_work_guard<asio::io_context::executor_type> keep_running = asio::make_work_guard(loop);
  asio::signal_set ending{loop};
  asio::signal_set reloading{loop};
  asio::steady_timer jobs_gone{loop};
  std::vector<step> steps;
  std::list<job> jobs;
  std::string step_under_way;
  std::function<void()> reload;
  std::chrono::milliseconds drain{};
  bool stopping = false;
  bool running = false;
  bool stop_asked = false;
  int exit_code = 0;

  void wait_for_end() {
    ending.async_wait([this](boost::system::error_code failed, int number) {
      if (failed) return;
      if (stopping) {
        // Whoever asks twice does not want to wait: no destructor may hold the process up.
        log::warn("second signal, ending at once", {{"signal", number}});
        std::_Exit(128 + number);
      }
      log::info("stopping", {{"signal", number}});
      begin_stop();
      wait_for_end();
    });
  }

  void wait_for_reload() {
    reloading.async_wait([this](boost::system::error_code failed, int) {
      if (failed) return;
      try {
        if (reload) reload();
      } catch (...) {
        log::error("reload failed, the old state stays", {{"why", classify(std::current_exception()).what}});
      }
      wait_for_reload();
    });
  }

  void begin_stop() {
    if (!running) stop_asked = true;
    if (stopping || !running) return;
    stopping = true;
    asio::co_spawn(loop, within(drain, stop_everything()), [this](std::exception_ptr failed) {
      if (failed) report_unfinished(failed);
      ending.cancel();
      reloading.cancel();
      loop.stop();
    });
  }

  task<> stop_everything() {
    auto limit = co_await asio::this_coro::cancellation_state;
    while (!steps.empty()) {
      step last = std::move(steps.back());
      steps.pop_back();
      step_under_way = last.name;
      try {
        co_await last.run();
      } catch (...) {
        const auto why = classify(std::current_exception());
        // The drain limit has passed: nothing else gets a turn. Any other failure is this step's own.
        if (limit.cancelled() != asio::cancellation_type::none) throw;
        log::error("stop step failed", {{"step", last.name}, {"why", why.what}});
        exit_code = 1;
      }
      step_under_way.clear();
    }
    for (auto& each : jobs) each.cancel.emit(asio::cancellation_type::terminal);
    while (!jobs.empty()) {
      jobs_gone.expires_at(asio::steady_timer::time_point::max());
      boost::system::error_code woken;
      auto token = asio::redirect_error(asio::use_awaitable, woken);
      co_await jobs_gone.async_wait(token);
    }
  }

  void report_unfinished(const std::exception_ptr& failed) {
    std::string names = step_under_way;
    for (auto left = steps.rbegin(); left != steps.rend(); ++left) names += (names.empty() ? "" : ", ") + left->name;
    for (const auto& each : jobs) names += (names.empty() ? "" : ", ") + each.name;
    log::error("not stopped in time", {{"unfinished", names}, {"why", classify(failed).what}});
    exit_code = 1;
  }
};

runtime::runtime() {
  crypto_start();
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT: a write to a closed socket is an error code, not the end
  state_ = std::make_unique<state>();
  state_->ending.add(SIGINT);
  state_->ending.add(SIGTERM);
  state_->reloading.add(SIGHUP);
}

runtime::~runtime() = default;

asio::io_context& runtime::context() { return state_->loop; }

asio::any_io_executor runtime::executor() { return state_->loop.get_executor(); }

void runtime::spawn(std::string name, task<> work) {
  auto& s = *state_;
  const auto self = s.jobs.emplace(s.jobs.end());
  self->name = std::move(name);
  asio::co_spawn(
      s.loop, std::move(work), asio::bind_cancellation_slot(self->cancel.slot(), [&s, self](std::exception_ptr failed) {
        if (failed) {
          const auto why = classify(failed);
          if (!(s.stopping && why.kind == failure::cancelled)) {
            log::error("ended by an exception", {{"part", self->name}, {"code", why.code}, {"why", why.what}});
            s.exit_code = 1;
            s.begin_stop();
          }
        }
        s.jobs.erase(self);
        if (s.jobs.empty()) s.jobs_gone.cancel();
      }));
}

void runtime::on_stop(std::string name, std::function<task<>()> step) {
  state_->steps.push_back({std::move(name), std::move(step)});
}

void runtime::on_reload(std::function<void()> reload) { state_->reload = std::move(reload); }

int runtime::run(std::chrono::milliseconds drain) {
  auto& s = *state_;
  s.drain = drain;
  s.running = true;
  s.wait_for_end();
  s.wait_for_reload();
  if (s.stop_asked) s.begin_stop();
  for (;;) {
    try {
      s.loop.run();
      break;
    } catch (...) {
      // A plain callback threw: same rule as for spawned work.
      log::error("ended by an exception", {{"why", classify(std::current_exception()).what}});
      s.exit_code = 1;
      s.begin_stop();
    }
  }
  return s.exit_code;
}

void runtime::stop() {
  asio::post(state_->loop, [s = state_.get()] { s->begin_stop(); });
}

}  // namespace hub::async
