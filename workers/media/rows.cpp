#include "workers/media/rows.hpp"

#include "hub/base/failpoint.hpp"

#include <utility>

namespace workers::media {

namespace {

// Two statements, because only the first follows the index from the earliest deadline on that can still be met.
// $1 process, $2 milliseconds of lease
#define TAKE(which)                                                                                                        \
  "with next as (select event_key, part, taken_by from media_fetch"                                                        \
  " where state = 'pending' and next_attempt_at <= now() and (taken_until is null or taken_until <= now()) and " which     \
  " limit 1 for update skip locked),"                                                                                      \
  " died as (insert into suspect (event_key, crashes, process)"                                                            \
  " select 'media:' || event_key || ':' || part, 1, taken_by from next where taken_by is not null"                         \
  " on conflict (event_key) do update set crashes = suspect.crashes + 1, marked_at = now(), process = excluded.process"    \
  " returning crashes)"                                                                                                    \
  " update media_fetch f set taken_by = $1, taken_until = now() + $2 * interval '1 millisecond', attempts = attempts + 1," \
  " updated_at = now() from next where f.event_key = next.event_key and f.part = next.part"                                \
  " returning f.event_key, f.part, f.channel, f.account, f.type, f.reference, f.attempts,"                                 \
  " coalesce(f.deadline, f.created_at + interval '7 days') <= now(), coalesce((select crashes from died), 0)"

constexpr auto take_in_time = TAKE("deadline > now() order by deadline");
constexpr auto take_other = TAKE("(deadline is null or deadline <= now()) order by deadline desc nulls first");
#undef TAKE

// $1 event key, $2 part, $3 attempt: the right to write. The message's row comes before the job's in the lock order. Of what
// an ERP tells of a vehicle the row is held, so that the picture finds the vehicle, or the vehicle the picture.
constexpr auto lock_vehicle =
    "select 1 from erp_vehicle e join media_fetch f on f.vehicle = e.erp_id and f.channel || ':' || f.account = e.account"
    " where f.event_key = $1 and f.part = $2 for share of e";
constexpr auto lock_call =
    "select c.id from call_record c join media_fetch f on f.call_id = c.id where f.event_key = $1 and f.part = $2"
    " for no key update of c";
constexpr auto lock_message =
    "select m.id from message m join media_fetch f on f.message_id = m.id where f.event_key = $1 and f.part = $2"
    " for no key update of m";
constexpr auto lock_job =
    "select 1 from media_fetch where event_key = $1 and part = $2 and attempts = $3 and state = 'pending' for update";

// $3 path, $4 type, $5 hash, $6 size
constexpr auto insert_media =
    "insert into media (file_path, file_type, uploaded_at, lead_id, customer_id, sha256, size, original_name, channel, "
    "vehicle_id)"
    " select $3, $4, coalesce(m.sent_at, c.start_time, f.created_at), coalesce(m.lead_id, c.lead_id),"
    " coalesce(m.customer_id, c.customer_id), $5, $6::bigint, f.file_name, f.channel, e.vehicle_id"
    " from media_fetch f left join message m on m.id = f.message_id left join call_record c on c.id = f.call_id"
    " left join erp_vehicle e on e.erp_id = f.vehicle and e.account = f.channel || ':' || f.account"
    " where f.event_key = $1 and f.part = $2 returning id";
// $3 hash. A picture of the same vehicle that only has another name or place now is no second one.
constexpr auto same_picture =
    "select g.media_id from media_fetch f join media_fetch g on g.vehicle = f.vehicle and g.channel = f.channel"
    " and g.account = f.account and g.state = 'stored' join media z on z.id = g.media_id and z.sha256 = $3"
    " where f.event_key = $1 and f.part = $2 limit 1";

// $3 media id
constexpr auto link_media =
    "insert into message_media (message_id, part, media_id)"
    " select message_id, part, $3::bigint from media_fetch where event_key = $1 and part = $2 and message_id is not null"
    " on conflict do nothing";
// The first part is the message's own, whichever came first: "2" before "10".
constexpr auto show_first =
    "update message set updated_at = now(), media_id ="
    " (select media_id from message_media where message_id = message.id order by length(part), part limit 1)"
    " where id = (select message_id from media_fetch where event_key = $1 and part = $2)";
// $3 media id, $4 path
constexpr auto show_recording =
    "update call_record set updated_at = now(), media_id = $3, recording_url = $4"
    " where id = (select call_id from media_fetch where event_key = $1 and part = $2)";
constexpr auto finish_stored =
    "update media_fetch set state = 'stored', media_id = $3, reason = null, taken_by = null, taken_until = null,"
    " updated_at = now() where event_key = $1 and part = $2";

// $3 attempt, $4 state, $5 reason
constexpr auto finish_other =
    "update media_fetch set state = $4::media_state, reason = $5, taken_by = null, taken_until = null, updated_at = now()"
    " where event_key = $1 and part = $2 and attempts = $3 and state = 'pending'";
// $3 attempt, $4 reason, $5 milliseconds
constexpr auto back =
    "update media_fetch set reason = nullif($4, ''), taken_by = null, taken_until = null, updated_at = now(), next_attempt_at ="
    " least(now() + $5 * interval '1 millisecond',"
    " greatest(coalesce(deadline, 'infinity'), now() + least($5, 1000) * interval '1 millisecond'))"
    " where event_key = $1 and part = $2 and attempts = $3 and state = 'pending'";
// $3 attempt, $4 milliseconds
constexpr auto extend =
    "update media_fetch set taken_until = now() + $4 * interval '1 millisecond'"
    " where event_key = $1 and part = $2 and attempts = $3 and state = 'pending'";
constexpr auto forget_deaths = "delete from suspect where event_key = 'media:' || $1::text || ':' || $2::text";
constexpr auto count_pending =
    "select count(*), coalesce(extract(epoch from min(deadline) - now()), 0)::float8 from media_fetch where state = 'pending'";

}  // namespace

void prepare_media_statements(pqxx::connection& on) {
  on.prepare("media_take_in_time", take_in_time);
  on.prepare("media_take_other", take_other);
  on.prepare("media_lock_message", lock_message);
  on.prepare("media_lock_call", lock_call);
  on.prepare("media_lock_vehicle", lock_vehicle);
  on.prepare("media_same_picture", same_picture);
  on.prepare("media_lock_job", lock_job);
  on.prepare("media_insert", insert_media);
  on.prepare("media_link", link_media);
  on.prepare("media_show_first", show_first);
  on.prepare("media_show_recording", show_recording);
  on.prepare("media_finish_stored", finish_stored);
  on.prepare("media_finish_other", finish_other);
  on.prepare("media_give_back", back);
  on.prepare("media_extend", extend);
  on.prepare("media_forget_deaths", forget_deaths);
  on.prepare("media_count_pending", count_pending);
}

rows::rows(hub::db::connect_options options) : database_(std::move(options)) { database_.on_connect(prepare_media_statements); }

std::optional<job> rows::take(const std::string& taken_by, std::chrono::milliseconds lease) {
  return database_.transact([&](pqxx::work& in) -> std::optional<job> {
    for (const char* statement : {"media_take_in_time", "media_take_other"}) {
      const auto found = in.exec_prepared(statement, taken_by, lease.count());
      if (found.empty()) continue;
      const auto& row = found[0];
      return job{.event_key = row[0].as<std::string>(),
                 .part = row[1].as<std::string>(),
                 .channel = row[2].as<std::string>(),
                 .account = row[3].as<std::string>(),
                 .type = row[4].as<std::string>(),
                 .reference = row[5].as<std::string>(),
                 .attempt = row[6].as<int>(),
                 .deadline_passed = row[7].as<bool>(),
                 .deaths = row[8].as<int>()};
    }
    return std::nullopt;
  });
}

bool rows::renew(const job& held, std::chrono::milliseconds lease) {
  return database_.transact([&](pqxx::work& in) {
    return in.exec_prepared("media_extend", held.event_key, held.part, held.attempt, lease.count()).affected_rows() == 1;
  });
}

bool rows::settle_stored(const job& held, const hub::media::stored& file) {
  const bool mine = database_.transact([&](pqxx::work& in) {
    const bool of_vehicle = !in.exec_prepared("media_lock_vehicle", held.event_key, held.part).empty();
    in.exec_prepared("media_lock_message", held.event_key, held.part);
    in.exec_prepared("media_lock_call", held.event_key, held.part);
    if (in.exec_prepared("media_lock_job", held.event_key, held.part, held.attempt).empty()) return false;
    const auto same =
        of_vehicle ? in.exec_prepared("media_same_picture", held.event_key, held.part, file.sha256) : pqxx::result();
    const auto row =
        same.empty() ? in.exec_prepared1("media_insert", held.event_key, held.part, file.path, file.type, file.sha256, file.size)
                     : same[0];
    const auto id = row[0].as<std::int64_t>();
    in.exec_prepared("media_link", held.event_key, held.part, id);
    in.exec_prepared("media_show_first", held.event_key, held.part);
    in.exec_prepared("media_show_recording", held.event_key, held.part, id, file.path);
    in.exec_prepared("media_finish_stored", held.event_key, held.part, id);
    in.exec_prepared("media_forget_deaths", held.event_key, held.part);
    FAILPOINT("media.row", held.event_key);
    return true;
  });
  FAILPOINT("media.done", held.event_key);
  return mine;
}

bool rows::settle(const job& held, const outcome& how) {
  const std::string state(hub::name_of(how.ending));
  return database_.transact([&](pqxx::work& in) {
    if (in.exec_prepared("media_finish_other", held.event_key, held.part, held.attempt, state, how.reason).affected_rows() != 1)
      return false;
    in.exec_prepared("media_forget_deaths", held.event_key, held.part);
    return true;
  });
}

bool rows::give_back(const job& held, const std::string& reason, std::chrono::milliseconds wait) {
  return database_.transact([&](pqxx::work& in) {
    return in.exec_prepared("media_give_back", held.event_key, held.part, held.attempt, reason, wait.count()).affected_rows() ==
           1;
  });
}

backlog rows::count() {
  return database_.transact([&](pqxx::work& in) {
    const auto row = in.exec_prepared1("media_count_pending");
    return backlog{row[0].as<std::int64_t>(), row[1].as<double>()};
  });
}

}  // namespace workers::media
