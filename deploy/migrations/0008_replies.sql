-- Replies on their way out: the parts of a reply, every attempt to send one with what the platform called it, accounts that
-- wait for a person, texts kept for answering. docs/processes.md has the states.

-- ---- what is to be sent ---------------------------------------------------------------------------------------------

-- One row per part: what the platform takes as one message. `state` is the job's: queued, sending, unknown, sent, failed;
-- what platforms tell afterwards is on the message. `payload` is what hub-connector is asked, but for attempt and time.
alter table outbox add reply_id bigint not null;           -- the id of the reply's first message; `part` counts from 0
alter table outbox add deadline timestamptz not null default now() + interval '24 hours';  -- no automatic attempt after it
alter table outbox add begun_at timestamptz;               -- of the newest attempt
alter table outbox add sealed_id text;                     -- the platform's raw id where platform_id is a hash
alter table outbox add code text not null default '';      -- the platform's own code of a refusal
alter table outbox add dismissed_at timestamptz;           -- a person has seen it and lets it be
alter table outbox add dismissed_by bigint references staff;
alter table outbox add check (state in ('queued', 'sending', 'unknown', 'sent', 'failed'));
create index outbox_due on outbox (next_attempt_at, id) where state = 'queued';
create index outbox_sending on outbox (begun_at) where state = 'sending';
create index outbox_held on outbox (id) where state in ('unknown', 'failed') and dismissed_at is null;
create index outbox_message on outbox (message_id);
create index outbox_reply on outbox (reply_id);

-- Every attempt, begun before a byte can leave. Its state is the greatest of what was told of it.
create table send_attempt (
  outbox_id bigint not null references outbox,
  attempt integer not null,
  state message_status not null default 'sending' check (state not in ('received', 'queued')),
  begun_at timestamptz not null default now(),
  not_after timestamptz not null,
  ended_at timestamptz,
  platform_ids text[] not null default '{}',
  code text not null default '',
  reason text not null default '',
  counts boolean not null default true,
  primary key (outbox_id, attempt)
);

-- Whose message a receipt speaks of. The row comes from either side: from the platform's word, or from the attempt that
-- was told the id; whoever is second finds what the first one wrote.
alter table receipt add outbox_id bigint;
alter table receipt add attempt integer;
create index receipt_outbox on receipt (outbox_id) where outbox_id is not null;

-- Nothing of the account is sent while its row is here: a token that was revoked, a bill that was not paid.
create table account_pause (
  channel text collate "C" not null,
  account text collate "C" not null,
  since timestamptz not null default now(),
  code text not null default '',
  reason text not null default '',
  primary key (channel, account)
);

alter table media add uploaded_by bigint references staff;  -- null: it came with a message, or with a vehicle

-- ---- what becomes of it ---------------------------------------------------------------------------------------------

-- 5 s, 30 s, 2 m, 10 m, 30 m, 1 h, 2 h, 4 h, 8 h, each within a quarter of it; then every 8 h.
create function wait_before_try(tries integer) returns interval language sql volatile as $$
  select (array[5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800])[least(greatest(tries, 1), 9)]
         * (0.75 + random() * 0.5) * interval '1 second'
$$;

-- What the row and its message say now, from all attempts and all receipts: the message shows the greatest, but a failure
-- only of the newest attempt. A receipt for an earlier attempt ends a later one that has not begun. The caller holds the
-- rows of the message and of the outbox, in this order.
create function show_send(row_id bigint) returns void language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  o outbox;
  newest send_attempt;
  arrived boolean;
  job message_status;
  best message_status;
