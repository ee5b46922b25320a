#include "connectors/erp/kept_orders.hpp"

#include "connectors/erp/words.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/message/json.hpp"

#include <algorithm>
#include <filesystem>

namespace connectors::erp {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view ending = ".order";
constexpr hub::message::json_limits file_limits{.bytes = 4 << 20, .depth = 8};

std::optional<kept_order> read(const hub::secret& key, const std::string& path) {
  const auto opened = hub::unseal(key, read_small(path));
  if (!opened) return std::nullopt;
  const auto parsed = hub::message::parse_json(*opened, file_limits);
  if (!parsed) return std::nullopt;
  auto made = hub::message::from_json<kept_order>(*parsed);
  if (!made) return std::nullopt;
  return std::move(*made);
}

}  // namespace

kept_orders::kept_orders(std::string directory, const account_context& of) : directory_(std::move(directory)), of_(of) {
  fs::create_directories(directory_);
  for (const auto& entry : fs::directory_iterator(directory_)) {
    if (entry.path().extension() != ending) continue;
    if (auto one = read(of_.seal_key, entry.path().string()))
      orders_[one->hub_id] = std::move(*one);
    else
      hub::log::error("an order that was kept for the ERP cannot be read: another seal key?",
                      {{"account", of_.account}, {"file", entry.path().filename().string()}});
  }
}

std::string kept_orders::path_of(const std::string& hub_id) const {
  return directory_ + "/" + hub::to_hex(hub::sha256(hub_id)) + std::string(ending);
}

void kept_orders::write(const kept_order& one) const {
  replace_file(path_of(one.hub_id), hub::seal(of_.seal_key, hub::message::to_json(one)));
}

void kept_orders::keep(const hub::message::order_asked& order) {
  const auto before = orders_.find(order.hub_id);
  kept_order now;
  if (before != orders_.end()) {
    if (before->second.version == order.version) return;
    now = before->second;
  }
  now.hub_id = order.hub_id;
  now.version = order.version;
  ++now.turn;
  now.order = order;
  write(now);
  orders_[now.hub_id] = std::move(now);
  FAILPOINT("erp.order_kept", order.hub_id);
}

std::vector<hub::message::order_asked> kept_orders::give(const std::string& session, std::size_t most) {
  std::vector<hub::message::order_asked> list;
  given_orders given{session, {}};
  for (const auto& [id, one] : orders_) {
    if (one.taken == one.turn || !one.order) continue;
    if (list.size() == most) break;
    list.push_back(*one.order);
    given.list.push_back({one.hub_id, one.version, one.turn});
  }
  replace_file(directory_ + "/given", hub::message::to_json(given));
  FAILPOINT("erp.orders_given", list.empty() ? "" : list.front().hub_id);
  return list;
}

void kept_orders::taken(const std::string& session, outbox& to, hub::instant now) {
  const auto parsed = hub::message::parse_json(read_small(directory_ + "/given"), file_limits);
  const auto given = parsed ? hub::message::from_json<given_orders>(*parsed) : hub::result<given_orders>(parsed.error());
  // What was given in a session that broke off may never have arrived.
  if (!given || given->session != session || given->list.empty()) return;
  std::vector<hub::message::event> events;
  for (const auto& one : given->list) {
    auto made =
        event_of(of_, "order_handed:" + one.hub_id + ":" + std::to_string(one.turn) + ":" + short_hash(one.version), now, now);
    made.data = hub::message::order_handed{one.hub_id, one.version, ""};
    events.push_back(std::move(made));
  }
  to.add(events);
  FAILPOINT("erp.orders_told", given->list.front().hub_id);
  for (const auto& one : given->list) {
    const auto found = orders_.find(one.hub_id);
    if (found == orders_.end() || found->second.taken >= one.turn) continue;
    auto after = found->second;
    after.taken = one.turn;
    // Another content came meanwhile: it is still to be given.
    if (after.taken == after.turn) after.order.reset();
    write(after);
    found->second = std::move(after);
    FAILPOINT("erp.order_taken", one.hub_id);
  }
  std::error_code ignored;
  fs::remove(directory_ + "/given", ignored);
}

std::size_t kept_orders::waiting() const {
  return static_cast<std::size_t>(
      std::count_if(orders_.begin(), orders_.end(), [](const auto& one) { return one.second.taken != one.second.turn; }));
}

}  // namespace connectors::erp
