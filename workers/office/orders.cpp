#include "workers/office/orders.hpp"

#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/log.hpp"
#include "hub/db/times.hpp"
#include "hub/http/client.hpp"
#include "hub/http/text.hpp"
#include "hub/message/json.hpp"
#include "workers/store/outgoing_orders.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace workers::office {

namespace {

using hub::message::order_asked;
using hub::message::order_state;
using hub::message::order_told;
namespace outgoing = store::outgoing_orders;
using namespace std::chrono_literals;

constexpr int first_wait = 5, longest_wait = 300;  // seconds
constexpr std::size_t most_vehicles = 64;

/// By account and key.
using order_list = std::map<std::pair<std::string, std::string>, order_asked>;

order_list wanted_orders(pqxx::work& tx) {
  order_list made;
  for (const auto& row : outgoing::wanted(tx)) {
    const auto key = "lead-" + row[0].as<std::string>();
    auto& one = made[{row[1].as<std::string>(), key}];
    if (one.vehicles.size() == most_vehicles) continue;
    one.hub_id = key;
    one.vehicles.push_back({row[2].as<std::string>(), row[3].as<std::string>(), row[4].as<std::string>()});
    one.currency = row[5].as<std::string>();
    one.total = row[6].as<std::string>();
    one.customer_id = row[7].as<std::string>();
    one.customer_name = row[8].as<std::string>();
    one.customer_email = row[9].as<std::string>();
    one.placed_at = hub::db::instant_at(row, 10);
  }
  return made;
}

// Neither the version nor the ERP's id is content: both follow from it.
std::string hash_of(order_asked one) {
  one.version.clear();
  one.erp_id.clear();
  return hub::to_hex(hub::sha256(hub::message::to_json(one)));
}

hub::async::task<order_outcome> ask(hub::http::client* http, hub::http::outgoing request) {
  order_outcome made;
  try {
    const auto got = co_await http->fetch(std::move(request));
    const auto parsed = got.status == 200 ? hub::message::parse_json(got.body) : hub::result<boost::json::value>(hub::problem{});
    auto told = parsed ? hub::message::from_json<order_told>(*parsed) : hub::result<order_told>(hub::problem{});
    if (told) {
      made.reached = true;
      made.told = std::move(*told);
    } else if (got.status == 404 || got.status == 400) {
      made.reached = true;
      made.told = {order_state::refused, "hub-connector answered with HTTP " + std::to_string(got.status)};
    } else {
      made.told.why = "hub-connector answered with HTTP " + std::to_string(got.status);
    }
  } catch (const hub::error& e) {
    made.told.why = e.what();
  }
  co_return made;
}

}  // namespace

std::size_t find_orders_to_send(pqxx::work& tx) {
  auto orders = wanted_orders(tx);
  store::outgoing_columns rows;
  const auto add = [&](const std::pair<std::string, std::string>& key, order_asked one, const std::string& hash) {
    one.version = hash.substr(0, 16);
    rows.account.add(key.first);
    rows.key.add(key.second);
    rows.version.add(one.version);
    rows.content_hash.add(hash);
    rows.content.add(hub::message::to_json(one));
  };
  for (const auto& row : outgoing::sent(tx)) {
    const std::pair key(row[1].as<std::string>(), row[0].as<std::string>());
    const auto known_hash = row[2].as<std::string>();
    if (const auto now = orders.find(key); now != orders.end()) {
      now->second.erp_id = row[4].as<std::string>();
      const auto hash = hash_of(now->second);
      if (hash != known_hash) add(key, now->second, hash);
      orders.erase(now);
      continue;
    }
    if (row[5].as<bool>()) continue;
    const auto parsed = hub::message::parse_json(row[3].as<std::string>());
    auto before = parsed ? hub::message::from_json<order_asked>(*parsed) : hub::result<order_asked>(hub::problem{});
    if (!before || before->cancelled) continue;
    before->cancelled = true;
    before->erp_id = row[4].as<std::string>();
    add(key, *before, hash_of(*before));
  }
  for (const auto& [key, one] : orders) add(key, one, hash_of(one));
  if (!rows.key.empty()) outgoing::write(tx, rows);
  return rows.key.size();
}

order_outcome ask_connector(const connector_address& at, const std::string& account, const std::string& content) {
  order_outcome made;
  const auto base = at.url ? at.url() : std::string();
  if (base.empty()) {
    made.told.why = "hub-connector does not run";
    return made;
  }
  const auto colon = account.find(':');
  hub::http::outgoing request;
  request.method = "POST";
  request.url = base + "/internal/order?channel=" + hub::http::percent_encode(account.substr(0, colon)) +
                "&account=" + hub::http::percent_encode(account.substr(colon + 1));
  request.head.set("Authorization", "Bearer " + at.token.reveal());
  request.head.set("Content-Type", "application/json");
  request.body = content;
  request.total_time = 10s;
  // Orders are few: a loop each, so that nothing of one outlives it.
  boost::asio::io_context loop(1);
  hub::http::client http(loop);
  boost::asio::co_spawn(loop, ask(&http, std::move(request)), [&](std::exception_ptr failed, order_outcome got) {
    if (!failed) made = std::move(got);
    loop.stop();
  });
  loop.run();
  return made;
}

bool send_order(hub::db::connection& database, const connector_address& at) {
  std::string account, key, content;
  int attempt = 0;
  const bool any = database.transact([&](pqxx::work& tx) {
    const auto rows = outgoing::take(tx);
    if (rows.empty()) return false;
    account = rows[0][0].as<std::string>();
    key = rows[0][1].as<std::string>();
    attempt = rows[0][2].as<int>();
    content = rows[0][3].as<std::string>();
    return true;
  });
  if (!any) return false;
  FAILPOINT("office.taken", key);
  const auto got = ask_connector(at, account, content);
  FAILPOINT("office.sent", key);
  const bool kept = got.reached && got.told.state == order_state::kept;
  const auto state = kept ? "done" : got.reached ? "refused" : "waiting";
  const int wait = std::min(longest_wait, first_wait << std::min(attempt, 10));
  database.transact([&](pqxx::work& tx) { outgoing::settle(tx, account, key, attempt, state, got.told.why, wait); });
  if (got.reached && !kept)
    hub::log::warn("an order was not taken", {{"account", account}, {"order", key}, {"why", got.told.why}});
  return got.reached;
}

}  // namespace workers::office
