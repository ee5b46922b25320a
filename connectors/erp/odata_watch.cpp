#include "connectors/erp/odata_watch.hpp"

#include "connectors/erp/import.hpp"
#include "connectors/erp/words.hpp"
#include "hub/async/within.hpp"
#include "hub/base/crypto.hpp"
#include "hub/base/failpoint.hpp"
#include "hub/base/failure.hpp"
#include "hub/base/log.hpp"
#include "hub/base/text.hpp"
#include "hub/base/time_zone.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace connectors::erp {

namespace {

using namespace std::chrono_literals;
using boost::json::array;
using hub::message::event;

constexpr std::size_t keys_at_once = 20;  // a query of some 2 KiB
constexpr std::size_t events_at_once = 200;
constexpr int most_scans = 3;             // of rows that change meanwhile
constexpr auto wait_for_a_person = 1min;  // a password or a right does not mend itself
constexpr std::string_view message_position = "odata message";
constexpr std::string_view presence_position = "odata presence";
constexpr std::string_view scan_position = "odata scan";

[[noreturn]] void fail(const std::string& code, const std::string& what) {
  throw hub::error(hub::failure::transient, code, what);
}

std::string versions_position(const std::string& entity) { return "odata versions " + entity; }

bool is_due(const std::string& last, std::chrono::milliseconds every, hub::instant now) {
  const auto at = hub::parse_rfc3339(last);
  return !at || *at > now || now - *at >= every;
}

std::string words_of(const hub::problem& error) {
  return error.where.empty() ? error.what
                             : "the ERP answers error " + error.where.substr(error.where.find(' ') + 1) + ": " + error.what;
}

}  // namespace

settings as_file_settings(const odata_settings& with) {
  settings made;
  made.timezone = with.timezone;
  made.available = with.available;
  made.reserved = with.reserved;
  made.sold = with.sold;
  made.archived = with.archived;
  return made;
}

hub::result<std::vector<event>> rows_as_events(const account_context& of, const odata_settings& with, const std::string& entity,
                                               const array& rows, hub::instant asked_at) {
  if (entity == with.customers) return customers_in(of, rows, asked_at);
  if (entity == with.orders) return orders_in(of, with.order_attributes, with.timezone, with.attributes.currency, rows, asked_at);
  if (entity != with.vehicles) return hub::problem{"", "rows of an entity that is not configured"};
  const auto like_files = as_file_settings(with);
  return goods_as_events(of, like_files, vehicles_in(like_files, with.attributes, {}, rows, asked_at), asked_at);
}

odata_watch::odata_watch(const account_context& of, const odata_settings& with) : of_(of), with_(with), wait_(5s, 10min) {}

hub::async::task<> odata_watch::run(intake_port port) {
  while (true) {
    const auto pause = co_await look(port);
    co_await hub::async::sleep_for(pause);
  }
}

hub::async::task<std::chrono::milliseconds> odata_watch::look(intake_port& port) {
  std::chrono::milliseconds pause = with_.poll_every;
  note_.clear();
  try {
    co_await round(port);
    wait_.reset();
    port.trouble(note_);
  } catch (const hub::error& e) {
    if (e.kind() == hub::failure::cancelled) throw;
    pause = wait_.next();
    if (e.code() == "refused") pause = std::max<std::chrono::milliseconds>(pause, wait_for_a_person);
    port.trouble(e.what());
    hub::log::warn("the ERP cannot be asked",
                   {{"channel", of_.channel}, {"account", of_.account}, {"error", e.what()}, {"wait", hub::to_text(pause)}});
  }
  co_return pause;
}

hub::async::task<> odata_watch::round(intake_port& port) {
  const auto now = of_.clock->now();
  const bool by_node = !with_.exchange_node.empty();
  if (by_node && !is_due(port.position(scan_position), with_.scan_every, now)) {
    co_await changes(port);
    co_return;
  }
  for (const auto& entity : {with_.vehicles, with_.customers, with_.orders})
    if (!entity.empty()) co_await catch_up(port, entity);
  if (by_node) port.keep_position(scan_position, hub::to_rfc3339(now));
}

