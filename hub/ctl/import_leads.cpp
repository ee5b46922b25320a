#include "hub/ctl/import_kinds.hpp"

#include "hub/base/scrub.hpp"
#include "hub/base/text.hpp"
#include "hub/db/arrays.hpp"

#include <algorithm>
#include <chrono>
#include <set>

namespace hub::ctl {

namespace {

using std::chrono::system_clock;

// What a row needs to know before it becomes a lead. The team is the owner's first one, else the queue's.
constexpr const char* find_leads = R"(
select w.n, c.id, coalesce(c.merged_into, c.id) as root, s.id as staff, s.active,
       coalesce((select min(m.team_id) from team_member m join team t on t.id = m.team_id and t.active where m.staff_id = s.id),
                (select t.id from team t where t.name = $4 and t.active)) as team,
       (select min(l.id) from lead l
         where l.attachable and l.pipeline = w.pipeline
           and l.customer_id = any (array(select k.id from customer k where k.id = coalesce(c.merged_into, c.id)
                                          union all
                                          select k.id from customer k where k.merged_into = coalesce(c.merged_into, c.id))))
         as rival
  from unnest($1::text[], $2::text[], $5::text[]) with ordinality as w(customer, owner, pipeline, n)
  left join lateral (select i.customer_id from identity i
                      where i.external_id = w.customer and i.space = 'import' and i.account = $3 offset 0) i on true
  left join lateral (select * from customer c where c.id = i.customer_id offset 0) c on true
  left join staff s on s.email = w.owner
 order by w.n)";

constexpr const char* insert_keys = R"(
insert into event_key (key, kind, time, received_at)
select w.key, 'import', coalesce(w.time, now()), now() from unnest($1::text[], $2::timestamptz[]) as w(key, time)
 order by w.key on conflict do nothing returning key)";

// With everybody they are linked to (as link_of() says, in a form that two indexes answer).
constexpr const char* lock_families = R"(
with asked as materialized (
  select distinct coalesce(c.merged_into, c.id) as root
    from unnest($1::text[]) as w(customer)
   cross join lateral (select i.customer_id from identity i
                        where i.external_id = w.customer and i.space = 'import' and i.account = $2 offset 0) i
   cross join lateral (select * from customer c where c.id = i.customer_id offset 0) c)
select c.id from customer c
 where c.id = any (array(select root from asked
                         union all
                         select k.id from asked cross join lateral (select k.id from customer k
                                                                     where k.merged_into = root offset 0) k))
 order by c.id for no key update)";

constexpr const char* insert_leads = R"(
insert into lead (id, customer_id, source_channel, intent, stage, notes, created_at, pipeline, estimated_value, currency,
                  close_reason, attachable, attach_until, team_id, queued_at, queue_reason, tags, last_activity_at, closed_at)
select w.id, w.customer_id, 'import', w.intent::lead_intent, w.stage::lead_stage, w.notes, coalesce(w.created_at, $15),
       w.pipeline, w.value, w.currency, nullif(w.close_reason, ''), w.attaches, case when w.attaches then $16::timestamptz end,
       w.team_id, case when w.waits then $15::timestamptz end, case when w.waits then 'imported' end,
       string_to_array(w.tags, e'\x1f'), coalesce(w.created_at, $15), w.closed_at
  from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::numeric[],
              $9::text[], $10::text[], $11::boolean[], $12::bigint[], $13::text[], $14::timestamptz[], $17::boolean[])
       as w(id, customer_id, intent, stage, notes, created_at, pipeline, value, currency, close_reason, attaches, team_id, tags,
            closed_at, waits))";

// Where a lead came in is no change of stage, unless it came in further on.
constexpr const char* insert_history = R"(
insert into stage_history (lead_id, to_stage, at, reason)
select l.id, l.stage, coalesce(l.closed_at, l.created_at), 'imported from ' || $2
  from lead l where l.id = any ($1::bigint[]) and l.stage <> 'new' order by l.id)";

constexpr const char* give_owners = R"(
select change_owner($1::bigint[], $2::bigint[], null, array_fill('imported from ' || $3, array[cardinality($1::bigint[])]), $4))";

template <class Stages>
std::vector<std::string> words_of(const Stages& names) {
  std::vector<std::string> made;
  for (const auto& one : names) made.emplace_back(one.name);
  return made;
}

std::string tags_of(const import_cells& from) {
  std::string made;
  std::size_t count = 0;
  for (const auto& part : split(from.text_without_number("tags", 2000), '|')) {
    const auto tag = trim(part);
    if (tag.empty()) continue;
    made += (made.empty() ? "" : "\x1f") + std::string(tag);
    ++count;
    if (tag.size() > 64) from.complain("tags", "expected tags of at most 64 bytes");
  }
  if (count > 32) from.complain("tags", "expected at most 32 tags");
  return made;
}

}  // namespace

