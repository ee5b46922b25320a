#include "hub/ctl/trace_rows.hpp"

#include "hub/base/text.hpp"
#include "hub/ctl/call_words.hpp"
#include "hub/ctl/database.hpp"
#include "hub/ctl/terminal.hpp"
#include "hub/message/codec.hpp"
#include "routing/receipt_words.hpp"

#include <algorithm>
#include <map>

namespace hub::ctl {

namespace {

std::optional<std::int64_t> number_or_nothing(const pqxx::field& f) {
  return f.is_null() ? std::nullopt : std::optional(f.as<std::int64_t>());
}

struct known_event {
  std::string time, received_at, processed_at;
  bool processed = false;
  std::optional<message::event> body;  ///< while it is kept
};

std::map<std::int64_t, std::string> staff_names(pqxx::work& tx) {
  std::map<std::int64_t, std::string> names;
  for (const auto& row : tx.exec("select id, name from staff")) names[row[0].as<std::int64_t>()] = row[1].as<std::string>();
  return names;
}

void read_event(pqxx::work& tx, traced_event& e, known_event& known) {
  const auto rows =
      tx.exec_params("select kind, trace, " + utc_of("time") + ", " + utc_of("received_at") + ", " + utc_of("processed_at") +
                         ", (select b.body from event_body b where b.key = k.key and b.received_at = k.received_at)"
                         " from event_key k where key = $1",
                     e.key);
  std::string body;
  if (!rows.empty()) {
    const auto& row = rows[0];
    e.kind = text_or_empty(row[0]);
    e.trace = text_or_empty(row[1]);
    known.time = text_or_empty(row[2]);
    known.received_at = text_or_empty(row[3]);
    known.processed_at = text_or_empty(row[4]);
    known.processed = true;
    body = text_or_empty(row[5]);
  }
  if (body.empty()) {
    const auto kept = tx.exec_params("select body, kind, channel, account, trace from quarantine where event_key = $1", e.key);
    if (!kept.empty()) {
      body = pqxx::binarystring(kept[0][0]).str();
      if (e.kind.empty()) e.kind = text_or_empty(kept[0][1]);
      e.channel = text_or_empty(kept[0][2]);
      e.account = text_or_empty(kept[0][3]);
      if (e.trace.empty()) e.trace = text_or_empty(kept[0][4]);
    }
  }
  if (auto decoded = message::decode(body); !body.empty() && decoded.size() == 1 && decoded[0].value) {
    known.body = std::move(*decoded[0].value);
    e.channel = known.body->channel;
    e.account = known.body->account;
    if (known.received_at.empty()) known.received_at = to_rfc3339(known.body->received_at);
    if (known.time.empty()) known.time = to_rfc3339(known.body->time);
  }
  // Keys are scoped: "<channel>:<account>:...".
  if (const auto parts = split(e.key, ':'); e.channel.empty() && parts.size() > 2) {
    e.channel = parts[0];
    e.account = parts[1];
  }
}

void add_detours(pqxx::work& tx, traced_event& e) {
  for (const auto& row :
       tx.exec_params("select crashes, " + utc_of("marked_at") + ", process from suspect where event_key = $1", e.key)) {
    const int crashes = row[0].as<int>();
    e.hops.push_back({"suspect", text_or_empty(row[1]),
                      "its delivery came back, so it is handled alone (" + text_or_empty(row[2]) + "); " +
                          std::to_string(crashes) + (crashes == 1 ? " worker" : " workers") + " died over it"});
  }
  // A body that was refused has a key of its own and the same trace.
  const auto rows =
      tx.exec_params("select id, " + utc_of("quarantined_at") + ", cause, attempts, state, " + utc_of("resolved_at") +
                         ", coalesce(resolved_by, ''), event_key = $1, event_key from quarantine"
                         " where event_key = $1 or ($2 <> '' and trace = $2 and kind = 'unparsed') order by quarantined_at, id",
                     e.key, e.trace);
  for (const auto& row : rows) {
    const bool own = row[7].as<bool>();
    const int attempts = row[3].as<int>();
    const auto state = text_or_empty(row[4]);
    e.hops.push_back({"quarantined", text_or_empty(row[1]),
                      "entry " + text_or_empty(row[0]) + ": " + one_line(text_or_empty(row[2]), 160) +
                          (own ? "" : "; the body it came in, " + text_or_empty(row[8])) +
                          (attempts > 1 ? "; refused " + std::to_string(attempts) + " times" : "")});
    if (state != "open")
      e.hops.push_back(
          {state, text_or_empty(row[5]), "entry " + text_or_empty(row[0]) + ", by " + one_line(text_or_empty(row[6]), 80)});
    if (own) e.state = state == "open" ? "quarantined" : state;
  }
}

struct message_facts {
  std::string type, direction, status, platform_id, account, channel, created_at, text, late;
};

void add_processed(traced_event& e, const known_event& known, const message_facts* said) {
  if (!known.processed) return;
  std::string what = "committed by hub-worker";
  if (e.kind == message::unparsed::kind) what = "kept in quarantine by hub-worker";
  if (said && !said->late.empty()) what += "; " + said->late + " late";
  e.hops.push_back({"processed", known.processed_at, what});
}

void add_customer(pqxx::work& tx, traced_event& e, const known_event& known) {
  std::string identity;
  if (known.body)
    for (const auto& who : message::identities_of(*known.body)) {
      identity += (identity.empty() ? "" : ", ") + who.space + (who.account.empty() ? "" : "/" + who.account) + " " +
                  one_line(who.id, 80);
      if (e.customer) continue;
      const auto rows = tx.exec_params("select customer_id from identity where external_id = $1 and space = $2 and account = $3",
                                       who.id, who.space, who.account);
      if (!rows.empty()) e.customer = number_or_nothing(rows[0][0]);
    }
  if (!e.customer) {
    if (known.processed && !identity.empty())
      e.hops.push_back({"customer", "", "nobody: " + identity + " belongs to no customer"});
    return;
  }
  const auto rows = tx.exec_params("select " + utc_of("created_at") + ", merged_into from customer where id = $1", *e.customer);
  if (rows.empty()) return;
  const auto created = text_or_empty(rows[0][0]);
  const bool fresh = created == known.processed_at;
  e.hops.push_back({"customer", fresh ? created : known.processed_at,
                    std::string(fresh ? "new customer " : "customer ") + std::to_string(*e.customer) +
                        (fresh ? "" : ", known since " + utc_words(created)) + (identity.empty() ? "" : "; " + identity) +
                        (rows[0][1].is_null() ? "" : "; merged into customer " + text_or_empty(rows[0][1]))});
}

void add_lead(pqxx::work& tx, traced_event& e, const known_event& known, const std::string& message_created) {
  if (!e.lead) {
    if (e.message) e.hops.push_back({"lead", "", "none"});
    return;
  }
  const auto rows = tx.exec_params(
      "select l.pipeline, l.stage, s.name, coalesce(l.queue_reason, ''), coalesce(t.name, ''), " +
          utc_of("coalesce(l.assigned_at, l.queued_at)") +
          " from lead l left join staff s on s.id = l.manager_id left join team t on t.id = l.team_id where l.id = $1",
      *e.lead);
  if (rows.empty()) return;
  const auto& lead = rows[0];
  const auto staff = staff_names(tx);
  const auto name = [&](std::int64_t id) {
    const auto at = staff.find(id);
    return one_line(at == staff.end() ? "person " + std::to_string(id) : at->second, 60);
  };
  const auto decisions = tx.exec_params("select event_key, " + utc_of("decided_at") +
                                            ", receipt::text, rule from assignment_decision where lead_id = $1 order by id",
                                        *e.lead);
  int own = -1;
  for (int i = 0; i < static_cast<int>(decisions.size()); ++i)
    if (!e.key.empty() && text_or_empty(decisions[i][0]) == e.key) own = i;

  e.hops.push_back({"lead", known.processed_at.empty() ? message_created : known.processed_at,
                    std::string(own == 0  ? "opened"
                                : own > 0 ? "reopened"
                                          : "joined") +
                        " lead " + std::to_string(*e.lead) + " in pipeline " + text_or_empty(lead[0]) + ", now in stage " +
                        text_or_empty(lead[1])});
  const auto owner = lead[2].is_null() ? "nobody owns it" : "with " + one_line(text_or_empty(lead[2]), 60);
  if (own >= 0) {
    const auto receipt = routing::receipt_from_json(text_or_empty(decisions[own][2]));
    e.hops.push_back({"assigned", text_or_empty(decisions[own][1]),
                      receipt ? one_line(routing::in_words(*receipt, name), 400) : "rule " + text_or_empty(decisions[own][3])});
  } else {
    std::string why = "the lead was decided on before";
    if (!decisions.empty()) {
      const auto rule = text_or_empty(decisions[0][3]);
      why = (rule.empty() ? "no rule spoke" : "rule " + one_line(rule, 80)) + ", decided with " + text_or_empty(decisions[0][0]);
    }
    e.hops.push_back({"assigned", text_or_empty(lead[5]), owner + "; " + why});
  }
  for (const auto& row : tx.exec_params("select " + utc_of("at") +
                                            ", from_id, to_id, by_staff, reason from ownership_history"
                                            " where lead_id = $1 and by_staff is not null order by id",
                                        *e.lead)) {
    const auto who = [&](int column) {
      return row[column].is_null() ? std::string("nobody") : name(row[column].as<std::int64_t>());
    };
    e.hops.push_back({"owner", text_or_empty(row[0]),
                      "from " + who(1) + " to " + who(2) + " by " + who(3) + ": " + one_line(text_or_empty(row[4]), 120)});
  }
  if (lead[2].is_null())
    e.hops.push_back({"queued", text_or_empty(lead[5]),
                      "waits" + (text_or_empty(lead[4]).empty() ? "" : " for team " + text_or_empty(lead[4])) + ": " +
                          one_line(text_or_empty(lead[3]), 160)});
}

void add_tasks(pqxx::work& tx, const std::string& key, std::vector<hop>& hops) {
  for (const auto& row : tx.exec_params(
           "select id, title, completed, " + utc_of("created_at") + ", " + utc_of("due_at") + " from task where event_key = $1",
           key))
    hops.push_back({"task", text_or_empty(row[3]),
                    "task " + text_or_empty(row[0]) + (row[2].as<bool>() ? ", done: " : ", open: ") +
                        one_line(text_or_empty(row[1]), 120) + ", due " + utc_words(text_or_empty(row[4]))});
}

// A website activity: no message, and what a rule asked to be done about it.
void read_activity(pqxx::work& tx, traced_event& e, std::vector<hop>& hops) {
  const auto rows = tx.exec_params(
      "select id, customer_id, lead_id, activity, coalesce(value::text || ' ' || currency, '')"
      " from activity where event_key = $1",
      e.key);
  if (rows.empty()) return;
  const auto worth = text_or_empty(rows[0][4]);
  e.customer = number_or_nothing(rows[0][1]);
  e.lead = number_or_nothing(rows[0][2]);
  hops.push_back({"activity", "",
                  "activity " + text_or_empty(rows[0][0]) + ", " + one_line(text_or_empty(rows[0][3]), 80) +
                      (worth.empty() ? "" : ", worth " + worth)});
  add_tasks(tx, e.key, hops);
}

/// The provider's id of the call that an event told of: of the body, else out of the key, <channel>:<account>:call:<id>:<hash>.
std::string call_id_of(const traced_event& e, const known_event& known) {
  if (const auto* told = known.body ? std::get_if<message::call_record>(&known.body->data) : nullptr) return told->call_id;
  const auto prefix = e.channel + ":" + e.account + ":call:";
  const auto end = e.key.rfind(':');
  return e.key.starts_with(prefix) && end > prefix.size() ? e.key.substr(prefix.size(), end - prefix.size()) : std::string();
}

// The one call of everything that was told of it, and the call back that it asked for. The recording goes by the call's name.
std::string read_call(pqxx::work& tx, traced_event& e, const known_event& known, std::vector<hop>& hops) {
  const auto id = call_id_of(e, known);
  const auto rows = tx.exec_params("select c.id, c.customer_id, c.lead_id, " + call_words() + ", " + utc_of("c.updated_at") +
                                       " from call_record c left join staff s on s.id = c.manager_id"
                                       " where c.provider = $1 and c.account = $2 and c.call_id = $3",
                                   e.channel, e.account, id);
  if (rows.empty()) return {};
  e.customer = number_or_nothing(rows[0][1]);
  e.lead = number_or_nothing(rows[0][2]);
  hops.push_back(
      {"call", text_or_empty(rows[0][4]), "call " + text_or_empty(rows[0][0]) + ", " + one_line(text_or_empty(rows[0][3]), 200)});
  const auto name = e.channel + ":" + e.account + ":call:" + id;
  add_tasks(tx, name + ":call_back", hops);
  return name;
}

void add_media(pqxx::work& tx, traced_event& e, const std::string& key) {
  const auto rows = tx.exec_params(
      "select f.part, f.state, f.attempts, coalesce(f.reason, ''), f.type, m.id, m.file_type, m.size, m.file_path, " +
          utc_of("f.updated_at") + ", " + utc_of("f.deadline") +
          " from media_fetch f left join media m on m.id = f.media_id where f.event_key = $1 order by f.part",
      key);
  for (const auto& row : rows) {
    const auto state = text_or_empty(row[1]);
    const int attempts = row[2].as<int>();
    std::string what = state + ", " + text_or_empty(row[4]);
    if (state == "stored")
      what += ", media " + text_or_empty(row[5]) + ", " + text_or_empty(row[6]) + ", " + text_or_empty(row[7]) + " bytes, " +
              text_or_empty(row[8]);
    else if (!row[3].is_null() && !text_or_empty(row[3]).empty())
      what += ": " + one_line(text_or_empty(row[3]), 160);
    what += "; " + std::to_string(attempts) + (attempts == 1 ? " attempt" : " attempts");
    if (state == "pending" && !row[10].is_null()) what += ", until " + utc_words(text_or_empty(row[10]));
    e.hops.push_back({"media " + text_or_empty(row[0]), text_or_empty(row[9]), what});
  }
}

void add_receipts(pqxx::work& tx, traced_event& e, const std::string& account, const std::string& platform_id) {
  if (platform_id.empty()) return;
  const auto rows = tx.exec_params(
      "select " + utc_of("sent_at") + ", " + utc_of("delivered_at") + ", " + utc_of("read_at") + ", " + utc_of("failed_at") +
          ", coalesce(reason, '') from receipt where account = $1 and platform_id = $2 order by channel",
      account, platform_id);
  const char* const names[] = {"sent", "delivered", "read", "failed"};
  for (const auto& row : rows)
    for (int i = 0; i < 4; ++i)
      if (!row[i].is_null())
        e.hops.push_back({names[i], text_or_empty(row[i]),
                          "message " + platform_id +
                              (i == 3 && !text_or_empty(row[4]).empty() ? ": " + one_line(text_or_empty(row[4]), 160) : "")});
}

}  // namespace

traced_event trace_event(pqxx::work& tx, const event_name& name, bool with_text) {
  traced_event e;
  e.key = name.key;
  known_event known;
  if (!e.key.empty()) read_event(tx, e, known);
  if (known.processed) e.state = "processed";

  std::optional<message_facts> said;
  const auto rows =
      tx.exec_params("select id, customer_id, lead_id, type, direction, status, coalesce(platform_id, ''), account, channel, " +
                         utc_of("created_at") +
                         ", case when $3::boolean then content else '' end, coalesce(justify_interval(date_trunc('second', "
                         "late_by))::text, '')" +
                         " from message where case when $1 = '' then id = $2 else event_key = $1 end",
                     e.key, name.message, with_text);
  if (!rows.empty()) {
    const auto& row = rows[0];
    e.message = row[0].as<std::int64_t>();
    e.customer = number_or_nothing(row[1]);
    e.lead = number_or_nothing(row[2]);
    said = message_facts{text_or_empty(row[3]), text_or_empty(row[4]),  text_or_empty(row[5]),
                         text_or_empty(row[6]), text_or_empty(row[7]),  text_or_empty(row[8]),
                         text_or_empty(row[9]), text_or_empty(row[10]), text_or_empty(row[11])};
    if (e.channel.empty()) {
      e.channel = said->channel;
      e.account = said->account;
    }
    if (e.kind.empty()) e.kind = "message";
  }

  std::vector<hop> done;
  std::string call;
  if (!said && e.kind == message::call_record::kind)
    call = read_call(tx, e, known, done);
  else if (!said && !e.key.empty())
    read_activity(tx, e, done);

  const bool unparsed = e.kind == message::unparsed::kind;
  // The time in a body that nobody could read is that of its arrival.
  if (!known.time.empty() && !unparsed) e.hops.push_back({"happened", known.time, "by the platform's clock"});
  if (!known.received_at.empty()) e.hops.push_back({"received", known.received_at, "webhook " + e.channel + "/" + e.account});
  if (!e.key.empty()) e.hops.push_back({"event", known.received_at, e.kind + ", " + e.key});
  const auto way = static_cast<std::ptrdiff_t>(e.hops.size());
  if (unparsed) add_processed(e, known, nullptr);
  if (!e.key.empty()) add_detours(tx, e);
  if (!unparsed) add_processed(e, known, said ? &*said : nullptr);
  if (known.processed && !unparsed) e.state = "processed";
  // An entry is closed after its event was processed; a refused body is quarantined by being processed.
  std::stable_sort(e.hops.begin() + way, e.hops.end(), [](const hop& a, const hop& b) { return a.at < b.at; });
  add_customer(tx, e, known);
  add_lead(tx, e, known, said ? said->created_at : "");
  if (said)
    e.hops.push_back({"message", said->created_at,
                      "message " + std::to_string(*e.message) + ", " + said->direction + " " + said->type + ", " + said->status +
                          (said->platform_id.empty() ? "" : ", platform id " + one_line(said->platform_id, 80)) +
                          (with_text && !said->text.empty() ? ": " + one_line(said->text, 2000) : "")});
  for (auto& one : done) {
    if (one.at.empty()) one.at = known.processed_at;
    e.hops.push_back(std::move(one));
  }
  if (!e.key.empty()) add_media(tx, e, call.empty() ? e.key : call);

  if (said)
    add_receipts(tx, e, said->account, said->platform_id);
  else if (const auto* status = known.body ? std::get_if<message::delivery_status>(&known.body->data) : nullptr)
    add_receipts(tx, e, e.account, status->platform_id);
  return e;
}

}  // namespace hub::ctl
