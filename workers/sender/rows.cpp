#include "workers/sender/rows.hpp"

#include "hub/base/failpoint.hpp"
#include "hub/base/log.hpp"
#include "hub/db/arrays.hpp"
#include "hub/db/times.hpp"
#include "hub/message/json.hpp"
#include "workers/store/outbox.hpp"

namespace workers::sender {

namespace {

// A conversation waits for its oldest unfinished row. What nobody knows the fate of holds back only the rest of its own reply.
// $1 holder, $2 milliseconds of lease, $3 accounts that are left alone
constexpr auto take_next = R"(
with next as (
  select o.id from outbox o
   where o.state = 'queued' and o.next_attempt_at <= now() and (o.taken_until is null or o.taken_until <= now())
     and o.channel || ':' || o.account <> all ($3::text[])
     and not exists (select from outbox e
                      where e.conversation = o.conversation and e.id < o.id and e.state in ('queued', 'sending')
                        and not exists (select from outbox u where u.reply_id = e.reply_id and u.id < e.id
                                                               and u.state = 'unknown' and u.dismissed_at is null))
     and not exists (select from outbox u where u.reply_id = o.reply_id and u.id < o.id and u.state = 'unknown'
                                            and u.dismissed_at is null)
     and not exists (select from account_pause p where p.channel = o.channel and p.account = o.account)
   order by o.next_attempt_at, o.id limit 1 for update of o skip locked)
update outbox o set taken_by = $1, taken_until = now() + $2 * interval '1 millisecond', updated_at = now()
  from next where o.id = next.id
returning o.id, o.channel, o.account, o.attempt)";

// $1 id. The message's row comes before the job's in the lock order.
constexpr auto lock_message =
    "select m.id from message m join outbox o on o.message_id = m.id where o.id = $1 for no key update of m";
// $1 id, $2 holder, $3 attempt
constexpr auto lock_row =
    "select message_id from outbox where id = $1 and taken_by = $2 and attempt = $3 and state = 'queued' for update";
// $1 id: what stands against sending it now
constexpr auto look_again = R"(
select case
         when o.deadline <= clock_timestamp() then 'could not be sent in time' || coalesce(': ' || o.reason, '')
         when r.refused_at is not null and r.refused_at >= coalesce(r.heard_at, '-infinity')
           then 'the customer wants no messages from us there'
         when o.channel = 'whatsapp' and o.payload -> 'prepared' is null
              and coalesce(r.heard_at, '-infinity') + interval '24 hours' <= clock_timestamp()
           then 'the 24 hours after the customer''s last message are over; only a template can be sent'
         when o.automatic and exists (select from message p
                                       where p.lead_id = m.lead_id and p.direction = 'outgoing' and p.created_at > m.created_at
                                         and (p.manager_id is not null or p.event_key is not null))
           then 'somebody has answered meanwhile'
       end as why, o.automatic
  from outbox o join message m on m.id = o.message_id,
       lateral reach_of(m.customer_id, o.channel, o.account, o.payload #>> '{recipient,0,id}') r
 where o.id = $1)";
// $1 id, $2 why
constexpr auto refuse_row =
    "update outbox set state = 'failed', reason = $2, taken_by = null, taken_until = null, updated_at = now() where id = $1";
constexpr auto show = "select show_send($1)";
// $1 id, $2 milliseconds
constexpr auto begin_attempt = R"(
with row as (
  update outbox set state = 'sending', attempt = attempt + 1, begun_at = clock_timestamp(),
         not_after = clock_timestamp() + $2 * interval '1 millisecond',
         taken_until = clock_timestamp() + $2 * interval '1 millisecond', updated_at = now()
   where id = $1 returning id, attempt, begun_at, not_after, payload, channel, account),
tried as (
  insert into send_attempt (outbox_id, attempt, begun_at, not_after) select id, attempt, begun_at, not_after from row)
select id, attempt, (extract(epoch from not_after) * 1000)::bigint as not_after, payload::text as payload, channel, account
  from row)";
// $1 holder, $2 milliseconds of age, $3 milliseconds of lease
constexpr auto take_silent = R"(
with next as (
  select id from outbox
   where state = 'sending' and begun_at < now() - $2 * interval '1 millisecond' and (taken_until is null or taken_until <= now())
   order by begun_at limit 1 for update skip locked)
