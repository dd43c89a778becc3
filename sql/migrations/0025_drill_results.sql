-- What drills came to, who has to do one before sending live, and who is reminded.

-- Kept once, when the run is over: later its people come and go, and words of what was sent are forgotten.
create table drill_results (
  id       uuid primary key default gen_random_uuid(),   -- the same wherever it is brought
  drill    bigint references drills,
  officer  text not null,              -- as the register calls them
  scenario text not null,              -- its name
  ended_at timestamptz not null,
  total    smallint check (total between 0 and 100),   -- null: it ended before anything was due, and is not scored
  parts    jsonb not null default '[]',                -- Scored of drills/score.py, with every reason
  took_part boolean not null default true,             -- decided something in it: else it is no practice of theirs
  -- null: counted here; else by whom and when it was brought from a training deployment
  brought_by text,
  brought_at timestamptz,
  unique (drill, officer),             -- whoever looks at two screens keeps it once
  check ((drill is null) = (brought_by is not null) and (brought_by is null) = (brought_at is null))
);
create index drill_results_officer on drill_results (officer, ended_at);   -- what an officer has done
create trigger drill_results_only_grows before update or delete on drill_results
  for each row execute function refuse_change();
create trigger drill_results_is_never_emptied before truncate on drill_results
  for each statement execute function refuse_change();
grant select, insert on drill_results to smartalert_control;

-- The force's rule: a drill within so many days before sending live. A training deployment keeps it too, for reminders.
create table drill_rule (
  only_row    boolean primary key default true check (only_row),
  effect      text not null default 'off' check (effect in ('off', 'warning', 'refusal')),
  within_days integer not null default 90 check (within_days between 7 and 730)
);
insert into drill_rule default values;
grant select, update (effect, within_days) on drill_rule to smartalert_control;

-- An administrator lets an officer send all the same, for a while.
create table drill_permits (
  id       bigint generated always as identity primary key,
  officer  text not null references officers,
  given_at timestamptz not null,
  until    timestamptz not null check (until > given_at and until <= given_at + interval '31 days'),
  given_by text not null check (given_by <> officer),   -- nobody lets themselves
  why      text not null check (btrim(why) <> '')
);
create index drill_permits_officer on drill_permits (officer, until);
create trigger drill_permits_only_grows before update or delete on drill_permits
  for each row execute function refuse_change();
create trigger drill_permits_is_never_emptied before truncate on drill_permits
  for each statement execute function refuse_change();
grant select, insert on drill_permits to smartalert_control;

-- Whoever sends, and their newest drill that has a score.
create view practice as
select o.id as officer, o.name, o.address, newest.scenario, newest.total, newest.ended_at,
       (select max(p.until) from drill_permits p where p.officer = o.id) as allowed_until
from officers o
left join lateral (
  select r.scenario, r.total, r.ended_at from drill_results r
  where r.officer = o.id and r.total is not null and r.took_part order by r.ended_at desc limit 1
) newest on true
where 'sender' = any(o.roles) and o.barred_at is null;
grant select on practice to smartalert_control;

-- When an officer was reminded last that a drill is due.
create table drill_reminders (
  officer     text primary key references officers,
  reminded_at timestamptz not null
);

-- Write to each sender whose drill is due within two weeks, or overdue; once a fortnight, and nobody where the rule is off.
-- How many. `mail` is {subject, body, html}.
create function remind_of_drills(mail jsonb, at timestamptz) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  due record;
  told integer := 0;
begin
  for due in
    select p.officer, p.address from practice p cross join drill_rule r
    where r.effect <> 'off' and p.address <> ''
      and coalesce(p.ended_at, '-infinity') < at - make_interval(days => r.within_days) + interval '14 days'
      and not exists (select from drill_reminders m
                      where m.officer = p.officer and m.reminded_at > at - interval '14 days')
    order by p.officer
  loop
    insert into drill_reminders values (due.officer, at)
    on conflict (officer) do update set reminded_at = excluded.reminded_at;
    perform write_service_mail(due.address, mail);
    told := told + 1;
  end loop;
  return told;
end $$;

-- How many officers who send have practised in time, for the commissioner's office; nothing that tells on one of them:
-- of fewer than ten senders nothing, and of fewer than five on either side only on which side they are.
create function practised(at timestamptz) returns table (within_days integer, senders integer, in_time integer, few text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select r.within_days, counted.senders,
         case when counted.in_time >= 5 and counted.senders - counted.in_time >= 5 then counted.in_time end,
         case when counted.in_time < 5 then 'in time' when counted.senders - counted.in_time < 5 then 'overdue' end
  from drill_rule r
  cross join lateral (
    select count(*)::integer as senders,
           (count(*) filter (where p.ended_at > at - make_interval(days => r.within_days)))::integer as in_time
    from practice p
  ) counted
  where counted.senders >= 10
$$;
revoke execute on function remind_of_drills, practised from public;
grant execute on function remind_of_drills to smartalert_worker;
grant execute on function practised to smartalert_engagement;
