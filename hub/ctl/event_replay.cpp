#include "hub/ctl/event_replay.hpp"

#include "hub/base/text.hpp"
#include "hub/ctl/connector_client.hpp"
#include "hub/ctl/quarantine_rows.hpp"
#include "hub/ctl/republish.hpp"
#include "hub/message/codec.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace hub::ctl {

namespace {

using workers::store::stored_content;

/// So many events between two words of progress.
constexpr std::size_t chunk = 500;

bool changes_something(const std::vector<content_difference>& found) {
  return std::any_of(found.begin(), found.end(), [](const content_difference& d) { return !d.stays; });
}

void write_audit(pqxx::work& tx, const std::string& action, const std::string& subject, const boost::json::object& details) {
  tx.exec_params0("insert into audit (program, action, subject, details) values ('hubctl', $1, $2, $3::jsonb)", action, subject,
                  boost::json::serialize(details));
}

}  // namespace

std::string words_of(const kept_selection& which) {
  std::string words = !which.keys.empty() ? std::to_string(which.keys.size()) + " keys" : which.file;
  const auto add = [&](const std::string& name, const std::string& value) {
    if (!value.empty()) words += (words.empty() ? "" : ", ") + name + " " + value;
  };
  add("from", which.from ? to_rfc3339(*which.from) : "");
  add("to", which.to ? to_rfc3339(*which.to) : "");
  add("channel", which.channel);
  add("account", which.account);
  add("kind", which.kind);
  add("conversation", which.conversation);
  add("customer", which.customer ? std::to_string(*which.customer) : "");
  add("lead", which.lead ? std::to_string(*which.lead) : "");
  add("limit", which.limit ? std::to_string(which.limit) : "");
  return words;
}

struct event_replay::state {
  state(db::connection& d, const config::settings& s, const event_replay_options& o)
      : database(d), settings(s), options(o), events(d, o.which), broker(d, s, o.patience), pace(o.rate) {}

  db::connection& database;
  const config::settings& settings;
  const event_replay_options& options;
  kept_events events;
  republisher broker;
  pacer pace;
  std::unique_ptr<connector_client> connectors;
  std::set<std::string> to_publish, to_update;
  replay_outcome outcome;

  /// What the connector says of it today: the event, or why not.
  void ask_connector(const kept_event& kept, replay_verdict& v) {
    v.what = replay_verdict::fate::refused;
    if (!kept.value) {
      v.why = "this version cannot read it: " + to_text(kept.value.error());
      return;
    }
    const auto& e = *kept.value;
    if (!connectors) connectors = std::make_unique<connector_client>(settings);
    connector_client::answer answer;
    try {
      pace.wait();
      answer = connectors->normalize(e.channel, e.account, kept.body, to_rfc3339(e.received_at), e.trace);
    } catch (const error& failed) {
      if (failed.code() != connector_client::no_account) throw;
      v.why = failed.what();
      return;
    }
    if (answer.status != 200) {
      v.why = answer.problem();
      return;
    }
    auto elements = message::decode(answer.body);
    if (elements.size() != 1 || !elements.front().value || elements.front().value->key != e.key ||
        elements.front().value->data.index() != e.data.index()) {
      v.why = "the connector makes another event of it";
      return;
    }
    v.what = replay_verdict::fate::unchanged;
    v.now = std::move(elements.front().value);
    v.body = std::move(elements.front().body);
  }

  replay_verdict judge(const kept_event& kept, const stored_content* stored, replay_verdict v) const {
    if (!kept.known) {
      v.what = replay_verdict::fate::unknown;
      return v;
    }
    if (stored && !is_of_another(*stored, *kept.value, *v.now)) v.found = differences(*stored, *v.now);
    // A kept event whose words have no column is brought up to date all the same.
    if (kept.value->data != v.now->data && !changes_something(v.found))
      v.found.push_back({"kept event", "as it was kept", "as the connector says it today"});
    if (changes_something(v.found)) v.what = replay_verdict::fate::differs;
    return v;
  }

  std::vector<replay_verdict> judge_all(const std::vector<kept_event>& page) {
    std::vector<replay_verdict> made(page.size());
    std::vector<const message::event*> asked;
    for (std::size_t i = 0; i < page.size(); ++i) {
      ask_connector(page[i], made[i]);
      if (made[i].now && page[i].known) asked.push_back(&*made[i].now);
    }
    const auto stored = database.transact([&](pqxx::work& tx) { return workers::store::contents::find(tx, asked, false); });
    for (std::size_t i = 0; i < page.size(); ++i) {
      if (made[i].what == replay_verdict::fate::refused) continue;
      const auto found = stored.find(page[i].key);
      made[i] = judge(page[i], found == stored.end() ? nullptr : &found->second, std::move(made[i]));
    }
    return made;
  }

  void refuse(const std::string& why) {
    ++outcome.refused;
    ++outcome.refusals[why];
  }

  /// Compares again on the locked row: somebody else may have replayed meanwhile.
  void update(const kept_event& kept, const replay_verdict& wanted) {
    const bool changed = database.transact([&](pqxx::work& tx) {
      const auto& now = *wanted.now;
      const auto rows = workers::store::contents::find(tx, {&now}, true);
      const auto row = rows.find(now.key);
      const auto found = judge(kept, row == rows.end() ? nullptr : &row->second, wanted).found;
      boost::json::array columns;
      for (const auto& d : found)
        if (!d.stays) columns.emplace_back(d.column);
      if (columns.empty()) return false;
      const bool own = row != rows.end() && !is_of_another(row->second, *kept.value, now);
      if (own) workers::store::contents::update(tx, now);
      if (*kept.value != now) workers::store::contents::keep(tx, now, wanted.body);
      const auto message = row == rows.end() ? std::nullopt : row->second.message;
      write_audit(tx, "replay_content", message ? "message:" + std::to_string(*message) : "event:" + now.key,
                  {{"by", options.who}, {"event_key", now.key}, {"columns", std::move(columns)}});
      return true;
    });
    outcome.updated += changed;
  }

