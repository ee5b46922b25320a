-- What consoles are told at once, what each person has seen, what can be searched for, and how a customer is forgotten.

-- ---- the change feed ------------------------------------------------------------------------------------------------

-- What changed, in the transaction that changed it: no content, only what to read again. Its order is (xid, id), and a
-- reader goes no further than pg_snapshot_xmin(pg_current_snapshot()): a slow transaction is never skipped. Unlogged,
-- because it is news and not a record: it writes no WAL, and after a crash of the server it is empty, which feed_epoch()
-- tells.
--
-- Who may know follows from the lead at the time of reading. Besides: staff_id and team_id name who had it before (its
-- owner, or where it was nobody's everybody of the team), for they are to learn that it has gone.
create unlogged table live_change (
  xid xid8 not null default pg_current_xact_id(),
  id bigint generated always as identity,
  at timestamptz not null default now(),
  kind text collate "C" not null,
  lead_id bigint,
  subject_id bigint not null,
  staff_id bigint,
  team_id bigint,
  primary key (xid, id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- Everything up to here may have been removed.
alter table hub_state add feed_removed xid8 not null default '0';

-- When the feed began: empty as the feed is after a crash of the server, and on another machine.
create unlogged table live_life (
  single boolean primary key default true check (single),
  began bigint not null
);

-- Places in the feed are worth something within one epoch: until a restore raises it, or the feed begins anew.
create function feed_epoch() returns text language plpgsql as $$
declare
  life bigint := (select l.began from live_life l);
begin
  if life is null then
    insert into live_life (began) values (floor(extract(epoch from clock_timestamp()) * 1000)) on conflict do nothing;
    life := (select l.began from live_life l);
  end if;
  return (select s.epoch from hub_state s) || '.' || life;
end $$;

-- After a restore: consoles load everything again. The old feed speaks of rows that may not be there.
create function restart_feed() returns integer language sql as $$
  delete from live_change;
  delete from live_life;
  update hub_state set epoch = epoch + 1, feed_removed = '0' returning epoch;
$$;

-- Removes what is older than `older_than`, at most `most` rows, oldest first; says how many.
create function remove_old_changes(older_than timestamptz, most integer) returns bigint language plpgsql
set enable_seqscan = off as $$
declare
  up_to xid8;
  removed bigint;
begin
  select max(c.xid) into up_to
    from (select xid, at from live_change order by xid, id limit most) c where c.at < older_than;
  if up_to is null then
    return 0;
  end if;
  update hub_state set feed_removed = up_to where feed_removed < up_to;
  delete from live_change where xid <= up_to;
  get diagnostics removed = row_count;
  return removed;
end $$;

-- Of a batch, one statement for all its rows; what changes single rows tells of each. Instants of a lead that move with
-- every message (last_activity_at, unanswered_since) are told by the message.
create function tell_new_messages() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, lead_id, subject_id) select 'message', lead_id, id from told where lead_id is not null;
  return null;
end $$;
create trigger tell_new_messages after insert on message referencing new table as told
  for each statement execute function tell_new_messages();
create trigger tell_changed_messages after update on message referencing new table as told
  for each statement execute function tell_new_messages();

create function tell_new_leads() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, lead_id, subject_id) select 'lead', id, id from told;
  return null;
end $$;
create trigger tell_new_leads after insert on lead referencing new table as told
  for each statement execute function tell_new_leads();

create function tell_lead() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, lead_id, subject_id, staff_id, team_id)
    values ('lead', new.id, new.id,
            case when old.manager_id is distinct from new.manager_id then old.manager_id end,
            case when old.manager_id is distinct from new.manager_id or old.team_id is distinct from new.team_id
                 then old.team_id end);
  return null;
end $$;
create trigger tell_lead after update on lead for each row
  when ((old.version, old.manager_id, old.team_id, old.stage, old.queued_at, old.queue_reason, old.priority, old.intent, old.tags,
         old.source_channel, old.origin, old.data, old.estimated_value, old.currency, old.notes, old.close_reason,
         old.first_response_due_at, old.first_response_at, old.customer_id)
        is distinct from
        (new.version, new.manager_id, new.team_id, new.stage, new.queued_at, new.queue_reason, new.priority, new.intent, new.tags,
         new.source_channel, new.origin, new.data, new.estimated_value, new.currency, new.notes, new.close_reason,
         new.first_response_due_at, new.first_response_at, new.customer_id))
  execute function tell_lead();

-- What belongs to a lead and is shown with it.
create function tell_of_lead() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, lead_id, subject_id)
    select distinct 'lead', lead_id, lead_id from told where lead_id is not null;
  return null;
