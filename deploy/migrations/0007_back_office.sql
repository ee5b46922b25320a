-- What an ERP tells and is told: everything told of its vehicles and customers, which full exchanges there were, its orders,
-- and what it says against what the hub knows. An account is "<channel>:<account>", as in "bas:main". Ids and times that
-- machines made compare byte by byte.

-- ---- vehicles -------------------------------------------------------------------------------------------------------

-- One vehicle as its ERP tells it: every field with the newest time that told it (workers/ingest/told_vehicle.hpp). The row of
-- `vehicle` follows from that; it is there once make, model and price are known.
create table erp_vehicle (
  account text collate "C" not null,
  erp_id text collate "C" not null,
  facts jsonb not null,
  vin text collate "C",                  -- as told
  first_told timestamptz not null,
  newest timestamptz not null,           -- when anything was told of it last
  absent_at timestamptz,                 -- the full exchange that left it out
  live boolean not null,                 -- by what was told: neither sold nor archived
  base jsonb not null default '{}',      -- what the hub has taken over, field by field: another value in `vehicle` is by hand
  vehicle_id bigint unique references vehicle,
  primary key (account, erp_id)
);
create index erp_vehicle_vin on erp_vehicle (vin) where vin is not null;

-- Pictures of a vehicle are fetched as attachments are, whether its row is there yet or not.
alter table media_fetch add vehicle text collate "C";  -- the ERP's id of what it shows
create index media_fetch_vehicle on media_fetch (vehicle) where vehicle is not null;

-- Ranges of full exchanges; the newest complete ones decide which vehicles are absent, older ones are removed.
create table erp_exchange (
  account text collate "C" not null,
  catalogue text collate "C" not null,
  at timestamptz not null,
  range_from text collate "C" not null,
  range_to text collate "C" not null,
  present text[] not null,
  total bigint not null,
  primary key (account, at, catalogue, range_from)
);

-- ---- customers ------------------------------------------------------------------------------------------------------

-- What an ERP calls its customers; the newest told.
create table erp_customer (
  account text collate "C" not null,
  erp_id text collate "C" not null,
  at timestamptz not null,
  first_name text collate "C" not null,
  last_name text collate "C" not null,
  company_name text collate "C" not null,
  primary key (account, erp_id)
);

-- ---- orders ---------------------------------------------------------------------------------------------------------

-- `order_key` is our own id of an order that was born in the hub, else the ERP's.
alter table erp_order add order_key text collate "C" not null;
alter table erp_order drop constraint erp_order_account_erp_id_key;
alter table erp_order add constraint erp_order_is_unique unique (account, order_key);
alter table erp_order alter paid drop not null, alter paid drop default;
alter table erp_order alter paid type boolean using paid > 0;
alter table erp_order alter paid set default false, alter paid set not null;
alter table erp_order add at timestamptz not null;
alter table erp_order add customer text collate "C" not null default '';   -- the ERP's id
alter table erp_order add vehicles text[] collate "C" not null default '{}';
alter table erp_order add shipped boolean not null default false;
alter table erp_order add cancelled boolean not null default false;
alter table erp_order add moved_to lead_stage;  -- where this order has brought its lead
create index erp_order_lead on erp_order (lead_id) where lead_id is not null;
create index erp_order_customer on erp_order (account, customer);

-- ---- the ledger -----------------------------------------------------------------------------------------------------

-- Sent orders are jobs, too: taken with a lease, settled by compare-and-set on the attempt.
alter table erp_ledger add state text not null default 'done' check (state in ('done', 'waiting', 'refused'));
alter table erp_ledger add attempt integer not null default 0;
alter table erp_ledger add next_attempt_at timestamptz;
alter table erp_ledger add taken_until timestamptz;
alter table erp_ledger add reason text not null default '';
alter table erp_ledger add content text not null default '';
alter table erp_ledger add other_id text not null default '';  -- the ERP's id of an order of ours
alter table erp_ledger drop column conflict;
create index erp_ledger_waiting on erp_ledger (next_attempt_at) where state = 'waiting';

-- ---- conflicts ------------------------------------------------------------------------------------------------------

-- What an ERP says and the hub does not follow: a person judges, and a worker applies that. One row at a time of each field; a
-- row is over when both sides agree again, or the ERP says a third thing. `settled`: that came about without anybody.
create table erp_conflict (
  id bigint generated by default as identity primary key,
  account text collate "C" not null,
  object_type text collate "C" not null check (object_type in ('vehicle', 'order', 'exchange')),
  object_id text collate "C" not null,
  field text collate "C" not null,
  ours text collate "C" not null,
  theirs text collate "C" not null,
  why text not null,
  vehicle_id bigint references vehicle,
  lead_id bigint references lead,
  found_at timestamptz not null default now(),
  state text not null default 'open' check (state in ('open', 'settled', 'kept_ours', 'took_theirs')),
  over boolean not null default false,
  applied boolean not null default true,
  judged_at timestamptz,
  judged_by bigint references staff,
  check ((state in ('kept_ours', 'took_theirs')) = (judged_at is not null))
);
create unique index erp_conflict_is_unique on erp_conflict (account, object_type, object_id, field) where not over;
create index erp_conflict_open on erp_conflict (id) where state = 'open';
create index erp_conflict_judged on erp_conflict (id) where not applied;

-- ---- vehicles of a lead ---------------------------------------------------------------------------------------------

-- The chosen vehicles of a lead, locked in order: whose they are decides whether a step may go.
create function lock_chosen_vehicles(lead bigint)
returns table (id bigint, status vehicle_status, title text, other bigint) language sql as $$
  select v.id, v.status, v.make || ' ' || v.model,
         (select min(o.lead_id) from lead_vehicle o join lead k on k.id = o.lead_id
           where o.vehicle_id = v.id and o.chosen and o.lead_id <> lock_chosen_vehicles.lead
             and k.stage in ('prepayment', 'sold'))
    from vehicle v
   where v.id in (select w.vehicle_id from lead_vehicle w where w.lead_id = lock_chosen_vehicles.lead and w.chosen)
   order by v.id
     for no key update of v
$$;

-- Chosen vehicles go along with a step of their lead: reserved at prepayment, sold with it, free when it steps back or is
-- lost, and then chosen no more. What is archived stays archived. The caller holds the lead and the vehicles.
create function move_vehicles(lead bigint, from_stage lead_stage, to_stage lead_stage) returns void language plpgsql as $$
declare
  wanted vehicle_status := case when to_stage = 'prepayment' then 'reserved'::vehicle_status
                                when to_stage = 'sold' then 'sold'::vehicle_status
                                when from_stage in ('prepayment', 'sold') then 'available'::vehicle_status end;
begin
  update vehicle v set status = wanted, updated_at = now(), version = v.version + 1
   where v.id in (select w.vehicle_id from lead_vehicle w where w.lead_id = move_vehicles.lead and w.chosen)
     and wanted is not null and v.status <> wanted and v.status <> 'archived';
  if to_stage = 'lost' then
    update lead_vehicle w set chosen = false where w.lead_id = move_vehicles.lead and w.chosen;
  end if;
end $$;

-- ---- orders to the ERP ----------------------------------------------------------------------------------------------

create index lead_at_prepayment on lead (id) where stage = 'prepayment';
create index erp_ledger_sent on erp_ledger (object_id) where direction = 'sent';
