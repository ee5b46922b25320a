-- How people get in when they have no password yet, or not any more.

-- ---- links to a new password ----------------------------------------------------------------------------------------

-- Good for one new password, until it expires; only a hash of what the link holds. A person has one at a time: the newest.
create table password_link (
  staff_id bigint primary key references staff,
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  made_by bigint references staff  -- null: hubctl, or the person's own asking
);

create function make_password_link(person bigint, hash bytea, by_whom bigint, at timestamptz, good_for interval) returns void
language sql as $$
  insert into password_link (staff_id, token_hash, created_at, expires_at, made_by)
    values (person, hash, at, at + good_for, by_whom)
    on conflict (staff_id) do update set token_hash = excluded.token_hash, created_at = excluded.created_at,
      expires_at = excluded.expires_at, made_by = excluded.made_by;
$$;

-- Whose link this is, as long as it is good; nobody's otherwise.
create function password_link_of(hash bytea, at timestamptz) returns bigint language sql stable as $$
  select k.staff_id from password_link k join staff s on s.id = k.staff_id
   where k.token_hash = hash and k.expires_at > at and s.active
$$;

-- Spends the link: the new password holds and every session ends. The person, or null where the link is not good.
create function spend_password_link(hash bytea, new_password_hash text, at timestamptz) returns bigint language plpgsql as $$
declare
  person bigint;
begin
  delete from password_link where token_hash = hash and staff_id = password_link_of(hash, at) returning staff_id into person;
  if person is null then
    return null;
  end if;
  update staff set password_hash = new_password_hash, updated_at = at where id = person;
  delete from web_session where staff_id = person;
  return person;
end $$;

-- Whatever gave somebody another password, a link that was made before it is worth nothing.
create function end_password_link() returns trigger language plpgsql as $$
begin
  delete from password_link where staff_id = new.id;
  return null;
end $$;
create trigger end_password_link after update of password_hash on staff for each row
  when (old.password_hash is distinct from new.password_hash) execute function end_password_link();

-- ---- telling people elsewhere ---------------------------------------------------------------------------------------

-- How somebody wants to be told of a kind besides the console; nothing: there alone.
create table notice_choice (
  staff_id bigint not null references staff,
  kind text not null check (kind in ('lead_new', 'task_due', 'first_response_missed')),
  way text not null check (way in ('email', 'telegram')),
  chosen_at timestamptz not null,
  primary key (staff_id, kind)
);

-- Where somebody is written to in Telegram: they opened the chat with the bot themselves, by a code.
create table staff_telegram (
  staff_id bigint primary key references staff,
  account text not null,
  chat text not null,
  linked_at timestamptz not null
);
create table telegram_code (
  staff_id bigint primary key references staff,
  code_hash bytea not null unique,
  expires_at timestamptz not null
);

-- One mail or one Telegram message to one of us. No message of a conversation and no row of the outbox: it answers nobody.
-- Its text is put together when it leaves and kept nowhere. Its ids are of the outbox, for hub-connector keeps attempts of
-- both in one book.
create table notice (
  id bigint primary key default nextval('outbox_id_seq'),
  staff_id bigint not null references staff,
  kind text not null check (kind in ('told', 'password', 'linked')),
  way text not null check (way in ('email', 'telegram')),
  state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'dropped', 'failed', 'unknown')),
  attempt integer not null default 0,
  next_attempt_at timestamptz not null,
  deadline timestamptz not null,
  begun_at timestamptz,
  reason text not null default '',
  created_at timestamptz not null
);
create index notice_unfinished on notice (next_attempt_at) where state in ('queued', 'sending');
create index notice_newest on notice (staff_id, created_at);
alter table notification add notice_id bigint references notice on delete set null;
create index notification_untold on notification (staff_id, created_at) where seen_at is null and sent_at is null;
create index notification_notice on notification (notice_id) where notice_id is not null;

-- Puts together what is to be told elsewhere: what nobody has looked at for a minute, in the console or in the lead itself,
-- and one notice in ten minutes for a person and way, whatever happens. How many notices were made.
create function collect_notices(at timestamptz) returns bigint language plpgsql
set enable_seqscan = off as $$
declare
  made bigint;
