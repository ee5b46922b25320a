-- One of us who writes to the bot that tells them becomes no customer, and is told so.

alter table notice drop constraint notice_kind_check;
alter table notice add constraint notice_kind_check check (kind in ('told', 'password', 'linked', 'elsewhere'));

-- That customers are answered in the console: once an hour.
create function answer_colleague(in_account text, in_chat text, at timestamptz) returns void language sql as $$
  insert into notice (staff_id, kind, way, next_attempt_at, deadline, created_at)
  select t.staff_id, 'elsewhere', 'telegram', at, at + interval '10 minutes', at
    from staff_telegram t
   where t.account = in_account and t.chat = in_chat
     and not exists (select from notice n where n.staff_id = t.staff_id and n.kind = 'elsewhere' and n.created_at > at - interval '1 hour')
$$;
