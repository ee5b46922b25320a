#include "workers/store/people.hpp"

#include "hub/base/failpoint.hpp"

namespace workers::store::people {

void prepare(pqxx::connection& c) {
  c.prepare("identity.find", R"(
    select w.n, i.id, i.customer_id
      from unnest($1::text[], $2::text[], $3::text[]) with ordinality as w(space, account, external_id, n)
      join identity i on i.external_id = w.external_id and i.space = w.space and i.account = w.account)");
  c.prepare("identity.insert", R"(
    insert into identity (space, account, external_id)
    select * from unnest($1::text[], $2::text[], $3::text[])
    on conflict do nothing)");
  c.prepare("identity.find_locked", R"(
    select w.n, i.id, i.customer_id
      from unnest($1::text[], $2::text[], $3::text[]) with ordinality as w(space, account, external_id, n)
      join identity i on i.external_id = w.external_id and i.space = w.space and i.account = w.account
     order by i.id
       for no key update of i)");
  c.prepare("customer.insert", R"(
    insert into customer (first_name) select '' from generate_series(1, $1::integer) returning id)");
  c.prepare("identity.give_customer", R"(
    with given as (
      update identity i set customer_id = w.customer_id
        from unnest($1::bigint[], $2::bigint[]) as w(identity_id, customer_id)
       where i.id = w.identity_id and i.customer_id is null
      returning i.customer_id, i.space, i.external_id)
    update customer c set
        viber_id = coalesce(c.viber_id, g.viber_id),
        whatsapp_id = coalesce(c.whatsapp_id, g.whatsapp_id),
        telegram_id = coalesce(c.telegram_id, g.telegram_id)
      from (select customer_id, min(external_id) filter (where space = 'viber') as viber_id,
                   -- A parent id is the portfolio's, not the person's.
                   min(external_id) filter (where space = 'whatsapp' and external_id not like '__.ENT.%') as whatsapp_id,
                   min(external_id) filter (where space = 'telegram') as telegram_id
              from given group by 1) g
     where c.id = g.customer_id and coalesce(g.viber_id, g.whatsapp_id, g.telegram_id) is not null)");
  const std::string columns =
      "select c.id, c.merged_into, c.first_name, c.last_name, c.language, (extract(epoch from c.named_at) * 1000)::bigint"
      " from customer c ";
  // Without the lock only the unique indexes protect: that is what the race test shows with the switch.
  const std::string order_and_lock = std::string("order by c.id") +
                                     (hub::failpoint_on("ingest.no_customer_lock") ? "" : " for no key update");
  c.prepare("customer.lock", columns + "where c.id = any ($1::bigint[]) " + order_and_lock);
  c.prepare("customer.any_linked", "select exists (select from customer where merged_into is not null)");
  c.prepare("customer.lock_linked", columns + R"(
    where c.id = any ($1::bigint[]) or c.id in (
                   select x.merged_into from customer x where x.id = any ($1::bigint[]) and x.merged_into is not null
                   union select m.id from customer m where m.merged_into = any ($1::bigint[])
                   union select m.id from customer x join customer m on m.merged_into = x.merged_into
                    where x.id = any ($1::bigint[])) )" +
                                        order_and_lock);
  c.prepare("customer.rename", R"(
    update customer c set first_name = w.first_name, last_name = w.last_name, language = w.language, named_at = w.named_at,
                          updated_at = now()
      from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
           as w(id, first_name, last_name, language, named_at)
     where c.id = w.id and (c.named_at is null or c.named_at >= w.named_at))");
  c.prepare("identity.learn", R"(
    update identity i set
        -- Of two facts of one instant the refusal holds, in whatever order they arrive.
        subscribed = case when i.subscribed_at is null or w.subscribed_at > i.subscribed_at
                               then coalesce(w.subscribed, i.subscribed)
                          when w.subscribed_at = i.subscribed_at then i.subscribed and w.subscribed
                          else i.subscribed end,
        subscribed_at = greatest(i.subscribed_at, w.subscribed_at),
        read_up_to = greatest(i.read_up_to, w.read_up_to),
        reply_address = case when i.reply_address_at is null or w.reply_address_at > i.reply_address_at
                                  then coalesce(w.reply_address, i.reply_address)
                             else i.reply_address end,
        reply_address_at = greatest(i.reply_address_at, w.reply_address_at)
      from unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::text[],
                  $8::timestamptz[])
           as w(space, account, external_id, subscribed, subscribed_at, read_up_to, reply_address, reply_address_at)
     where i.external_id = w.external_id and i.space = w.space and i.account = w.account)");
  c.prepare("customer.kept_apart", R"(
    select exists (
      select from unnest($1::bigint[], $2::bigint[]) as w(a, b)
       where exists (select from customer_merge m
                      where m.unmerged_at is not null
                        and ((m.root_id = w.a and m.merged_id = w.b) or (m.root_id = w.b and m.merged_id = w.a)))
          or exists (select from possible_same p
                      where p.first_id = least(w.a, w.b) and p.second_id = greatest(w.a, w.b) and not p.same)))");
  c.prepare("customer.link", "select merge_customers($1, $2, 'the platform named both in one payload', null)");
  c.prepare("possible_same.insert", R"(
    insert into possible_same (first_id, second_id, evidence)
    select least(a, b), greatest(a, b), 'the platform named both in one payload'
      from unnest($1::bigint[], $2::bigint[]) as w(a, b)
    on conflict do nothing)");
}

