-- What came of it, told to those who answered an alert and let us contact them.

create table outcomes (
  id       bigint generated always as identity primary key,
  alert_id bigint not null references alerts,
  told_at  timestamptz not null,
  officer  text not null,
  words    text not null check (length(words) between 1 and 2000),
  people   integer not null check (people > 0),
  unique (alert_id, words)   -- a button pressed twice tells once
);

-- Who would be told: the officers' role learns how many, never who or where.
create function outcome_people(about_alert bigint) returns integer
language sql stable security definer set search_path = public as $$
  select count(distinct c.subscriber_id)::integer
  from responses r
  join subscribers s on s.id = r.subscriber_id and s.left_at is null
  join contacts c on c.subscriber_id = s.id and c.channel = 'email' and c.off_at is null
  where r.alert_id = about_alert and r.may_contact
$$;

-- One letter to each of them; how many. `letter` is {subject, body, html}.
create function tell_outcome(about_alert bigint, letter jsonb) returns integer
language plpgsql security definer set search_path = public as $$
declare
  told integer := 0;
  person record;
begin
  for person in
    select distinct c.address from responses r
    join subscribers s on s.id = r.subscriber_id and s.left_at is null
    join contacts c on c.subscriber_id = s.id and c.channel = 'email' and c.off_at is null
    where r.alert_id = about_alert and r.may_contact
  loop
    perform write_letter(person.address, letter, '');
    told := told + 1;
  end loop;
  return told;
end $$;

revoke execute on function outcome_people, tell_outcome from public;
grant execute on function outcome_people, tell_outcome to smartalert_control;
grant select, insert on outcomes to smartalert_control;