end $$;
create trigger tell_activities after insert on activity referencing new table as told
  for each statement execute function tell_of_lead();
create trigger tell_notes after insert on note referencing new table as told
  for each statement execute function tell_of_lead();
create trigger tell_actions after insert on sales_action referencing new table as told
  for each statement execute function tell_of_lead();
create trigger tell_conversions after insert on conversion referencing new table as told
  for each statement execute function tell_of_lead();
create trigger tell_referrals after insert on lead_referral referencing new table as told
  for each statement execute function tell_of_lead();
create trigger tell_new_interest after insert on lead_vehicle referencing new table as told
  for each statement execute function tell_of_lead();
create trigger tell_changed_interest after update on lead_vehicle referencing new table as told
  for each statement execute function tell_of_lead();
create trigger tell_lost_interest after delete on lead_vehicle referencing old table as told
  for each statement execute function tell_of_lead();

create function tell_customer() returns trigger language plpgsql
set enable_seqscan = off as $$
begin
  insert into live_change (kind, lead_id, subject_id) select 'lead', l.id, l.id from lead l where l.customer_id = new.id;
  return null;
end $$;
create trigger tell_customer after update on customer for each row
  when ((old.first_name, old.last_name, old.company_name, old.merged_into)
        is distinct from (new.first_name, new.last_name, new.company_name, new.merged_into))
  execute function tell_customer();

create function tell_call() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, lead_id, subject_id) values ('call', new.lead_id, new.id);
  return null;
end $$;
create trigger tell_call after insert or update on call_record for each row execute function tell_call();

-- To whom it is given, and from whom it was taken.
create function tell_task() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, lead_id, subject_id, staff_id) values ('task', new.lead_id, new.id, new.manager_id);
  if tg_op = 'UPDATE' and old.manager_id is distinct from new.manager_id and old.manager_id is not null then
    insert into live_change (kind, lead_id, subject_id, staff_id) values ('task', new.lead_id, new.id, old.manager_id);
  end if;
  return null;
end $$;
create trigger tell_task after insert or update on task for each row execute function tell_task();

create function tell_notification() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, subject_id, staff_id) values ('notification', new.id, new.staff_id);
  return null;
end $$;
create trigger tell_notification after insert or update on notification for each row execute function tell_notification();

-- Whether somebody is there, and who they are.
create function tell_person() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    insert into live_change (kind, subject_id) values ('presence', old.staff_id);
  else
    insert into live_change (kind, subject_id) values ('presence', new.staff_id);
  end if;
  return null;
end $$;
create function tell_staff() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, subject_id) values ('presence', new.id);
  return null;
end $$;
create trigger tell_presence after insert or update on presence for each row execute function tell_person();
create trigger tell_absence after insert or update or delete on absence for each row execute function tell_person();
create trigger tell_staff after update on staff for each row
  when ((old.name, old.role, old.active) is distinct from (new.name, new.role, new.active)) execute function tell_staff();

create function tell_new_vehicles() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, subject_id) select 'vehicle', id from told;
  return null;
end $$;
create trigger tell_new_vehicles after insert on vehicle referencing new table as told
  for each statement execute function tell_new_vehicles();
create function tell_vehicle() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, subject_id) values ('vehicle', new.id);
  return null;
end $$;
create trigger tell_vehicle after update on vehicle for each row
  when (old.* is distinct from new.*) execute function tell_vehicle();

-- A file has come, or never will: the message or the call looks different now.
create function tell_file() returns trigger language plpgsql
set enable_seqscan = off as $$
begin
  insert into live_change (kind, lead_id, subject_id)
    select 'message', m.lead_id, m.id from message m where m.id = new.message_id and m.lead_id is not null
    union all
    select 'call', k.lead_id, k.id from call_record k where k.id = new.call_id
    union all
    select 'vehicle', null, e.vehicle_id from erp_vehicle e
     where e.erp_id = new.vehicle and e.account = new.channel || ':' || new.account and e.vehicle_id is not null;
  return null;
end $$;
create trigger tell_file after update on media_fetch for each row when (old.state is distinct from new.state)
  execute function tell_file();

-- Edited, deleted, reacted to.
create function tell_message_change() returns trigger language plpgsql
set enable_seqscan = off as $$
begin
  insert into live_change (kind, lead_id, subject_id)
    select 'message', m.lead_id, m.id from message m
     where m.platform_id = new.platform_id and m.channel = new.channel and m.account = new.account and m.lead_id is not null;
  return null;
end $$;
create trigger tell_message_change after insert or update on message_change for each row execute function tell_message_change();

-- The live view asks for each person.
create index team_member_staff on team_member (staff_id);

