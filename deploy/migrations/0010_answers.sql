-- What a team says by itself while it is not at work, and what a reply that nobody got means for who waits for one.

-- ---- out of hours ---------------------------------------------------------------------------------------------------

-- Written by a program, in the transaction of the message it answers. Nobody decides about it: what fails, or may have
-- arrived, is let be.
alter table outbox add automatic boolean not null default false;

-- One for each conversation and span in which the team is not at work, whoever writes how often, and at once.
create table automatic_answer (
  conversation text collate "C" not null,
  closed_until timestamptz not null,
  message_id bigint not null references message,
  primary key (conversation, closed_until)
);
create index automatic_answer_message on automatic_answer (message_id);

create function let_automatic_be() returns trigger language plpgsql as $$
begin
  if new.state in ('failed', 'unknown') then
    new.dismissed_at := coalesce(new.dismissed_at, now());
  end if;
  -- The customer is being forgotten.
  if new.conversation <> old.conversation then
    delete from automatic_answer where message_id = new.message_id;
  end if;
  return new;
end $$;
create trigger let_automatic_be before update on outbox for each row when (new.automatic) execute function let_automatic_be();

-- Who somebody is on a channel and account. The newest id first: it took the place of the older ones.
create function ids_on(customer bigint, on_channel text, on_account text)
returns table (space text, account text, external_id text, reply_address text)
language sql stable set enable_seqscan = off as $$
  select i.space, i.account, i.external_id, i.reply_address from identity i
   where i.customer_id = customer
     and ((i.space = on_channel and i.account in (on_account, '')) or (on_channel = 'whatsapp' and i.space = 'fingerprint')
          or (on_channel = 'email' and i.space = 'email_unproven'))
   order by (i.space = on_channel) desc, i.id desc limit 16
$$;

-- As texts name it: the chosen one, else one that a person linked, else a suggested one; empty without any.
create function vehicle_of_interest(lead bigint) returns text language sql stable set enable_seqscan = off as $$
  select coalesce((select trim(v.make || ' ' || v.model || ' ' || coalesce(v.year::text, ''))
    from lead_vehicle w join vehicle v on v.id = w.vehicle_id
   where w.lead_id = lead order by w.chosen desc, w.suggested, v.id limit 1), '')
$$;

-- ---- replies that nobody got ----------------------------------------------------------------------------------------

-- Who sends a failed one again answers then, not when it was written.
alter table outbox add resent_at timestamptz;

-- Sends once more what failed or nobody knows the fate of. False when there is nothing to send again.
create or replace function resend(row_id bigint) returns boolean language plpgsql as $$
declare
  o outbox;
begin
  perform 1 from message where id = (select message_id from outbox where id = row_id) for no key update;
  select * into o from outbox where id = row_id for update;
  if o.id is null or o.state not in ('unknown', 'failed') then
    return false;
  end if;
  update outbox set state = 'queued', tries = 0, next_attempt_at = now(), deadline = now() + interval '24 hours',
      resent_at = case when o.state = 'failed' then now() else o.resent_at end,
      dismissed_at = null, dismissed_by = null, taken_by = null, taken_until = null, updated_at = now()
   where id = row_id;
  perform show_send(row_id);
  return true;
end $$;

-- A reply that failed answered nobody, one that arrives after all did. Who finds that out holds the message and the job, and
-- leads come before both: a timer tells the clock pool, which counts again.
create function reply_judged() returns trigger language plpgsql as $$
begin
  insert into timer (kind, due_at, lead_id) values ('recount', now(), new.lead_id) on conflict do nothing;
  return null;
end $$;
create trigger reply_judged after update of status on message for each row
  when (new.direction = 'outgoing' and new.manager_id is not null and new.lead_id is not null
        and (old.status = 'failed') <> (new.status = 'failed'))
  execute function reply_judged();

-- ---- texts that a platform has approved -----------------------------------------------------------------------------

-- As the platform listed them last: what hub-api offers and checks. Read again when somebody asks and they are old.
create table message_template (
  channel text collate "C" not null,
  account text collate "C" not null,
  name text collate "C" not null,
  language text collate "C" not null,
  category text not null,
  header text not null,
  text text not null,
  footer text not null,
  gaps integer not null check (gaps >= 0),  -- values that its text asks for
  primary key (channel, account, name, language)
);
create table template_list (
  channel text collate "C" not null,
  account text collate "C" not null,
  read_at timestamptz,            -- null: never with success
  asked_at timestamptz not null,
  left_out integer not null default 0,
  problem text not null default '',  -- of the last try; empty: it went well
  primary key (channel, account)
);