begin
  if not pg_try_advisory_xact_lock(hashtext('leadyard notices')) then
    return 0;
  end if;
  with due as materialized (
    select n.id, n.staff_id, c.way
      from notice_choice c join staff s on s.id = c.staff_id and s.active
      join notification n on n.staff_id = c.staff_id and n.kind = c.kind
     where n.seen_at is null and n.sent_at is null and n.created_at >= c.chosen_at
       and n.created_at > at - interval '1 day' and n.created_at <= at - interval '1 minute'
       and not exists (select from lead_seen v
                        where v.staff_id = n.staff_id and v.lead_id = n.lead_id and v.seen_at >= n.created_at)
       and not exists (select from notice b where b.staff_id = n.staff_id and b.way = c.way and b.kind = 'told'
                                              and b.created_at > at - interval '10 minutes')
       and (c.way = 'email' or exists (select from staff_telegram t where t.staff_id = n.staff_id))
     order by n.id limit 1000
       for update of n skip locked),
  fresh as (
    insert into notice (staff_id, kind, way, next_attempt_at, deadline, created_at)
    select distinct d.staff_id, 'told', d.way, at, at + interval '1 hour', at from due d
    returning id, staff_id, way),
  marked as (
    update notification n set sent_at = at, notice_id = f.id
      from due d join fresh f on f.staff_id = d.staff_id and f.way = d.way where n.id = d.id)
  select count(*) into made from fresh;
  return made;
end $$;

-- A lead that somebody else, or nobody, gave to a person who wants to be told so. The inbox shows it by itself.
create function tell_new_owner() returns trigger language plpgsql
set enable_seqscan = off as $$
begin
  insert into notification (staff_id, kind, lead_id, text)
    select t.to_id, 'lead_new', t.lead_id, 'Lead ' || t.lead_id || ' is yours now'
      from told t join notice_choice c on c.staff_id = t.to_id and c.kind = 'lead_new'
     where t.by_staff is distinct from t.to_id order by t.lead_id;
  return null;
end $$;
create trigger tell_new_owner after insert on ownership_history referencing new table as told
  for each statement execute function tell_new_owner();

-- Whoever opened the chat with this code is the person who was shown it: told so there, and in the console. The person, or
-- null for a code that is not good.
create function link_telegram(hash bytea, in_account text, in_chat text, at timestamptz) returns bigint language plpgsql as $$
declare
  person bigint;
begin
  delete from telegram_code where code_hash = hash and expires_at > at returning staff_id into person;
  if person is null then
    return null;
  end if;
  insert into staff_telegram (staff_id, account, chat, linked_at) values (person, in_account, in_chat, at)
    on conflict (staff_id) do update set account = excluded.account, chat = excluded.chat, linked_at = excluded.linked_at;
  insert into notice (staff_id, kind, way, next_attempt_at, deadline, created_at)
    values (person, 'linked', 'telegram', at, at + interval '10 minutes', at);
  insert into audit (staff_id, program, action, subject) values (person, 'hub-worker', 'telegram_link', 'staff:' || person);
  insert into live_change (kind, subject_id, staff_id) values ('notification', person, person);
  return person;
end $$;

-- Somebody who cannot sign in asks for a link by mail. Says nothing about who is known: it always writes one line.
create function ask_password_link(address text, at timestamptz) returns void language plpgsql as $$
declare
  person bigint := (select id from staff where email = lower(address) and active);
begin
  insert into audit (staff_id, program, action, subject)
    values (person, 'hub-api', 'password_link_ask', coalesce('staff:' || person, 'nobody'));
  if person is not null and not exists (select from notice n where n.staff_id = person and n.kind = 'password'
                                                             and n.created_at > at - interval '5 minutes') then
    insert into notice (staff_id, kind, way, next_attempt_at, deadline, created_at)
      values (person, 'password', 'email', at, at + interval '30 minutes', at);
  end if;
end $$;