update outbox o set taken_by = $1, taken_until = now() + $3 * interval '1 millisecond'
  from next where o.id = next.id
returning o.id, o.attempt, (extract(epoch from o.not_after) * 1000)::bigint as not_after, o.payload::text as payload, o.channel,
          o.account)";

// $1 milliseconds of silence
constexpr auto find_silent =
    "select id, attempt from outbox where state = 'sending' and begun_at < now() - $1 * interval '1 millisecond' order by id";
constexpr auto find_expired =
    "select id from outbox where state = 'queued' and deadline <= now() and (taken_until is null or taken_until <= now())"
    " order by id limit 100";
// $1 id
constexpr auto expire =
    "update outbox set state = 'failed', reason = 'could not be sent in time' || coalesce(': ' || reason, ''), updated_at = now()"
    " where id = $1 and state = 'queued' and deadline <= now() and (taken_until is null or taken_until <= now())"
    " returning automatic";
// $1 channels. A receipt may still tell, so they wait a minute.
constexpr auto find_unknown =
    "select id from outbox where state = 'unknown' and dismissed_at is null and channel = any ($1::text[])"
    " and updated_at < now() - interval '1 minute' and attempt < 5 and deadline > now() order by id limit 100";
constexpr auto again = "select resend($1)";

constexpr auto count_rows =
    "select state::text, count(*) from outbox where state in ('queued', 'sending')"
    " or (state in ('unknown', 'failed') and dismissed_at is null) group by 1";
constexpr auto count_oldest =
    "select channel, extract(epoch from now() - min(created_at))::float8 from outbox where state in ('queued', 'sending') group "
    "by 1";
constexpr auto count_paused = "select channel, count(*) from account_pause group by 1";

begun begun_of(const pqxx::row& row) {
  begun made;
  made.channel = row["channel"].as<std::string>();
  made.account = row["account"].as<std::string>();
  const auto parsed = hub::message::parse_json(row["payload"].c_str());
  auto ask = parsed ? hub::message::from_json<hub::message::send_asked>(*parsed) : hub::problem{"payload", "is no JSON"};
  if (!ask) throw hub::error(hub::failure::permanent, "payload", "outbox row cannot be read: " + hub::to_text(ask.error()));
  made.ask = std::move(*ask);
  made.ask.outbox_id = row["id"].as<std::uint64_t>();
  made.ask.attempt = row["attempt"].as<std::uint32_t>();
  made.ask.not_after = hub::db::instant_at(row, row.column_number("not_after"));
  return made;
}

}  // namespace

void prepare_sender_statements(pqxx::connection& on) {
  on.prepare("sender_take", take_next);
  on.prepare("sender_lock_message", lock_message);
  on.prepare("sender_lock_row", lock_row);
  on.prepare("sender_look_again", look_again);
  on.prepare("sender_refuse", refuse_row);
  on.prepare("sender_show", show);
  on.prepare("sender_begin", begin_attempt);
  on.prepare("sender_take_silent", take_silent);
  on.prepare("sender_find_silent", find_silent);
  on.prepare("sender_find_expired", find_expired);
  on.prepare("sender_expire", expire);
  on.prepare("sender_find_unknown", find_unknown);
  on.prepare("sender_again", again);
  on.prepare("sender_count_rows", count_rows);
  on.prepare("sender_count_oldest", count_oldest);
  on.prepare("sender_count_paused", count_paused);
}

rows::rows(hub::db::connect_options options, std::string holder) : database_(std::move(options)), holder_(std::move(holder)) {
  database_.on_connect(prepare_sender_statements);
}

std::optional<job> rows::take(std::chrono::milliseconds lease, const std::vector<std::string>& closed) {
  hub::db::array left_alone;
  for (const auto& one : closed) left_alone.add(one);
  return database_.transact([&](pqxx::work& in) -> std::optional<job> {
    const auto found = in.exec_prepared("sender_take", holder_, lease.count(), left_alone.text());
    if (found.empty()) return std::nullopt;
    const auto& row = found[0];
    return job{row[0].as<std::uint64_t>(), row[1].as<std::string>(), row[2].as<std::string>(), row[3].as<int>()};
  });
}

