#include "workers/store/changes.hpp"

namespace workers::store::changes {

void prepare(pqxx::connection& c) {
  c.prepare("message_change.merge", R"(
    insert into message_change as k (platform_id, channel, account, kind, by_whom, at, customer_id, content, location)
    select w.platform_id, w.channel, w.account, w.kind, w.by_whom, w.at, w.customer_id, w.content, w.location
      from unnest($1::text[], $2::message_channel[], $3::text[], $4::message_change_kind[], $5::text[], $6::timestamptz[],
                  $7::bigint[], $8::text[], $9::jsonb[])
           as w(platform_id, channel, account, kind, by_whom, at, customer_id, content, location)
     order by 1, 2, 3, 4, 5
    on conflict (platform_id, channel, account, kind, by_whom) do update set
      at = excluded.at, content = excluded.content, location = excluded.location,
      customer_id = coalesce(excluded.customer_id, k.customer_id)
     where (k.at, k.content) < (excluded.at, excluded.content))");
  c.prepare("lead_referral.keep", R"(
    insert into lead_referral as r (lead_id, at, source, referral_id, url, headline, body)
    select w.lead_id, w.at, w.source, w.id, w.url, w.headline, w.body
      from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
           as w(lead_id, at, source, id, url, headline, body)
     order by 1
    on conflict (lead_id) do update set
      at = excluded.at, source = excluded.source, referral_id = excluded.referral_id, url = excluded.url,
      headline = excluded.headline, body = excluded.body
     where (r.at, r.referral_id) > (excluded.at, excluded.referral_id))");
}

void merge(pqxx::work& tx, const change_columns& r) {
  tx.exec_prepared0("message_change.merge", r.platform_id.text(), r.channel.text(), r.account.text(), r.kind.text(),
                    r.by_whom.text(), r.at.text(), r.customer_id.text(), r.content.text(), r.location.text());
}

void keep_referrals(pqxx::work& tx, const referral_columns& r) {
  tx.exec_prepared0("lead_referral.keep", r.lead_id.text(), r.at.text(), r.source.text(), r.id.text(), r.url.text(),
                    r.headline.text(), r.body.text());
}

}  // namespace workers::store::changes