  void publish(const std::vector<std::pair<message::event, std::string>>& events_of_page) {
    using enum republished::fate;
    if (events_of_page.empty()) return;
    db::array keys;
    for (const auto& [event, body] : events_of_page) keys.add(event.key);
    const auto before = database.transact([&](pqxx::work& tx) { return quarantine_attempts(tx, keys); });
    std::vector<republished> list;
    for (const auto& [event, body] : events_of_page) {
      const auto found = before.find(event.key);
      pace.wait();
      list.push_back(broker.publish(event, body, found == before.end() ? 0 : found->second));
    }
    std::vector<republished*> all;
    for (auto& one : list) all.push_back(&one);
    broker.follow(all);
    boost::json::array there;
    for (const auto& one : list) {
      const bool fresh = to_publish.contains(one.key);
      if (one.what == unpublished) {
        ++outcome.unpublished;
      } else if (!fresh) {
        ++outcome.resent;
      } else {
        ++outcome.published;
        outcome.pending += one.what == open;
        if (one.what == quarantined) refuse("hub-worker: " + broker.cause_of(one.key));
        if (one.what == arrived) {
          ++outcome.arrived;
          there.emplace_back(one.key);
        }
      }
    }
    if (!there.empty())
      database.transact([&](pqxx::work& tx) {
        write_audit(tx, "replay_published", "replay", {{"by", options.who}, {"event_keys", std::move(there)}});
      });
  }
};

event_replay::event_replay(db::connection& database, const config::settings& settings, const event_replay_options& options)
    : state_(std::make_unique<state>(database, settings, options)) {}

event_replay::~event_replay() = default;

replay_plan event_replay::plan() {
  replay_plan made;
  state_->events.rewind();
  for (auto page = state_->events.next(); !page.empty(); page = state_->events.next())
    for (const auto& e : page) {
      ++made.events;
      if (e.lead) made.leads.insert(*e.lead);
      if (e.customer) made.customers.insert(*e.customer);
      const std::string kind = e.value ? std::string(message::kind_of(*e.value)) : "not readable";
      ++made.kinds[{kind, e.value ? e.value->channel + "/" + e.value->account : "-"}];
    }
  return made;
}

replay_comparison event_replay::compare(const std::function<void(const kept_event&, const replay_verdict&)>& show) {
  auto& s = *state_;
  const bool from_file = !s.options.which.file.empty();
  replay_comparison made;
  std::size_t done = 0;
  s.to_publish.clear();
  s.to_update.clear();
  s.events.rewind();
  for (auto page = s.events.next(); !page.empty(); page = s.events.next()) {
    const auto whole = page.size();
    done += whole;
    if (from_file) made.left_alone += std::erase_if(page, [](const kept_event& e) { return e.known; });
    const auto verdicts = s.judge_all(page);
    for (std::size_t i = 0; i < page.size(); ++i) {
      const auto& v = verdicts[i];
      using enum replay_verdict::fate;
      made.unchanged += v.what == unchanged;
      made.unknown += v.what == unknown;
      made.differing += v.what == differs;
      made.refused += v.what == refused;
      if (v.what == unknown) s.to_publish.insert(page[i].key);
      if (v.what == differs) s.to_update.insert(page[i].key);
      if (v.what == refused) ++made.refusals[v.why];
      for (const auto& d : v.found) ++(d.stays ? made.staying_columns : made.columns)[d.column];
      if (!v.found.empty() && show) show(page[i], v);
    }
    if (s.options.say && done / chunk > (done - whole) / chunk) s.options.say(std::to_string(done) + " events compared");
  }
  return made;
}

replay_outcome event_replay::apply() {
  auto& s = *state_;
  s.outcome = {};
  if (s.to_publish.empty() && s.to_update.empty() && !s.options.resend) return s.outcome;
  if (!s.to_publish.empty() || s.options.resend) s.broker.connect();
  s.database.transact([&](pqxx::work& tx) {
    write_audit(tx, "replay", "replay",
                {{"by", s.options.who},
                 {"which", words_of(s.options.which)},
                 {"publish", s.to_publish.size()},
                 {"update", s.to_update.size()},
                 {"resend", s.options.resend}});
  });
  s.events.rewind();
  for (auto page = s.events.next(); !page.empty(); page = s.events.next()) {
    std::erase_if(page, [&](const kept_event& e) {
      return !s.to_publish.contains(e.key) && !s.to_update.contains(e.key) && !(s.options.resend && e.value);
    });
    std::vector<std::pair<message::event, std::string>> out;
    for (const auto& kept : page) {
      const bool fresh = s.to_publish.contains(kept.key);
      if (fresh && kept.known) ++s.outcome.arrived;  // by another way meanwhile
      if (s.to_update.contains(kept.key) || (fresh && !kept.known)) {
        replay_verdict today;
        s.ask_connector(kept, today);
        if (!today.now)
          s.refuse(today.why);
        else if (fresh)
          out.emplace_back(std::move(*today.now), std::move(today.body));
        else
          s.update(kept, today);
      }
      if (s.options.resend && kept.known && kept.value) out.emplace_back(*kept.value, kept.body);
    }
    s.publish(out);
    if (const auto sent = s.outcome.published + s.outcome.resent; s.options.say && !out.empty() && sent >= chunk)
      s.options.say(std::to_string(sent) + " events published");
  }
  return s.outcome;
}

}  // namespace hub::ctl