pqxx::result find_identities(pqxx::work& tx, const identity_columns& who) {
  return tx.exec_prepared("identity.find", who.space.text(), who.account.text(), who.external_id.text());
}

void insert_identities(pqxx::work& tx, const identity_columns& who) {
  tx.exec_prepared0("identity.insert", who.space.text(), who.account.text(), who.external_id.text());
}

pqxx::result find_identities_locked(pqxx::work& tx, const identity_columns& who) {
  return tx.exec_prepared("identity.find_locked", who.space.text(), who.account.text(), who.external_id.text());
}

pqxx::result insert_customers(pqxx::work& tx, std::size_t n) { return tx.exec_prepared("customer.insert", n); }

void give_customers(pqxx::work& tx, const hub::db::array& identity_ids, const hub::db::array& customer_ids) {
  tx.exec_prepared0("identity.give_customer", identity_ids.text(), customer_ids.text());
}

pqxx::result lock_customers(pqxx::work& tx, const hub::db::array& ids) {
  return tx.exec_prepared("customer.lock", ids.text());
}

bool any_linked(pqxx::work& tx) { return tx.exec_prepared1("customer.any_linked")[0].as<bool>(); }

pqxx::result lock_linked(pqxx::work& tx, const hub::db::array& ids) {
  return tx.exec_prepared("customer.lock_linked", ids.text());
}

void rename(pqxx::work& tx, const customer_names& rows) {
  tx.exec_prepared0("customer.rename", rows.id.text(), rows.first_name.text(), rows.last_name.text(), rows.language.text(),
                    rows.named_at.text());
}

void learn_facts(pqxx::work& tx, const identity_facts& rows) {
  tx.exec_prepared0("identity.learn", rows.who.space.text(), rows.who.account.text(), rows.who.external_id.text(),
                    rows.subscribed.text(), rows.subscribed_at.text(), rows.read_up_to.text(), rows.reply_address.text(),
                    rows.reply_address_at.text());
}

bool kept_apart(pqxx::work& tx, const hub::db::array& first, const hub::db::array& second) {
  return tx.exec_prepared1("customer.kept_apart", first.text(), second.text())[0].as<bool>();
}

void link(pqxx::work& tx, std::int64_t root, std::int64_t merged) { tx.exec_prepared("customer.link", root, merged); }

void found_possibly_same(pqxx::work& tx, const hub::db::array& first, const hub::db::array& second) {
  tx.exec_prepared0("possible_same.insert", first.text(), second.text());
}

}  // namespace workers::store::people
