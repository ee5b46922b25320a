-- Telephone calls: told of many times, in any order; one row each.

-- A recording may be told of before the call itself: then nobody knows yet who rang whom, and when.
alter table call_record alter column direction drop not null;
alter table call_record alter column start_time drop not null;
alter table call_record add check ((direction is null) = (start_time is null));

-- Everything that was told, with its weight (hub/message/call_merge.hpp); the columns are what follows from it.
alter table call_record add facts jsonb not null default '{}';
alter table call_record add revision integer not null default 1;
alter table call_record add line text not null default '';
alter table call_record add media_id bigint references media;
create index call_record_start on call_record (start_time desc) where start_time is not null;

-- By what the switchboard knows somebody: an extension or a SIP login.
alter table staff add extension text unique;

-- Recordings are fetched as attachments are.
alter table media_fetch add call_id bigint references call_record;
create index media_fetch_call on media_fetch (call_id) where call_id is not null;