-- ---- what each person has seen --------------------------------------------------------------------------------------

-- Up to which message somebody has read a lead. Messages of one lead get their ids in the order of their commits, because
-- whoever writes them holds the lead: what has a greater id is unread, also when it is late. sent_at only spares the
-- count a look at everything ever said.
create table lead_seen (
  staff_id bigint not null references staff,
  lead_id bigint not null references lead,
  message_id bigint not null,
  sent_at timestamptz not null,
  seen_at timestamptz not null default now(),
  primary key (staff_id, lead_id)
) with (fillfactor = 70);

-- Their other windows.
create function tell_seen() returns trigger language plpgsql as $$
begin
  insert into live_change (kind, subject_id, staff_id) values ('seen', new.lead_id, new.staff_id);
  return null;
end $$;
create trigger tell_seen after insert or update on lead_seen for each row execute function tell_seen();

-- How many messages of the customer in a lead somebody has not seen; a hundred are enough to know.
create function unread_of(who bigint, lead bigint) returns bigint language sql stable as $$
  select count(*) from (
    select from message m
     where m.lead_id = lead and m.direction = 'incoming'
       and m.sent_at > coalesce((select s.sent_at from lead_seen s where s.staff_id = who and s.lead_id = lead),
                                '-infinity'::timestamptz) - interval '30 days'
       and m.id > coalesce((select s.message_id from lead_seen s where s.staff_id = who and s.lead_id = lead), 0)
     limit 100) unread
$$;

create index notification_newest on notification (staff_id, id);
alter table staff add sound boolean not null default true;  -- the console makes one when something comes

-- ---- the inbox ------------------------------------------------------------------------------------------------------

create index lead_open_by_team on lead (team_id) where stage not in ('sold', 'lost');

-- ---- searching ------------------------------------------------------------------------------------------------------

-- Words as they are written, in any language, found by how they begin. A mail longer than this is found by its beginning:
-- the whole of a very long one would be refused.
create function words_of(content text) returns tsvector language sql immutable parallel safe as $$
  select to_tsvector('simple', left(content, 20000))
$$;
create index customer_words on customer using gin (words_of(first_name || ' ' || last_name || ' ' || company_name));

-- The words of messages, written a moment after them by the clock pool: an index on the message itself would cost ingest up
-- to half its time. message_id is the order of asking for ids, not of commits, so what is not committed yet is waited for:
-- up to words_next every id was asked for by a transaction before words_after, and when none of those is open any more,
-- all up to words_next are there to be read.
create table message_word (
  message_id bigint primary key,
  lead_id bigint not null,
  sent_at timestamptz not null,
  words tsvector not null
);
create index message_word_words on message_word using gin (words);
alter table hub_state add words_to bigint not null default 0;
alter table hub_state add words_next bigint not null default 0;
alter table hub_state add words_after xid8 not null default '0';

-- Takes the next messages, at most `most`; says how many ids it passed. One program at a time: the others find nothing.
create function index_messages(most bigint) returns bigint language plpgsql
set enable_seqscan = off as $$
declare
  state hub_state;
  up_to bigint;
begin
  select * into state from hub_state for no key update skip locked;
  if not found or pg_snapshot_xmin(pg_current_snapshot()) < state.words_after then
    return 0;
  end if;
  up_to := least(state.words_next, state.words_to + most);
  insert into message_word (message_id, lead_id, sent_at, words)
    select m.id, m.lead_id, m.sent_at, words_of(m.content) from message m
     where m.id > state.words_to and m.id <= up_to and m.content <> '' and m.lead_id is not null
    on conflict (message_id) do nothing;
  if up_to = state.words_next then
    state.words_next := greatest(up_to, (select max(id) from message));
    state.words_after := pg_snapshot_xmax(pg_current_snapshot());
  end if;
  if up_to > state.words_to or state.words_next > up_to then
    update hub_state set words_to = up_to, words_next = state.words_next, words_after = state.words_after;
  end if;
  return up_to - state.words_to;
end $$;

-- What a replay, or forgetting, made of a message. One that is not taken yet is read as it is then.
create function index_again() returns trigger language plpgsql as $$
begin
  if new.content = '' then
    delete from message_word where message_id = new.id;
  else
    update message_word set words = words_of(new.content) where message_id = new.id;
  end if;
  return null;
end $$;
create trigger index_again after update of content on message for each row
  when (old.content is distinct from new.content) execute function index_again();

-- ---- forgetting a customer ------------------------------------------------------------------------------------------

alter table customer add erased_at timestamptz;