begin
  update send_attempt a set state = greatest(a.state, r.status)
    from (select attempt, max(status) as status from receipt where outbox_id = row_id group by attempt) r
   where a.outbox_id = row_id and a.attempt = r.attempt and a.state < r.status;

  select * into o from outbox where id = row_id;
  select * into newest from send_attempt where outbox_id = row_id and attempt = o.attempt;
  select coalesce(bool_or(state in ('sent', 'delivered', 'read')), false) into arrived
    from send_attempt where outbox_id = row_id;

  job := o.state;
  if (arrived and o.state in ('queued', 'unknown', 'failed')) or (o.state = 'sending' and newest.state in ('sent', 'delivered', 'read')) then
    job := 'sent';
  elsif o.state in ('sending', 'unknown', 'sent') and newest.state = 'failed' then
    job := 'failed';
  elsif o.state = 'sending' and newest.state = 'unknown' then
    job := 'unknown';
  end if;

  select max(state) into best from send_attempt
   where outbox_id = row_id and (state <> 'failed' or (attempt = o.attempt and job <> 'queued'));
  update outbox set state = job, updated_at = now(),
      reason = case when job <> 'failed' then reason
                    else coalesce(reason, (select r.reason from receipt r where r.outbox_id = row_id and r.attempt = o.attempt
                                            and r.reason is not null limit 1)) end
   where id = row_id and state <> job;
  update message m set status = greatest(best, job), updated_at = now(),
      platform_id = coalesce(m.platform_id, (select r.platform_id from receipt r where r.outbox_id = row_id order by r.attempt desc limit 1))
   where m.id = o.message_id and m.status <> greatest(best, job);
end $$;

-- The same for several rows, for whoever holds none of them.
create function show_sends(rows bigint[]) returns void language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  one bigint;
begin
  perform 1 from message where id in (select message_id from outbox where id = any (rows)) order by id for no key update;
  perform 1 from outbox where id = any (rows) order by id for update;
  for one in select id from outbox where id = any (rows) order by id loop
    perform show_send(one);
  end loop;
end $$;

-- What hub-connector told of an attempt, in its answer, in its event, or both: whichever comes first settles the row. A
-- word about an earlier attempt than the newest adds what it knows and moves nothing. `told` is sent, deferred, failed or
-- unknown. False when nobody knows the attempt. Receipts come before messages, and those before the outbox, in the order
-- of locks.
create function settle_send(row_id bigint, tried integer, told message_status, ids text[], sealed text, told_code text, why text,
                            retry_ms bigint, told_counts boolean, pause boolean, at timestamptz)
returns boolean language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  o outbox;
  before message_status;
  wait interval;
begin
  select * into o from outbox where id = row_id;
  if not found then
    return false;
  end if;
  insert into receipt (channel, account, platform_id, status, sent_at, outbox_id, attempt)
    select o.channel, o.account, i.id, 'sent', settle_send.at, row_id, tried
      from (select distinct unnest(ids) as id order by 1) i where told = 'sent'
    on conflict (channel, account, platform_id) do update set
      status = greatest(receipt.status, excluded.status), sent_at = least(receipt.sent_at, excluded.sent_at),
      outbox_id = excluded.outbox_id, attempt = excluded.attempt, updated_at = now();

  perform 1 from message where id = o.message_id for no key update;
  select * into o from outbox where id = row_id for update;
  select state into before from send_attempt where outbox_id = row_id and attempt = tried;
  if not found then
    return false;
  end if;
  -- Sending is no word about how it ended. After that what is known only grows.
  update send_attempt a set
      state = case when before = 'sending' then told else greatest(before, told) end,
      ended_at = coalesce(a.ended_at, settle_send.at),
      platform_ids = case when cardinality(ids) > 0 then ids else a.platform_ids end,
      code = case when told >= before or before = 'sending' then told_code else a.code end,
      reason = case when told >= before or before = 'sending' then why else a.reason end,
      counts = told_counts
   where a.outbox_id = row_id and a.attempt = tried;
  if cardinality(ids) > 0 and told = 'sent' then
    update outbox set platform_id = ids[1], sealed_id = nullif(sealed, '') where id = row_id;
    update message m set platform_id = ids[1], sent_at = greatest(m.sent_at, least(settle_send.at, now())), updated_at = now(),
        details = case when sealed <> '' then coalesce(m.details, '{}') || jsonb_build_object('sealed_id', sealed) else m.details end
     where m.id = o.message_id;
  end if;
  if tried = o.attempt and o.state in ('sending', 'unknown') then
    update outbox set code = told_code, reason = nullif(why, '') where id = row_id;
  end if;
  -- It certainly did not leave: its turn comes again.
  if tried = o.attempt and o.state = 'sending' and told = 'deferred' then
    wait := case when told_counts then wait_before_try(o.tries + 1) else interval '1 second' end;
    update outbox set state = 'queued', tries = tries + told_counts::integer, taken_by = null, taken_until = null,
        next_attempt_at = now() + greatest(wait, coalesce(retry_ms, 0) * interval '1 millisecond'), updated_at = now()
     where id = row_id;
  end if;
  perform show_send(row_id);
  if pause then
    insert into account_pause (channel, account, code, reason) values (o.channel, o.account, told_code, why)
      on conflict (channel, account) do nothing;
  end if;
  return true;
