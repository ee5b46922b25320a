-- Reviews of calls: points for each criterion, which the supervisor gives and the manager answers.

-- What is scored stays as it was called then (criteria: key, uk, en, max, points, at, comment), whatever the settings say later.
alter table call_review
  add column changed_at timestamptz,
  add column answered_at timestamptz,
  alter column score set not null,
  add constraint call_review_once unique (call_id, reviewer_id),
  add constraint call_review_score check (score between 0 and 100),
  add constraint call_review_criteria check (jsonb_typeof(criteria) = 'array');

-- The call looks different in lists and where it is open.
create function tell_review() returns trigger language plpgsql
set enable_seqscan = off as $$
begin
  insert into live_change (kind, lead_id, subject_id) select 'call', k.lead_id, k.id from call_record k where k.id = new.call_id;
  return null;
end $$;
create trigger tell_review after insert or update on call_review for each row execute function tell_review();

-- Of a forgotten customer the points stay, which are the manager's; what was written goes.
create function erase_reviews() returns trigger language plpgsql
set enable_seqscan = off as $$
begin
  update call_review r set feedback = '', answer = '',
      criteria = (select coalesce(jsonb_agg(c.one || '{"comment": ""}' order by c.n), '[]')
                    from jsonb_array_elements(r.criteria) with ordinality c(one, n))
    from call_record k where k.id = r.call_id and k.customer_id = new.id;
  return null;
end $$;
create trigger erase_reviews after update of erased_at on customer for each row
  when (new.erased_at is not null) execute function erase_reviews();

-- ---- telling them ---------------------------------------------------------------------------------------------------

alter table notification add column call_id bigint references call_record;
create index notification_call on notification (call_id) where call_id is not null;

alter table notice_choice drop constraint notice_choice_kind_check;
alter table notice_choice add constraint notice_choice_kind_check
  check (kind in ('lead_new', 'task_due', 'first_response_missed', 'call_reviewed', 'review_answered'));
