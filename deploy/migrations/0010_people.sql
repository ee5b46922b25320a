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
