#include "hub/ctl/kept_events.hpp"

#include "hub/base/text.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/message/codec.hpp"
#include "workers/store/messages.hpp"
#include "workers/store/people.hpp"
#include "workers/store/plans.hpp"

namespace hub::ctl {

namespace {

constexpr int page_size = 500;

std::optional<std::int64_t> number_at(const pqxx::row& row, int column) {
  return row[column].is_null() ? std::nullopt : std::optional(row[column].as<std::int64_t>());
}

void read_body(kept_event& e, std::string body) {
  auto elements = message::decode(body);
  e.body = std::move(body);
  if (elements.size() == 1)
    e.value = std::move(elements.front().value);
  else
    e.value = problem{"", "is no single event"};
}

[[noreturn]] void refuse(const std::string& what) { throw error(failure::permanent, "not found", what); }

/// Why no event of this key is kept.
std::string why_missing(pqxx::work& tx, const std::string& key) {
  const auto shown = one_line(key, 200);
  const auto quarantined = tx.exec_params("select id, state from quarantine where event_key = $1", key);
  if (!quarantined.empty())
    return shown + " is in quarantine as entry " + std::string(quarantined[0][0].c_str()) + ", " +
           std::string(quarantined[0][1].c_str()) + ": hubctl quarantine show says more";
  const auto known = tx.exec_params("select " + utc_of("processed_at") + " from event_key where key = $1", key);
  if (!known.empty())
    return shown + " was processed at " + utc_words(text_or_empty(known[0][0])).substr(0, 19) +
           " UTC, and its kept event is gone: retention.events says for how long";
  return "no event with the key " + shown + " is kept";
}

/// When each of the kept events was received, in the order of arrival; throws where one is not kept.
void place(pqxx::work& tx, std::vector<std::string>& keys, std::vector<std::string>& received) {
  db::array asked;
  for (const auto& key : keys) asked.add(key);
  // By index for those whose key is known; the others are looked for in all that is kept.
  const std::string by_key =
      "select b.received_at::text as at, b.key from event_key k join event_body b on b.received_at = k.received_at and b.key = "
      "k.key"
      " where k.key = any ($1::text[])";
  std::set<std::string> missing(keys.begin(), keys.end());
  db::array unknown;
  for (const auto& row : tx.exec_params(by_key, asked.text())) missing.erase(text_or_empty(row[1]));
  for (const auto& key : missing) unknown.add(key);
  const auto rows = tx.exec_params("select at, key from (" + by_key +
                                       " union select received_at::text, key from event_body where key = any ($2::text[])" +
                                       ") w order by at::timestamptz, key",
                                   asked.text(), unknown.text());
  keys.clear();
  for (const auto& row : rows) {
    received.push_back(text_or_empty(row[0]));
    keys.push_back(text_or_empty(row[1]));
    missing.erase(keys.back());
  }
  std::string why;
  for (const auto& key : missing) why += (why.empty() ? "" : "\n  ") + why_missing(tx, key);
  if (!why.empty()) refuse(why);
}

const std::string columns_of_state = "k.key is not null, coalesce(m.lead_id, a.lead_id), coalesce(m.customer_id, a.customer_id)";
const std::string joined_state =
    " left join event_key k on k.key = b.key left join message m on m.event_key = b.key left join activity a on a.event_key = "
    "b.key";

}  // namespace

void prepare_replay(pqxx::connection& c) {
  // A page asks for few rows of large tables.
  workers::store::plan_by_index(c);
  workers::store::people::prepare(c);
  workers::store::messages::prepare(c);
}

kept_events::kept_events(db::connection& database, const kept_selection& which) : database_(database), which_(which) {
  database_.transact([&](pqxx::work& tx) {
    customers_.clear();
    if (which_.customer)
      for (const auto& row : tx.exec_params("select link_of($1)", *which_.customer)) customers_.insert(row[0].as<std::int64_t>());
    if (which_.customer && customers_.empty()) refuse("there is no customer " + std::to_string(*which_.customer));
    if (which_.lead && tx.exec_params("select from lead where id = $1", *which_.lead).empty())
      refuse("there is no lead " + std::to_string(*which_.lead));
    received_.clear();
    keys_ = which_.keys;
    if (!keys_.empty()) place(tx, keys_, received_);
  });
  rewind();
}

void kept_events::rewind() {
  after_time_ = "-infinity";
  after_key_.clear();
  line_ = given_ = 0;
  ended_ = false;
  if (which_.file.empty()) return;
  lines_ = std::ifstream(which_.file);
  if (!lines_) refuse("cannot read " + which_.file);
}

std::vector<kept_event> kept_events::next() {
  while (!ended_) {
    auto found = which_.file.empty() ? page() : page_of_file();
    find_customers(found);
    std::erase_if(found, [&](const kept_event& e) { return !is_meant(e); });
    if (which_.limit > 0 && given_ + found.size() >= which_.limit) {
      found.resize(which_.limit - given_);
      ended_ = true;
    }
    given_ += found.size();
    if (!found.empty()) return found;
  }
  return {};
}

std::vector<kept_event> kept_events::page() {
  std::vector<kept_event> made;
  const auto take = [&](const pqxx::result& rows) {
    for (const auto& row : rows) {
      auto& e = made.emplace_back();
      after_time_ = text_or_empty(row[0]);
      after_key_ = e.key = text_or_empty(row[1]);
      read_body(e, text_or_empty(row[2]));
      e.known = row[3].as<bool>();
      e.lead = number_at(row, 4);
      e.customer = number_at(row, 5);
    }
  };
  const std::string head = "select b.received_at::text, b.key, b.body, " + columns_of_state;
  const auto time_or_null = [](const std::optional<instant>& t) {
    return t ? std::optional(to_rfc3339(*t)) : std::optional<std::string>();
  };
  database_.transact([&](pqxx::work& tx) {
    made.clear();
    if (!keys_.empty()) {
      db::array times, keys;
      for (; line_ < keys_.size() && keys.size() < page_size; ++line_) {
        times.add(received_[line_]);
        keys.add(keys_[line_]);
      }
      take(tx.exec_params(head + " from unnest($1::timestamptz[], $2::text[]) as w(at, key) join event_body b" +
                              " on b.received_at = w.at and b.key = w.key" + joined_state + " order by b.received_at, b.key",
                          times.text(), keys.text()));
      ended_ = line_ >= keys_.size();
      return;
    }
    take(tx.exec_params(head + " from event_body b" + joined_state +
                            " where b.received_at >= greatest($1::timestamptz, $3::timestamptz)"
                            " and (b.received_at, b.key) > ($1::timestamptz, $2) and b.received_at < coalesce($4, 'infinity')"
                            "::timestamptz order by b.received_at, b.key limit $5",
                        after_time_, after_key_, time_or_null(which_.from), time_or_null(which_.to), page_size));
    ended_ = made.size() < page_size;
  });
  return made;
}

std::vector<kept_event> kept_events::page_of_file() {
  std::vector<kept_event> made;
  db::array keys;
  for (std::string text; made.size() < page_size;) {
    if (!std::getline(lines_, text)) {
      ended_ = true;
      break;
    }
    ++line_;
    if (trim(text).empty()) continue;
    kept_event e;
    read_body(e, std::string(trim(text)));
    if (!e.value)
      refuse(which_.file + ":" + std::to_string(line_) + ": is no event that this version can read: " + to_text(e.value.error()));
    const auto at = e.value->received_at;
    if ((which_.from && at < *which_.from) || (which_.to && at >= *which_.to)) continue;
    e.key = e.value->key;
    keys.add(e.key);
    made.push_back(std::move(e));
  }
  database_.transact([&](pqxx::work& tx) {
    for (const auto& row : tx.exec_params(
             "select b.n, " + columns_of_state + " from unnest($1::text[]) with ordinality as b(key, n)" + joined_state,
             keys.text())) {
      auto& e = made[row[0].as<std::size_t>() - 1];
      e.known = row[1].as<bool>();
      e.lead = number_at(row, 2);
      e.customer = number_at(row, 3);
    }
  });
  return made;
}

// Events without a row of their own belong to whoever they name.
void kept_events::find_customers(std::vector<kept_event>& page) {
  workers::store::identity_columns who;
  std::vector<kept_event*> of;
  for (auto& e : page) {
    if (e.customer || !e.value) continue;
    for (const auto& one : message::identities_of(*e.value)) {
      who.space.add(one.space);
      who.account.add(one.account);
      who.external_id.add(one.id);
      of.push_back(&e);
    }
  }
  if (of.empty()) return;
  database_.transact([&](pqxx::work& tx) {
    for (const auto& row : workers::store::people::find_identities(tx, who))
      if (auto& e = *of[row[0].as<std::size_t>() - 1]; !e.customer) e.customer = number_at(row, 2);
  });
}

bool kept_events::is_meant(const kept_event& e) const {
  if (which_.lead && e.lead != which_.lead) return false;
  if (which_.customer && (!e.customer || !customers_.contains(*e.customer))) return false;
  if (which_.channel.empty() && which_.account.empty() && which_.kind.empty() && which_.conversation.empty()) return true;
  if (!e.value) return false;
  const auto matches = [](const std::string& wanted, std::string_view is) { return wanted.empty() || wanted == is; };
  return matches(which_.channel, e.value->channel) && matches(which_.account, e.value->account) &&
         matches(which_.kind, message::kind_of(*e.value)) && matches(which_.conversation, e.value->conversation);
}

}  // namespace hub::ctl
