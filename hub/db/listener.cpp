#include "hub/db/listener.hpp"

#include "hub/db/parameters.hpp"

#include <utility>

namespace hub::db {

namespace {

using namespace std::chrono_literals;

class ear : public pqxx::notification_receiver {
 public:
  ear(pqxx::connection_base& on, const std::string& channel, std::vector<std::string>& into)
      : pqxx::notification_receiver(on, channel), into_(into) {}
  void operator()(const std::string& payload, int) override { into_.push_back(payload); }

 private:
  std::vector<std::string>& into_;
};

}  // namespace

struct listener::state {
  connect_options options;
  std::string channel;
  std::vector<std::string> got;
  std::chrono::steady_clock::time_point next_try{};
  // The receiver goes before the connection that it is registered with.
  std::unique_ptr<pqxx::connection> open;
  std::unique_ptr<ear> hears;

  void drop() {
    hears.reset();
    open.reset();
  }
};

listener::listener(connect_options options, std::string channel) : state_(std::make_unique<state>()) {
  state_->options = std::move(options);
  state_->channel = std::move(channel);
}
listener::~listener() = default;

std::vector<std::string> listener::heard() noexcept {
  auto& s = *state_;
  try {
    if (!s.open) {
      const auto now = std::chrono::steady_clock::now();
      if (now < s.next_try) return {};
      s.next_try = now + 5s;
      s.open = std::make_unique<pqxx::connection>(with_parameters(s.options));
      s.open->inhibit_reactivation(true);
      s.hears = std::make_unique<ear>(*s.open, s.channel, s.got);
    }
    s.open->get_notifs();
  } catch (const std::exception&) {
    s.drop();
  }
  return std::exchange(s.got, {});
}

}  // namespace hub::db