const std::vector<import_field>& leads_import::fields() {
  static const std::vector<import_field> known = {
      {"external_id",
       {"id", "lead id", "deal id", "зовнішній id", "зовнішній ід", "ід", "код", "код угоди", "номер угоди"},
       true},
      {"customer_external_id",
       {"customer id", "customer", "contact id", "client id", "клієнт", "код клієнта", "номер клієнта"},
       true},
      {"pipeline", {"funnel", "воронка"}},
      {"stage", {"status", "етап", "статус"}},
      {"owner_email", {"owner", "owner e mail", "manager", "manager email", "відповідальний", "менеджер", "пошта менеджера"}},
      {"intent", {"намір"}},
      {"estimated_value", {"value", "amount", "budget", "сума", "бюджет", "вартість"}},
      {"currency", {"валюта"}},
      {"notes", {"note", "comment", "comments", "нотатки", "примітка", "примітки", "коментар"}},
      {"tags", {"tag", "labels", "теги", "мітки"}},
      {"created_at", {"created", "date", "date created", "створено", "дата", "дата створення"}},
      {"closed_at", {"closed", "date closed", "закрито", "дата закриття"}},
      {"close_reason", {"reason", "lost reason", "причина", "причина закриття", "причина відмови"}},
  };
  return known;
}