hub::async::task<std::string> odata_watch::ask(intake_port& port, std::string method, std::string query) {
  hub::http::outgoing question;
  question.method = std::move(method);
  question.url = with_.url + "/" + query;
  question.head.set("Authorization", "Basic " + hub::to_base64(with_.user.reveal() + ":" + with_.password.reveal()));
  question.head.set("Accept", "application/json, application/atom+xml, text/plain");
  question.total_time = 60s;
  question.max_body = hub::byte_count{64 << 20};
  auto answer = co_await port.http.fetch(std::move(question));
  if (answer.status / 100 == 2) co_return std::move(answer.body);
  // Before anything else: what a web server says with these two is no OData.
  if (answer.status == 401 || answer.status == 403)
    fail("refused", "the ERP refuses user or password, or the user may not read what is asked for");
  const auto error = read_page(answer.body);
  if (!error && !error.error().where.empty()) fail("refused", words_of(error.error()));
  if (answer.status == 404) fail("refused", "nothing is published at this address: HTTP 404");
  fail("answer", "the ERP's web server answers HTTP " + std::to_string(answer.status));
}

hub::async::task<array> odata_watch::rows_of(intake_port& port, std::string query) {
  const auto body = co_await ask(port, "GET", std::move(query));
  auto rows = read_page(body);
  if (!rows) fail("answer", words_of(rows.error()));
  co_return std::move(*rows);
}

hub::async::task<std::uint64_t> odata_watch::count(intake_port& port, std::string query) {
  const auto body = co_await ask(port, "GET", std::move(query));
  auto digits = std::string_view(body);
  if (digits.starts_with("\xEF\xBB\xBF")) digits.remove_prefix(3);
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failed != std::errc() || !hub::trim({end, digits.data() + digits.size()}).empty()) fail("answer", "$count is no number");
  co_return number;
}

hub::async::task<odata_watch::scanned> odata_watch::scan(intake_port& port, std::string entity, std::string filter) {
  const auto top = static_cast<std::size_t>(with_.page_size);
  scanned found;
  for (int i = 0; i < most_scans; ++i) {
    found = {};
    const auto before = co_await count(port, count_query(entity, filter));
    std::size_t seen = 0;
    while (true) {
      const auto rows = co_await rows_of(port, page_query(entity, top, seen, "Ref_Key,DataVersion,DeletionMark", filter));
      found.rows.merge(versions_of(rows));
      seen += rows.size();
      // A server may give fewer than it is asked for.
      if (rows.empty() || (rows.size() < top && seen >= before)) break;
      // Nor will one that always gives the same page ever end.
      if (seen > 2 * (before + top)) break;
    }
    const auto after = co_await count(port, count_query(entity, filter));
    found.whole = before == after && seen == after && found.rows.size() == seen;
    // Rows that came or went meanwhile shift the pages.
    if (before == after) break;
  }
  co_return found;
}

hub::async::task<> odata_watch::catch_up(intake_port& port, std::string entity) {
  const auto begun = of_.clock->now();
  std::string filter;
  if (entity == with_.orders) {
    auto since = hub::to_wall_clock(begun - with_.order_window, with_.timezone);
    since[10] = 'T';
    filter = "Date ge datetime'" + since + "'";
  }
  const auto found = co_await scan(port, entity, filter);
  const auto differs = compare(known(port, entity), found.rows);
  co_await read(port, entity, differs.changed);
  if (!found.whole) {
    note_ = "the ERP counts other rows of " + entity + " than it gives: what is gone is not told";
    co_return;
  }
  if (entity == with_.vehicles && (!differs.gone.empty() || is_due(port.position(presence_position), with_.scan_every, begun)))
    co_await tell_presence(port, found.rows, begun);
  if (differs.gone.empty()) co_return;
  for (const auto& id : differs.gone) known(port, entity).erase(id);
  keep(port, entity);
}

