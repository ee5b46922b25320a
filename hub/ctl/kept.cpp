#include "hub/ctl/kept.hpp"

#include <exception>

namespace hub::ctl {

using namespace std::chrono_literals;

namespace {

/// Running this long, it is well again.
constexpr auto settled = 30s;

}  // namespace

// The first pause stays well below the second in which a dead program is to be back.
kept::kept(std::string name, std::function<process_id()> begin)
    : name_(std::move(name)), begin_(std::move(begin)), pauses_(200ms, 10s) {}

kept::change kept::look(time now) {
  if (process_) {
    exit_code_.reset();
    if (!is_alive(process_, &exit_code_)) {
      process_ = {};
      return mourn(now, change::died);
    }
    if (deaths_ > 0 && now - begun_ > settled) {
      deaths_ = 0;
      pauses_.reset();
    }
    return change::none;
  }
  if (!due_ || now < *due_) return change::none;
  due_.reset();
  begun_ = now;
  try {
    process_ = begin_();
    return change::began;
  } catch (const std::exception& e) {
    reason_ = e.what();
    return mourn(now, change::not_begun);
  }
}

kept::change kept::mourn(time now, change what) {
  if (now - begun_ > settled) {
    deaths_ = 0;
    pauses_.reset();
  }
  ++deaths_;
  due_ = now + pauses_.next();
  return what;
}

}  // namespace hub::ctl
