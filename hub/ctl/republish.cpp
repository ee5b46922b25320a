#include "hub/ctl/republish.hpp"

#include "hub/amqp/publisher.hpp"
#include "hub/ctl/quarantine_rows.hpp"
#include "hub/ctl/subcommand.hpp"
#include "hub/message/codec.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace hub::ctl {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

namespace {

constexpr auto confirm_patience = 30s;
constexpr auto look_every = 100ms;

}  // namespace

/// The publisher, and what became of what it was given.
class republisher::outlet {
 public:
  outlet(const config::settings& settings) : shards_(settings.ingest.shards) {
    if (settings.broker.url.empty())
      throw not_running("no broker is known: the system does not run and HUB__BROKER__URL is not set");
    amqp::publisher_options to;
    to.broker.url = settings.broker.url.reveal();
    to.broker.client_name = "hubctl";
    to.shards = shards_;
    publisher_ = std::make_unique<amqp::publisher>(to, [this](std::vector<amqp::settlement> list) {
      std::lock_guard lock(mutex_);
      for (const auto& s : list) outcomes_[s.ticket] = s.result;
      changed_.notify_all();
    });
    const auto until = steady::now() + 15s;
    while (!publisher_->ready()) {
      if (steady::now() > until)
        throw not_running("the broker at " + amqp::without_password(to.broker.url) + " does not take messages");
      std::this_thread::sleep_for(20ms);
    }
  }

  std::uint64_t submit(const message::event& event, const std::string& body) {
    std::vector<amqp::publication> list;
    list.push_back({++last_, message::shard_of(event.conversation, shards_), event.key, body});
    publisher_->submit(std::move(list));
    return last_;
  }

  bool confirmed(std::uint64_t ticket) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, confirm_patience, [&] { return outcomes_.contains(ticket); });
    const auto found = outcomes_.find(ticket);
    return found != outcomes_.end() && found->second == amqp::outcome::confirmed;
  }

 private:
  std::uint32_t shards_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, amqp::outcome> outcomes_;
  std::uint64_t last_ = 0;
  std::unique_ptr<amqp::publisher> publisher_;  // ends first: it calls back
};

republisher::republisher(db::connection& database, const config::settings& settings, std::chrono::seconds patience)
    : database_(database), settings_(settings), patience_(patience) {}

republisher::~republisher() = default;

void republisher::connect() {
  if (!outlet_) outlet_ = std::make_unique<outlet>(settings_);
}

republished republisher::publish(const message::event& event, const std::string& body, int attempts_before) {
  connect();
  return {event.key, outlet_->submit(event, body), attempts_before};
}

void republisher::follow(const std::vector<republished*>& events, const std::function<void()>& moved) {
  for (auto* one : events)
    if (!outlet_->confirmed(one->ticket)) one->what = republished::fate::unpublished;
  const auto is_open = [](const republished* one) { return one->what == republished::fate::open; };
  auto progress = steady::now();
  while (std::any_of(events.begin(), events.end(), is_open) && steady::now() - progress < patience_) {
    if (look(events)) {
      progress = steady::now();
      if (moved) moved();
    }
    if (std::any_of(events.begin(), events.end(), is_open)) std::this_thread::sleep_for(look_every);
  }
}

bool republisher::look(const std::vector<republished*>& events) {
  db::array keys;
  for (const auto* one : events)
    if (one->what == republished::fate::open) keys.add(one->key);
  std::set<std::string> known;
  std::map<std::string, int> quarantined;
  database_.transact([&](pqxx::work& tx) {
    known = known_keys(tx, keys);
    quarantined = quarantine_attempts(tx, keys);
  });
  bool moved = false;
  for (auto* one : events) {
    if (one->what != republished::fate::open) continue;
    const auto found = quarantined.find(one->key);
    if (known.contains(one->key))
      one->what = republished::fate::arrived;
    else if (found != quarantined.end() && found->second > one->attempts_before)
      one->what = republished::fate::quarantined;
    moved |= one->what != republished::fate::open;
  }
  return moved;
}

std::string republisher::cause_of(const std::string& key) {
  const auto rows = database_.transact(
      [&](pqxx::work& tx) { return tx.exec_params("select cause from quarantine where event_key = $1", key); });
  return rows.empty() ? "unknown" : rows[0][0].as<std::string>();
}

void pacer::wait() {
  if (rate_ <= 0) return;
  next_ = std::max(next_ + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(1 / rate_)), steady::now());
  std::this_thread::sleep_until(next_);
}

}  // namespace hub::ctl
