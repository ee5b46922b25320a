#include "workers/ingest/calls.hpp"

#include "hub/base/failure.hpp"
#include "hub/message/json.hpp"
#include "workers/ingest/answers.hpp"
#include "workers/ingest/attach.hpp"
#include "workers/ingest/fold.hpp"
#include "workers/ingest/learn.hpp"
#include "workers/store/calls.hpp"

#include <boost/json/parse.hpp>

namespace workers::ingest {

namespace {

using namespace std::chrono_literals;
using hub::message::call_direction;
using hub::message::call_disposition;
using hub::message::call_outcome;
using hub::message::call_record;
using hub::message::call_state;
using hub::message::event;

constexpr auto call_back_within = 15min;  // where the rules promise no first response

std::string name_of_call(const platform_key& key) { return key.channel + ":" + key.account + ":call:" + key.id; }

bool people_talked(call_state state) { return state == call_state::answered || state == call_state::ended; }

/// When it was rung, as well as anybody knows.
instant begin_of(const call_outcome& call, const event& told) {
  if (call.started_at) return *call.started_at;
  if (call.answered_at) return *call.answered_at;
  return call.ended_at.value_or(told.time);
}

std::optional<instant> end_of(const call_outcome& call, const event& told) {
  if (call.state != call_state::ended && call.state != call_state::missed) return std::nullopt;
  const auto known =
      begin_of(call, told) + std::chrono::seconds(call.waiting_seconds.value_or(0) + call.talk_seconds.value_or(0));
  return std::max(call.ended_at.value_or(known), begin_of(call, told));
}

/// The words of call_status.
std::string_view status_of(const call_outcome& call) {
  switch (call.state) {
    case call_state::unknown:
    case call_state::started: return "ringing";
    case call_state::answered: return "answered";
    case call_state::ended: return "completed";
    case call_state::missed: break;
  }
  if (call.disposition == call_disposition::voicemail) return "voicemail";
  return call.direction == call_direction::outbound ? "failed" : "missed";
}

std::optional<std::size_t> index_of(const state& s, const std::optional<id_type>& lead) {
  for (std::size_t i = 0; lead && i < s.leads.size(); ++i)
    if (s.leads[i].id == *lead) return i;
  return std::nullopt;
}

void follow(state& s, const platform_key& key, const call_row& call, const call_outcome& before, const call_outcome& now,
            const event& e) {
  auto& lead = s.leads[*call.lead];
  if (people_talked(now.state) && !people_talked(before.state)) {
    const auto at = now.answered_at.value_or(begin_of(now, e));
    hear_call(lead, true, e.time);
    auto& talked = s.talked.try_emplace(*call.lead, at).first->second;
    talked = std::max(talked, at);
  }
  const bool missed = now.state == call_state::missed && now.direction == call_direction::inbound;
  if (!missed || before.state == call_state::missed) return;
  hear_call(lead, false, e.time);
  // Nobody has anything to do for a lead that is over.
  if (routing::is_open(lead.stage)) s.call_backs.push_back({*call.lead, name_of_call(key), begin_of(now, e)});
}

template <class T>
std::optional<std::string> word_of(const std::optional<T>& value) {
  return value ? std::optional(std::string(hub::name_of(*value))) : std::nullopt;
}

}  // namespace

platform_key key_of_call(const event& e, const call_record& told) { return {e.channel, e.account, told.call_id}; }

void read_calls(pqxx::work& tx, state& s) {
  for (const auto* one : s.items)
    if (const auto* told = std::get_if<call_record>(&one->event.data)) s.calls.try_emplace(key_of_call(one->event, *told));
  if (s.calls.empty()) return;
  hub::db::array providers, accounts, ids;
  std::vector<call_row*> rows;
  for (auto& [key, row] : s.calls) {
    providers.add(key.channel);
    accounts.add(key.account);
    ids.add(key.id);
    rows.push_back(&row);
  }
  for (const auto& found : store::calls::read(tx, providers, accounts, ids)) {
    auto& row = *rows[found[0].as<std::size_t>() - 1];
    row.revision = found[1].as<int>();
    hub::message::json_reading reading;
    hub::message::read_json(boost::json::parse(found[2].as<std::string>()), row.facts, "", reading);
    if (!reading.found.empty()) throw hub::error(hub::failure::permanent, "call", "the kept facts of a call cannot be read");
    if (!found[3].is_null()) row.lead_id = found[3].as<id_type>();
    if (!found[4].is_null()) row.customer = found[4].as<id_type>();
  }
}

void fold_call(const routing::rule_set& rules, state& s, std::optional<id_type> customer, const event& e,
               const call_record& told) {
  const auto key = key_of_call(e, told);
  auto& call = s.calls.at(key);
  const auto before = outcome_of(call.facts);
  merge(call.facts, facts_of(told));
  const auto now = outcome_of(call.facts);
  call.told = &e;
  if (customer) call.customer = customer;
  const bool over = people_talked(now.state) || now.state == call_state::missed;
  if (!over || !customer) return;
  auto& row = s.customers.at(*customer);
  const auto m = routing::match(rules, facts_of(s, e, row));
  row.spoke = true;
  if (!call.lead && call.lead_id) {
    call.lead = index_of(s, call.lead_id);
    // Long over: the call is kept with it, and changes nothing any more.
    if (!call.lead) return;
  }
  const bool inbound = now.direction == call_direction::inbound;
  if (!call.lead)
    call.lead = inbound ? std::optional(join_or_open(rules, s, *customer, e, m)) : find_joinable(rules, s, *customer, e);
  if (!call.lead) return;
  follow(s, key, call, before, now, e);
  learn(s.leads[*call.lead], e, m);
}

void write_calls(pqxx::work& tx, const routing::rule_set& rules, const state& s) {
  store::call_columns rows;
  store::recording_columns recordings;
  std::size_t count = 0;
  for (const auto& [key, call] : s.calls) {
    if (!call.told) continue;
    ++count;
    const auto now = outcome_of(call.facts);
    const bool begun = now.direction.has_value() && now.state != call_state::unknown;
    const auto begin = begin_of(now, *call.told);
    const auto end = begun ? end_of(now, *call.told) : std::nullopt;
    rows.provider.add(key.channel);
    rows.account.add(key.account);
    rows.call_id.add(key.id);
    rows.revision.add(call.revision);
    rows.facts.add(hub::message::to_json(call.facts));
    rows.lead_id.add(call.lead ? std::optional(s.leads[*call.lead].id) : call.lead_id);
    rows.customer_id.add(call.customer);
    rows.manager.add(now.manager);
    rows.direction.add(begun ? word_of(now.direction) : std::nullopt);
    rows.start_time.add(begun ? std::optional(begin) : std::nullopt);
    rows.end_time.add(end);
    rows.duration.add(end ? std::optional(std::chrono::duration_cast<std::chrono::seconds>(*end - begin).count()) : std::nullopt);
    rows.status.add(begun ? status_of(now) : "ringing");
    rows.answered_at.add(now.answered_at);
    rows.talk_seconds.add(now.talk_seconds);
    rows.wait_seconds.add(now.waiting_seconds);
    rows.line.add(now.line);
    if (!now.recording) continue;
    recordings.provider.add(key.channel);
    recordings.account.add(key.account);
    recordings.call_id.add(key.id);
    recordings.part.add(now.recording->part);
    recordings.reference.add(now.recording->reference);
    recordings.type.add(hub::name_of(now.recording->type));
    recordings.file_name.add(now.recording->file_name);
    recordings.deadline.add(now.recording->expires_at);
  }
  if (count == 0) return;
  if (store::calls::write(tx, rows) != count)
    throw hub::error(hub::failure::transient, "call", "somebody else changed a call meanwhile");

  store::call_back_columns call_backs;
  for (const auto& missed : s.call_backs) {
    const auto& lead = s.leads[missed.lead];
    call_backs.lead_id.add(lead.id);
    call_backs.title.add("Call back");
    call_backs.due_at.add(lead.response_due.value_or(missed.missed_at + call_back_within));
    call_backs.key.add(missed.key + ":call_back");
    call_backs.missed_at.add(missed.missed_at);
  }
  if (!call_backs.lead_id.empty()) store::calls::insert_call_backs(tx, call_backs, rules.timezone);
  hub::db::array talked_leads, talked_at;
  for (const auto& [lead, at] : s.talked) {
    talked_leads.add(s.leads[lead].id);
    talked_at.add(at);
  }
  if (!talked_leads.empty()) store::calls::complete_call_backs(tx, talked_leads, talked_at);
  if (!recordings.part.empty()) store::calls::insert_recordings(tx, recordings);
}

}  // namespace workers::ingest