/// What these rows hold now; remembered as read when it is safe.
hub::async::task<> odata_watch::read(intake_port& port, std::string entity, std::vector<std::string> ids) {
  std::vector<event> events;
  versions fresh;
  for (std::size_t at = 0; at < ids.size();) {
    const auto end = std::min(at + keys_at_once, ids.size());
    const std::vector<std::string> some(ids.begin() + static_cast<std::ptrdiff_t>(at),
                                        ids.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
    const auto asked_at = of_.clock->now();
    const auto query = keys_query(entity, some, entity == with_.vehicles ? with_.expand : std::vector<std::string>());
    const auto rows = co_await rows_of(port, query);
    auto made = rows_as_events(of_, with_, entity, rows, asked_at);
    if (!made) fail("rows", made.error().what);
    std::move(made->begin(), made->end(), std::back_inserter(events));
    // The version that was read, which may be newer than the one that was scanned.
    fresh.merge(versions_of(rows));
    if (events.size() < events_at_once && at < ids.size()) continue;
    co_await accept(port, std::move(events));
    events.clear();
    auto& to = known(port, entity);
    for (auto& [id, version] : fresh) to[id] = std::move(version);
    fresh.clear();
    keep(port, entity);
  }
}

hub::async::task<> odata_watch::tell_presence(intake_port& port, const versions& found, hub::instant asked_at) {
  std::vector<std::string> present;
  for (const auto& [id, version] : found)
    if (!version.ends_with(" deleted")) present.push_back(id);
  auto events =
      presence_events(of_, as_file_settings(with_), std::move(present), with_.vehicles, hub::to_rfc3339(asked_at), asked_at);
  co_await accept(port, std::move(events));
  port.keep_position(presence_position, hub::to_rfc3339(asked_at));
}

hub::async::task<> odata_watch::changes(intake_port& port) {
  const auto kept = port.position(message_position);
  std::uint64_t message = 0;
  std::from_chars(kept.data(), kept.data() + kept.size(), message);
  ++message;
  const auto node = with_.url + "/" + with_.exchange_node;
  const auto asked_at = of_.clock->now();
  const auto feed = co_await ask(port, "POST", exchange_query("SelectChanges", node, message));
  const auto found = read_changes(feed);
  if (!found) fail("answer", "the ERP's list of changes cannot be read: " + found.error().what);
  for (const auto& entity : {with_.vehicles, with_.customers, with_.orders}) {
    const auto changed = found->changed.find(entity);
    if (!entity.empty() && changed != found->changed.end()) co_await read(port, entity, changed->second);
  }
  if (const auto gone = found->gone.find(with_.vehicles); gone != found->gone.end()) {
    std::vector<goods> removed;
    for (const auto& id : gone->second) {
      goods one;
      one.id = id;
      one.formed = hub::to_rfc3339(asked_at);
      one.deleted = true;
      removed.push_back(std::move(one));
      known(port, with_.vehicles).erase(id);
    }
    auto events = goods_as_events(of_, as_file_settings(with_), std::move(removed), asked_at);
    if (!events) fail("rows", events.error().what);
    co_await accept(port, std::move(*events));
    keep(port, with_.vehicles);
  }
  // First ours, then the ERP's: a number that is not confirmed comes again with the next one.
  port.keep_position(message_position, std::to_string(message));
  FAILPOINT("odata.before_notify", of_.account);
  co_await ask(port, "POST", exchange_query("NotifyChangesReceived", node, message));
}

hub::async::task<> odata_watch::accept(intake_port& port, std::vector<event> events) {
  if (events.empty()) co_return;
  const bool safe = co_await port.accept(std::move(events));
  if (!safe) fail("intake", "objects cannot be kept: neither broker nor spool takes them");
}

odata_watch::versions& odata_watch::known(const intake_port& port, const std::string& entity) {
  const auto [at, is_new] = known_.try_emplace(entity);
  if (is_new)
    for (const auto& line : hub::split(port.position(versions_position(entity)), '\n'))
      if (const auto blank = line.find(' '); blank != std::string::npos)
        at->second[line.substr(0, blank)] = line.substr(blank + 1);
  return at->second;
}

void odata_watch::keep(intake_port& port, const std::string& entity) {
  std::string text;
  for (const auto& [id, version] : known(port, entity)) text += id + " " + version + "\n";
  port.keep_position(versions_position(entity), text);
}

}  // namespace connectors::erp