-- Removes what is known of a person, of the whole link, and leaves the rows that are counted: leads, messages, calls and
-- sales without name, text and file. Event keys stay, so that nothing that is delivered or replayed again brings it back;
-- kept bodies of events and of quarantined ones that name an id of theirs are removed. Returns the hashes of files that
-- nobody else's message shows. The caller has locked the link.
create function erase_customer(who bigint, by_whom bigint, at timestamptz) returns setof text language plpgsql as $$
declare
  people bigint[] := array(select * from link_of(who) order by 1);
  leads bigint[];
  names text[];
  keys text[];
  files bigint[];
  one text;
begin
  perform 1 from customer where id = any (people) order by id for no key update;
  leads := array(select id from lead where customer_id = any (people) order by id for no key update);
  names := array(select distinct external_id from identity where customer_id = any (people) and length(external_id) >= 4);
  keys := array(select event_key from message where customer_id = any (people) and event_key is not null
                union select event_key from activity where customer_id = any (people) and event_key is not null);
  files := array(select z.id from media z where z.customer_id = any (people) or z.lead_id = any (leads)
                 union select y.media_id from message_media y join message m on m.id = y.message_id
                        where m.customer_id = any (people)
                 union select k.media_id from call_record k where k.customer_id = any (people) and k.media_id is not null);

  delete from event_body where key = any (keys);
  foreach one in array names loop
    delete from event_body where position('"' || one || '"' in body) > 0;
    delete from quarantine where position(convert_to('"' || one || '"', 'UTF8') in body) > 0;
  end loop;

  delete from message_media y using message m where m.id = y.message_id and m.customer_id = any (people);
  update lead set notes = '', data = '{}', close_note = '', updated_at = now(), version = version + 1 where id = any (leads);
  delete from lead_referral where lead_id = any (leads);
  update message set content = '', details = null, reply_to = null, media_id = null, updated_at = now()
    where customer_id = any (people);
  delete from message_change mc using message m
    where m.customer_id = any (people) and mc.platform_id = m.platform_id and mc.channel = m.channel and mc.account = m.account;
  delete from message_change where customer_id = any (people);
  update call_record set recording_url = null, transcript = null, key_phrases = null, media_id = null, updated_at = now()
    where customer_id = any (people);
  update activity set data = '{}' where customer_id = any (people);
  update note set text = '' where lead_id = any (leads);
  update sales_action set action_description = '', notes = '' where lead_id = any (leads);
  update conversion set notes = '' where lead_id = any (leads);
  update task set title = 'erased', description = '', updated_at = now() where lead_id = any (leads);
  update possible_same set evidence = 'erased' where first_id = any (people) or second_id = any (people);
  -- Nothing more is fetched for them, or sent to them.
  update media_fetch f set state = 'refused', reason = 'erased', media_id = null, reference = '', file_name = '',
      updated_at = now()
    where f.message_id in (select id from message where customer_id = any (people))
       or f.call_id in (select id from call_record where customer_id = any (people));
  update outbox set payload = '{}', conversation = 'erased', reason = 'erased', updated_at = now(),
      state = case when state in ('queued', 'deferred') then 'failed' else state end
    where message_id in (select id from message where customer_id = any (people));
  -- What an ERP calls them, and what was told to it; it may tell of them again, as long as it knows them.
  delete from erp_customer e using identity i
    where i.customer_id = any (people) and e.account = i.space || ':' || i.account and e.erp_id = i.external_id;
  update erp_ledger set content = ((content::jsonb - 'customer_email') || '{"customer_name": "erased"}')::text
    where direction = 'sent' and object_type = 'order' and content <> ''
      and object_id in (select 'lead-' || l from unnest(leads) l);
  delete from identity where customer_id = any (people);
  update customer set first_name = '', last_name = '', email = null, viber_id = null, whatsapp_id = null, telegram_id = null,
      company_name = '', url = null, language = '', erased_at = erase_customer.at, updated_at = now(), version = version + 1
    where id = any (people);

  -- A file that somebody else sent too stays theirs.
  files := array(select z.id from media z where z.id = any (files) and z.vehicle_id is null
                    and not exists (select from message_media y where y.media_id = z.id)
                    and not exists (select from message m where m.media_id = z.id)
                    and not exists (select from media_fetch f where f.media_id = z.id)
                    and not exists (select from call_record k where k.media_id = z.id));
  return query
    with gone as (delete from media where id = any (files) returning sha256)
    select distinct g.sha256 from gone g
     where not exists (select from media z where z.sha256 = g.sha256 and z.id <> all (files));
  update media set customer_id = null, lead_id = null, original_name = '', updated_at = now()
    where (customer_id = any (people) or lead_id = any (leads)) and id <> all (files);
end $$;
