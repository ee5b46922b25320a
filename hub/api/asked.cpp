#include "hub/api/asked.hpp"

#include "hub/api/rows.hpp"
#include "hub/db/hashes.hpp"
#include "hub/http/gzip.hpp"

namespace hub::api {

namespace {

constexpr std::size_t longest_key = 255;

// The row is taken before anything else: a second request with the same key waits for the first one's commit.
constexpr std::string_view take_key = R"(
insert into hub.idempotency (staff_id, key, request_hash, status, body) values ($1, $2, $3, 0, '')
on conflict do nothing returning 1)";
constexpr std::string_view find_answer =
    "select request_hash = $3, status, body from hub.idempotency where staff_id = $1 and key = $2";
constexpr std::string_view keep_answer = "update hub.idempotency set status = $3, body = $4 where staff_id = $1 and key = $2";

constexpr std::string_view lock_customers = R"(
select c.id from hub.customer c
 where c.id in (select l.customer_id from hub.lead l where l.id = $1
                union select k.merged_into from hub.lead l join hub.customer k on k.id = l.customer_id
                 where l.id = $1 and k.merged_into is not null)
 order by c.id
   for no key update of c)";

pqxx::binarystring request_hash(const asked& a) { return db::hash_of(a.from.method + " " + a.from.path + "\n" + a.from.body); }

const std::string* key_of(const asked& a) { return a.from.method == "GET" ? nullptr : a.from.head.find("Idempotency-Key"); }

}  // namespace

std::optional<http::response> begin_once(const asked& a) {
  const auto* key = key_of(a);
  if (!key) return std::nullopt;
  if (key->empty() || key->size() > longest_key) refuse(400, "Bad request", "has 1 to 255 bytes", "Idempotency-Key");
  const auto hash = request_hash(a);
  if (!a.sql.exec_params(std::string(take_key), a.who.id, *key, hash).empty()) return std::nullopt;
  const auto known = a.sql.exec_params1(std::string(find_answer), a.who.id, *key, hash);
  if (!known[0].as<bool>()) refuse(422, "Another request", "this key was used for another request", "Idempotency-Key");
  const auto status = known[1].as<int>();
  if (status == 0) refuse(409, "Under way", "this request was made before and its outcome is not known", "Idempotency-Key");
  auto again = http::response::json(status, known[2].as<std::string>());
  if (status >= 400) again.head.set("Content-Type", "application/problem+json");
  again.head.set("Idempotency-Replayed", "true");
  return again;
}

void keep_once(const asked& a, const http::response& made) {
  if (const auto* key = key_of(a)) a.sql.exec_params0(std::string(keep_answer), a.who.id, *key, made.status, made.body);
}

void shown_once(const asked& a, std::string_view what) {
  if (key_of(a)) refuse(400, "Bad request", "is not taken here: " + std::string(what) + " is shown once", "Idempotency-Key");
}

void forget_once(const asked& a) {
  if (const auto* key = key_of(a))
    a.sql.exec_params0("delete from hub.idempotency where staff_id = $1 and key = $2", a.who.id, *key);
}

void refuse(int status, std::string_view title, std::string_view detail, std::string_view field) {
  throw refusal{http::response::problem(status, title, detail, field)};
}
void refuse_for(int status, std::string_view title, std::chrono::seconds wait, std::string_view detail) {
  const auto seconds = std::to_string(wait.count());
  auto made =
      http::response::problem(status, title, detail.empty() ? "Wait " + seconds + " s, then try again." : std::string(detail));
  made.head.set("Retry-After", seconds);
  throw refusal{std::move(made)};
}
void refuse(const problem& p) { throw refusal{refused(p)}; }
void refuse_unknown(std::string_view what) { throw refusal{no_such(what)}; }

async::task<http::response> answer_in_transaction(services* with, sql_handler handle, visitor who, http::request from) {
  const auto now = with->time.now();
  auto work = [&](pqxx::work& sql) {
    const asked a{*with, sql, who, from, now};
    if (auto before = begin_once(a)) return std::move(*before);
    auto made = handle(a);
    keep_once(a, made);
    // Here, beside the event thread. Secrets are answers to changes.
    if (from.method == "GET") http::compress(made, from);
    return made;
  };
  co_return co_await with->db.run(work);
}

void write_audit(const asked& a, std::string_view action, std::string_view subject, std::string_view details) {
  a.sql.exec_params0(
      "insert into hub.audit (staff_id, program, action, subject, details) values ($1, 'hub-api', $2, $3, $4::jsonb)", a.who.id,
      std::string(action), std::string(subject), std::string(details));
}

std::shared_ptr<const routing::rule_set> rules_in_force(const asked& a) {
  const auto active = a.sql.exec("select hash from hub.rule_version where active");
  if (active.empty()) refuse(503, "No rules", "No rules are in force yet.");
  const auto hash = active[0][0].as<std::string>();
  {
    std::lock_guard lock(a.with.rules_mutex);
    if (a.with.rules && a.with.rules->hash == hash) return a.with.rules;
  }
  const auto text = a.sql.exec_params1("select text from hub.rule_version where hash = $1", hash)[0].as<std::string>();
  auto read = routing::read_rules(text, "rules " + hash.substr(0, 12));
  std::lock_guard lock(a.with.rules_mutex);
  if (read.rules) a.with.rules = read.rules;
  // Only a version this program cannot read any more; what was in force before goes on.
  if (!a.with.rules) refuse(503, "No rules", "The rules in force cannot be read.");
  return a.with.rules;
}

locked_lead lock_lead(const asked& a, std::int64_t id) {
  a.sql.exec_params(std::string(lock_customers), id);
  const auto seen_by = a.who.access == access::own ? access::own_and_unassigned_of_own_teams : a.who.access;
  const auto rows = a.sql.exec_params(
      "select l.id, l.customer_id, l.manager_id, coalesce((select t.name from hub.team t where t.id = l.team_id), '') as team,"
      " l.pipeline, l.source_channel::text as source, l.stage::text as stage, l.version, l.attachable, " +
          ms("l.attach_until") + " as attach_until, " + lead_is_supervised() + " as supervised, coalesce(" +
          lead_is_visible(a.who.access) + ", false) as may from hub.lead l where l.id = $2 and " + lead_is_visible(seen_by) +
          " for no key update of l",
      a.who.id, id);
  if (rows.empty()) refuse_unknown("lead");
  const auto& row = rows[0];
  locked_lead made;
  made.id = id;
  made.customer = row["customer_id"].as<std::int64_t>();
  made.owner = maybe_id(row["manager_id"]);
  made.team = text_of(row["team"]);
  made.pipeline = text_of(row["pipeline"]);
  made.source = text_of(row["source"]);
  made.stage = value_of<routing::stage>(text_of(row["stage"])).value();
  made.version = row["version"].as<std::int32_t>();
  made.attachable = row["attachable"].as<bool>();
  made.attach_until = maybe_instant(row["attach_until"]);
  made.supervised = row["supervised"].as<bool>();
  if (!row["may"].as<bool>()) refuse(403, "Not yours", "Nobody owns this lead yet: claim it first.");
  return made;
}

void expect_version(std::optional<std::int32_t> given, std::int32_t now) {
  if (given && *given != now)
    refuse(409, "Changed meanwhile",
           "Somebody changed it since you read it (version " + std::to_string(*given) + ", now " + std::to_string(now) + ").",
           "version");
}

}  // namespace hub::api