end $$;

-- ---- who may be written to ------------------------------------------------------------------------------------------

-- When somebody last wrote on this account, and since when they want nothing more of us. Looked at when a reply is written
-- and again before each attempt.
create function reach_of(customer bigint, on_channel text, on_account text, person text,
                         out heard_at timestamptz, out refused_at timestamptz)
language sql stable set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
  select (select max(m.sent_at) from lead l join message m on m.lead_id = l.id
           where l.customer_id in (select link_of(customer)) and m.direction = 'incoming'
             and m.channel::text = on_channel and m.account = on_account),
         (select i.subscribed_at from identity i
           where i.external_id = person and i.space = on_channel and i.account = on_account and not i.subscribed)
$$;

-- ---- what a person decides ------------------------------------------------------------------------------------------

-- Sends once more what failed or nobody knows the fate of. False when there is nothing to send again.
create function resend(row_id bigint) returns boolean language plpgsql as $$
declare
  o outbox;
begin
  perform 1 from message where id = (select message_id from outbox where id = row_id) for no key update;
  select * into o from outbox where id = row_id for update;
  if o.id is null or o.state not in ('unknown', 'failed') then
    return false;
  end if;
  update outbox set state = 'queued', tries = 0, next_attempt_at = now(), deadline = now() + interval '24 hours',
      dismissed_at = null, dismissed_by = null, taken_by = null, taken_until = null, updated_at = now()
   where id = row_id;
  perform show_send(row_id);
  return true;
end $$;

-- Lets it be: what waits is not sent, what is held goes out of sight, later parts of the reply go on. False when it is
-- being sent or is settled.
create function dismiss(row_id bigint, by_whom bigint) returns boolean language plpgsql as $$
declare
  o outbox;
begin
  perform 1 from message where id = (select message_id from outbox where id = row_id) for no key update;
  select * into o from outbox where id = row_id for update;
  if o.id is null or o.state not in ('queued', 'unknown', 'failed') or o.dismissed_at is not null then
    return false;
  end if;
  update outbox set state = case when o.state = 'queued' then 'failed' else o.state end,
      reason = case when o.state = 'queued' then 'taken back before it was sent' else o.reason end,
      dismissed_at = now(), dismissed_by = by_whom, updated_at = now()
   where id = row_id;
  perform show_send(row_id);
  return true;
end $$;

-- ---- texts for answering --------------------------------------------------------------------------------------------

create table saved_reply (
  id bigint generated by default as identity primary key,
  team_id bigint references team,  -- null: everybody's
  language text not null check (language ~ '^[a-z]{2}$'),
  title text not null check (title <> ''),
  text text not null check (text <> ''),
  created_by bigint references staff,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1
);
create unique index saved_reply_title on saved_reply (coalesce(team_id, 0), language, lower(title));

-- Who was told that the house is closed, and until when it was: once for each closed period.
create table closed_answer (
  conversation text collate "C" not null,
  opens_at timestamptz not null,
  answered_at timestamptz not null default now(),
  primary key (conversation, opens_at)
);