void leads_import::take(const import_cells& from) {
  row made;
  made.line = from.line();
  made.id_column = from.column("external_id");
  made.customer_column = from.column("customer_external_id");
  made.owner_column = from.column("owner_email");
  const auto id = from.needed("external_id", 200);
  seen_.take(from, "external_id", id);
  made.key = "import:" + context_.source + ":lead:" + kept_id(context_.key, id);
  made.customer_id = kept_id(context_.key, from.needed("customer_external_id", 200));
  made.stage = from.word("stage", words_of(names_of(routing::stage{})));
  if (made.stage.empty()) made.stage = "new";
  made.open = made.stage != "sold" && made.stage != "lost";
  made.pipeline = from.text_without_number("pipeline", 64);
  if (made.pipeline.empty()) made.pipeline = "sales";
  const auto stage = *value_of<routing::stage>(made.stage);
  if (context_.rules ? !context_.rules->pipelines.contains(made.pipeline) : made.pipeline != "sales") {
    from.complain("pipeline", "is no pipeline of the rules");
  } else if (made.open && context_.rules) {
    const auto& stages = context_.rules->pipeline_of(made.pipeline).stages;
    if (std::find(stages.begin(), stages.end(), stage) == stages.end())
      from.complain("stage", "the pipeline " + made.pipeline + " has no such stage");
  }
  made.attaches = made.open && (!context_.rules || context_.rules->takes_in("import", stage));
  made.owner = from.text_without_number("owner_email", 320);
  std::transform(made.owner.begin(), made.owner.end(), made.owner.begin(),
                 [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  made.intent = from.word("intent", words_of(names_of(routing::intent{})));
  if (made.intent.empty()) made.intent = "other";
  made.value = from.money("estimated_value");
  made.currency = from.currency("currency").value_or("USD");
  made.notes = scrub_numbers(from.text("notes", 10'000));
  made.tags = tags_of(from);
  made.created = from.time("created_at");
  made.closed = from.time("closed_at");
  made.close_reason = from.text_without_number("close_reason", 500);
  if (made.open && made.closed) from.complain("closed_at", "only a lead that is sold or lost has one");
  if (made.open && !made.close_reason.empty()) from.complain("close_reason", "only a lead that is sold or lost has one");
  if (made.created && made.closed && *made.closed < *made.created) from.complain("closed_at", "is before created_at");
  batch_.push_back(std::move(made));
}

/// The team in whose queue a lead without an owner waits: where the rules' last resort sends everybody.
std::string leads_import::team_of_queue() const {
  if (!context_.rules) return {};
  std::string team;
  for (const auto& rule : context_.rules->rules)
    if (!rule.when && !rule.then.team.empty()) team = rule.then.team;
  return team;
}

void leads_import::refuse_second(row& r, std::int64_t root, std::int64_t rival, import_problems& wrong) {
  if (rival) {
    wrong.add(r.line, r.customer_column,
              "customer_external_id: lead " + std::to_string(rival) + " of this customer is open in the pipeline " + r.pipeline);
    r.refused = true;
    return;
  }
  const auto [at, added] = open_lines_.emplace(std::pair(root, r.pipeline), r.line);
  if (added || at->second == r.line) return;
  wrong.add(r.line, r.customer_column,
            "customer_external_id: the lead of line " + std::to_string(at->second) + " is open in the pipeline " + r.pipeline +
                " for this customer");
  r.refused = true;
}

/// What the database says of the rows; those that cannot become leads are refused.
void leads_import::find(pqxx::work& tx, import_problems& wrong) {
  db::array customer, owner, pipeline;
  for (const auto& r : batch_) customer.add(r.customer_id), owner.add(r.owner), pipeline.add(r.pipeline);
  for (const auto& found :
       tx.exec_params(find_leads, customer.text(), owner.text(), context_.source, team_of_queue(), pipeline.text())) {
    auto& r = batch_[found["n"].as<std::size_t>() - 1];
    r.refused = false;
    if (r.known) continue;
    r.customer = found["id"].as<std::int64_t>(0);
    r.staff = found["staff"].as<std::int64_t>(0);
    r.team = found["team"].as<std::int64_t>(0);
    if (!r.customer) {
      wrong.add(r.line, r.customer_column,
                "customer_external_id: no such customer was imported from " + context_.source + "; import customers first");
      r.refused = true;
    }
    if (!r.owner.empty() && (!r.staff || (r.open && !found["active"].as<bool>()))) {
      wrong.add(r.line, r.owner_column,
                r.staff ? "owner_email: has left; an open lead needs somebody who is here" : "owner_email: is not staff",
                r.owner);
      r.refused = true;
    }
    if (!r.refused && r.attaches) refuse_second(r, found["root"].as<std::int64_t>(), found["rival"].as<std::int64_t>(0), wrong);
  }
}

import_counts leads_import::counted() const {
  import_counts made;
  for (const auto& r : batch_) ++(r.known ? made.unchanged : r.refused ? made.refused : made.fresh);
  return made;
}

import_counts leads_import::look(pqxx::work& tx, import_problems& wrong) {
  db::array keys;
  for (const auto& r : batch_) keys.add(r.key);
  std::set<std::string> there;
  for (const auto& found : tx.exec_params("select key from event_key where key = any ($1::text[])", keys.text()))
    there.insert(found[0].as<std::string>());
  for (auto& r : batch_) r.known = there.contains(r.key);
  find(tx, wrong);
  return counted();
}

void leads_import::insert(pqxx::work& tx, instant now) {
  const auto how_many = std::count_if(batch_.begin(), batch_.end(), [](const row& r) { return !r.known && !r.refused; });
  if (how_many == 0) return;
  const auto ids = tx.exec_params("select nextval(pg_get_serial_sequence('lead', 'id')) from generate_series(1, $1::bigint)",
                                  std::int64_t{how_many});
  db::array id, customer, intent, stage, notes, created, pipeline, value, currency, reason, attaches, team, tags, closed, waits;
  db::array owned, owners, waiting_teams;
  pqxx::result::size_type next = 0;
  for (const auto& r : batch_) {
    if (r.known || r.refused) continue;
    const auto lead = ids[next++][0].as<std::int64_t>();
    const bool alone = r.open && !r.staff;
    id.add(lead), customer.add(r.customer), intent.add(r.intent), stage.add(r.stage), notes.add(r.notes), created.add(r.created);
    pipeline.add(r.pipeline), value.add(r.value), currency.add(r.currency), reason.add(r.close_reason), attaches.add(r.attaches);
    team.add(r.team ? std::optional(r.team) : std::nullopt), tags.add(r.tags), waits.add(alone);
    closed.add(r.open ? std::optional<instant>() : std::optional(r.closed.value_or(r.created.value_or(now))));
    if (r.staff) owned.add(lead), owners.add(r.staff);
    if (alone && r.team) waiting_teams.add(r.team);
  }
  std::optional<std::string> until;
  if (context_.rules)
    if (const auto& window = context_.rules->policy_for("import").window) until = to_rfc3339(now + *window);
  const auto at = to_rfc3339(now);
  tx.exec_params(insert_leads, id.text(), customer.text(), intent.text(), stage.text(), notes.text(), created.text(),
                 pipeline.text(), value.text(), currency.text(), reason.text(), attaches.text(), team.text(), tags.text(),
                 closed.text(), at, until ? until->c_str() : nullptr, waits.text());
  tx.exec_params(insert_history, id.text(), context_.source);
  if (!owned.empty()) tx.exec_params(give_owners, owned.text(), owners.text(), context_.source, at);
  if (!waiting_teams.empty()) tx.exec_params("select wake_queues('{}', $1::bigint[], $2)", waiting_teams.text(), at);
}

import_counts leads_import::write(pqxx::work& tx, import_problems& wrong) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(system_clock::now());
  db::array keys, times, customers;
  for (const auto& r : batch_) keys.add(r.key), times.add(r.created), customers.add(r.customer_id);
  std::set<std::string> ours;
  for (const auto& fresh : tx.exec_params(insert_keys, keys.text(), times.text())) ours.insert(fresh[0].as<std::string>());
  tx.exec_params(lock_families, customers.text(), context_.source);
  // Whose key was there before has its lead; the key of a row that is refused after all goes again.
  for (auto& r : batch_) r.known = !ours.contains(r.key);
  find(tx, wrong);
  db::array refused;
  for (const auto& r : batch_)
    if (r.refused) refused.add(r.key);
  tx.exec_params("delete from event_key where key = any ($1::text[])", refused.text());
  insert(tx, now);
  return counted();
}

}  // namespace hub::ctl