std::optional<begun> rows::begin(const job& taken, std::chrono::milliseconds good_for) {
  std::string refused;
  bool automatic = false;
  auto made = database_.transact([&](pqxx::work& in) -> std::optional<begun> {
    refused.clear();
    in.exec_prepared("sender_lock_message", taken.id);
    if (in.exec_prepared("sender_lock_row", taken.id, holder_, taken.attempt).empty()) return std::nullopt;
    const auto why = in.exec_prepared1("sender_look_again", taken.id);
    automatic = why[1].as<bool>();
    if (!why[0].is_null()) {
      refused = why[0].as<std::string>();
      in.exec_prepared("sender_refuse", taken.id, refused);
      in.exec_prepared("sender_show", taken.id);
      return std::nullopt;
    }
    auto attempt = begun_of(in.exec_prepared1("sender_begin", taken.id, good_for.count()));
    in.exec_prepared("sender_show", taken.id);
    FAILPOINT("sender.begin", std::to_string(taken.id));
    return attempt;
  });
  // That a program keeps silent is nobody's trouble.
  if (!refused.empty() && !automatic)
    hub::log::warn("a message is not sent", {{"outbox", taken.id}, {"channel", taken.channel}, {"reason", refused}});
  return made;
}

std::optional<begun> rows::take_orphan(std::chrono::milliseconds older_than, std::chrono::milliseconds lease) {
  return database_.transact([&](pqxx::work& in) -> std::optional<begun> {
    const auto found = in.exec_prepared("sender_take_silent", holder_, older_than.count(), lease.count());
    if (found.empty()) return std::nullopt;
    return begun_of(found[0]);
  });
}

bool rows::settle(const begun& attempt, const hub::message::send_told& told) {
  return database_.transact([&](pqxx::work& in) {
    return store::outbox::settle(in, attempt.ask.outbox_id, attempt.ask.attempt, told,
                                 std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()));
  });
}

swept rows::sweep(std::chrono::milliseconds silence, const std::vector<std::string>& resent) {
  swept done;
  const auto ids = [&](const char* statement, const auto&... parameters) {
    return database_.transact([&](pqxx::work& in) { return in.exec_prepared(statement, parameters...); });
  };
  for (const auto& row : ids("sender_find_silent", silence.count())) {
    begun attempt;
    attempt.ask.outbox_id = row[0].as<std::uint64_t>();
    attempt.ask.attempt = row[1].as<std::uint32_t>();
    hub::message::send_told nobody_told;
    nobody_told.reason = "nobody told what became of it";
    done.unknown += settle(attempt, nobody_told);
  }
  for (const auto& row : ids("sender_find_expired"))
    done.expired += database_.transact([&](pqxx::work& in) {
      const auto id = row[0].as<std::uint64_t>();
      in.exec_prepared("sender_lock_message", id);
      const auto ended = in.exec_prepared("sender_expire", id);
      if (ended.empty()) return 0;
      in.exec_prepared("sender_show", id);
      return ended[0][0].as<bool>() ? 0 : 1;
    });
  if (resent.empty()) return done;
  hub::db::array channels;
  for (const auto& one : resent) channels.add(one);
  for (const auto& row : ids("sender_find_unknown", channels.text()))
    done.again += database_.transact(
        [&](pqxx::work& in) { return in.exec_prepared1("sender_again", row[0].as<std::uint64_t>())[0].as<bool>() ? 1 : 0; });
  return done;
}

backlog rows::count() {
  return database_.transact([&](pqxx::work& in) {
    backlog made;
    for (const auto& row : in.exec_prepared("sender_count_rows")) made.rows[row[0].c_str()] = row[1].as<std::int64_t>();
    for (const auto& row : in.exec_prepared("sender_count_oldest")) made.oldest_seconds[row[0].c_str()] = row[1].as<double>();
    for (const auto& row : in.exec_prepared("sender_count_paused")) made.paused[row[0].c_str()] = row[1].as<std::int64_t>();
    return made;
  });
}

}  // namespace workers::sender
