#include "workers/store/conflicts.hpp"

namespace workers::store::conflicts {

void prepare(pqxx::connection& c) {
  c.prepare("erp_ledger.received", R"(
    insert into erp_ledger (account, direction, object_type, object_id, version, content_hash, at)
    select w.account, 'received', w.object_type, w.object_id, w.version, w.content_hash, w.at
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
           as w(account, object_type, object_id, version, content_hash, at)
    on conflict (account, direction, object_type, object_id) do update set
      version = excluded.version, content_hash = excluded.content_hash, at = excluded.at)");
  c.prepare("erp_conflict.judged", R"(
    select k.account, k.object_type, k.object_id, k.field, k.state = 'took_theirs', k.theirs
      from unnest($1::text[], $2::text[], $3::text[]) as w(account, object_type, object_id)
      join erp_conflict k on k.account = w.account and k.object_type = w.object_type and k.object_id = w.object_id
     where not k.over and k.state in ('kept_ours', 'took_theirs'))");
  c.prepare("erp_conflict.end", R"(
    update erp_conflict k set over = true, state = case when k.state = 'open' then 'settled' else k.state end
      from unnest($1::text[], $2::text[], $3::text[]) as o(account, object_type, object_id)
     where k.account = o.account and k.object_type = o.object_type and k.object_id = o.object_id and not k.over
       and not exists (select from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
                              as w(account, object_type, object_id, field, theirs)
                        where w.account = k.account and w.object_type = k.object_type and w.object_id = k.object_id
                          and w.field = k.field and (k.state = 'open' or w.theirs = k.theirs)))");
  c.prepare("erp_conflict.open", R"(
    insert into erp_conflict as k (account, object_type, object_id, field, ours, theirs, why, vehicle_id, lead_id)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
                         $9::bigint[])
    on conflict (account, object_type, object_id, field) where not over do update set
      ours = excluded.ours, theirs = excluded.theirs, why = excluded.why, vehicle_id = excluded.vehicle_id,
      lead_id = excluded.lead_id
     where k.state = 'open' and (k.ours, k.theirs, k.why, k.vehicle_id, k.lead_id)
                is distinct from (excluded.ours, excluded.theirs, excluded.why, excluded.vehicle_id, excluded.lead_id))");
  c.prepare("erp_conflict.to_apply", R"(
    select id, account, object_type, object_id, state = 'took_theirs'
      from erp_conflict where not applied order by id limit $1::integer)");
  c.prepare("erp_conflict.reopen", R"(
    update erp_conflict k set state = 'open', judged_at = null, judged_by = null, applied = true, why = w.why
      from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as w(account, object_type, object_id, field, why)
     where k.account = w.account and k.object_type = w.object_type and k.object_id = w.object_id and k.field = w.field
       and not k.over)");
  c.prepare("erp_conflict.applied", "update erp_conflict set applied = true where id = any ($1::bigint[])");
}

void received(pqxx::work& tx, const received_columns& r) {
  tx.exec_prepared0("erp_ledger.received", r.account.text(), r.object_type.text(), r.object_id.text(), r.version.text(),
                    r.content_hash.text(), r.at.text());
}

pqxx::result judged(pqxx::work& tx, const object_columns& of) {
  return tx.exec_prepared("erp_conflict.judged", of.account.text(), of.object_type.text(), of.object_id.text());
}

void keep(pqxx::work& tx, const object_columns& of, const conflict_columns& r) {
  tx.exec_prepared0("erp_conflict.end", of.account.text(), of.object_type.text(), of.object_id.text(), r.of.account.text(),
                    r.of.object_type.text(), r.of.object_id.text(), r.field.text(), r.theirs.text());
  if (!r.field.empty())
    tx.exec_prepared0("erp_conflict.open", r.of.account.text(), r.of.object_type.text(), r.of.object_id.text(), r.field.text(),
                      r.ours.text(), r.theirs.text(), r.why.text(), r.vehicle_id.text(), r.lead_id.text());
}

pqxx::result to_apply(pqxx::work& tx, int limit) { return tx.exec_prepared("erp_conflict.to_apply", limit); }

void applied(pqxx::work& tx, const hub::db::array& ids) { tx.exec_prepared0("erp_conflict.applied", ids.text()); }

void reopen(pqxx::work& tx, const conflict_columns& r) {
  tx.exec_prepared0("erp_conflict.reopen", r.of.account.text(), r.of.object_type.text(), r.of.object_id.text(), r.field.text(),
                    r.why.text());
}

}  // namespace workers::store::conflicts
