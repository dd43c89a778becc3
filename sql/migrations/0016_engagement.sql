-- What the commissioner's office sees: figures counted from the ledger and kept, so that no page counts millions of rows.
-- Whoever changes a row a figure rests on leaves a mark in the same transaction; a worker's job counts what is marked
-- again from the rows themselves. A figure is never added to, so wrong order, repeats and late receipts cannot spoil it.

-- Days and months are London's.
create function london_day(at timestamptz) returns date language sql immutable parallel safe
return (at at time zone 'Europe/London')::date;
create function london_start(day date) returns timestamptz language sql immutable parallel safe
return day::timestamp at time zone 'Europe/London';
create function month_of(day date) returns date language sql immutable parallel safe
return date_trunc('month', day::timestamp)::date;

-- People whose rows were deleted (never confirmed, or erased) still happened: how many, on which day, and nothing else.
create table forgotten (
  day       date not null,
  started   integer not null,
  confirmed integer not null,
  leavers   integer not null
);

-- Marks of what must be counted again. Only ever added to by writers, so none waits for another.
create table figures_due (
  what     text not null check (what in ('day', 'month', 'alert')),
  day      date,      -- what happened to people on that day; the first of a month
  alert_id bigint     -- null: a day's or a month's
);

-- How far counting and publishing have come.
create table figures_as_of (
  only_row     boolean primary key default true check (only_row),
  at           timestamptz not null,   -- everything marked until then had been counted
  published_at timestamptz             -- when analysts' tables were last written
);

-- Sign-ups begun, confirmed and ended on one day; by one thing at a time, for two would name people.
-- `channel` is the bits by which they are or were reached, `topic` the bit's number. Who left is in no topic or sector:
-- their choices were deleted.
create table sign_up_days (
  dimension text not null check (dimension in ('all', 'neighbourhood', 'channel', 'heard_of', 'topic', 'sector', 'reason')),
  day       date not null,
  value     text not null,   -- empty: not known, or they would rather not say
  started   integer not null,
  confirmed integer not null,
  leavers   integer not null,
  primary key (dimension, day, value)
);

-- Of those who confirmed in one month, how many left in which; null: still there.
create table stays (
  joined  date not null,
  left_in date,
  people  integer not null,
  unique (joined, left_in)
);

-- People by how many alerts were handed over to them in one month, and how many of them left in that month or the next.
-- Of whoever had everything erased nobody knows that they left.
create table message_months (
  month      date not null,
  alerts     smallint not null check (alerts > 0),   -- 30: thirty or more
  people     integer not null,
  leavers    integer not null,
  counted_at timestamptz not null,
  primary key (month, alerts)
);

-- How far one alert got, and what came back. People, each once, whatever the channels.
create table alert_figures (
  alert_id         bigint primary key,
  neighbourhood_id bigint,           -- where the middle of its area lies; null: in none
  handed_over      integer not null, -- people to whom a provider accepted it on one channel at least
  delivered        integer not null, -- … of which a mail server or phone reported arrival
  opened           integer not null,
  responses        integer not null,
  judged           integer not null, -- … of which an officer gave a verdict
  useful           integer not null, -- marked useful, passed to the investigation or resolved
  first_response_s double precision, -- from release; null: there was none
  looks_s          double precision[] not null,   -- from each response to its first look
  results          text[] not null,  -- what it led to, as in table results
  asks_footage     boolean not null  -- its words ask for film of doorbells, dashcams or cameras
);

-- The same in deliveries, by channel and for all of them, with seconds from release to hand-over.
create table alert_channels (
  alert_id    bigint not null references alert_figures on delete cascade,
  channel     text not null check (channel in ('all', 'push', 'email')),
  deliveries  integer not null,
  handed_over integer not null,
  delivered   integer not null,
  opened      integer not null,
  failed      integer not null,
  cancelled   integer not null,   -- withdrawn, stopped or over before they left
  unknown     integer not null,
  waiting     integer not null,   -- pending or in a worker's hands
  in_digest   integer not null,   -- handed over in a digest: at its hour, so they have no speed
  in_time     integer not null,   -- handed over within promise_s() of release
  p50_s       double precision,   -- half were handed over by then; null: none was
  p95_s       double precision,
  last_s      double precision,
  -- hand-overs by how long they took: number n (from 0) is up to 1.1 to the power of n seconds. Those of many alerts add
  -- up to percentiles that are at most a tenth too high.
  slices      integer[] not null default '{}',
  primary key (alert_id, channel)
);
-- The ledger's totals, once nothing of it is open: they are those of the deliveries, from which they were just counted.
create constraint trigger ledger_is_sealed after insert on alert_channels
  deferrable initially deferred
  for each row when (new.channel <> 'all' and new.waiting = 0 and new.unknown = 0) execute function seal(
    'ledger of alert', 'alert_id || '' '' || channel', 'deliveries, handed_over, delivered, opened, failed, cancelled', 'counts'
  );

-- What we promise: handed over within a minute of release.
create function promise_s() returns double precision language sql immutable
return 60.0::float8;

-- Marks: one function for each shape of change; `changed` and `was` are the statement's rows.

-- People signed up, confirmed, left or were deleted on some day; leavers are also counted with a month's messages.
create function mark_people() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into figures_due (what, day)
  select distinct 'day', london_day(at) from changed
  cross join lateral (values (signed_up_at), (confirmed_at), (left_at)) facts (at) where at is not null;
  if tg_op = 'UPDATE' then
    insert into figures_due (what, day)
    select distinct 'day', london_day(at) from was
    cross join lateral (values (signed_up_at), (confirmed_at), (left_at)) facts (at) where at is not null;
  elsif tg_op = 'DELETE' then
    insert into forgotten (day, started, confirmed, leavers)
    select london_day(at), count(*) filter (where fact = 1), count(*) filter (where fact = 2),
           count(*) filter (where fact = 3)
    from changed
    cross join lateral (values (1, signed_up_at), (2, confirmed_at), (3, left_at)) facts (fact, at)
    where at is not null
    group by london_day(at);
  end if;
  insert into figures_due (what, day)
  select distinct 'month', m::date from changed
  cross join lateral (values (month_of(london_day(left_at))), ((month_of(london_day(left_at)) - interval '1 month')))
    months (m)
  where left_at is not null;
  return null;
end $$;
create trigger mark_new after insert on subscribers referencing new table as changed
  for each statement execute function mark_people();
create trigger mark_changed after update on subscribers referencing old table as was new table as changed
  for each statement execute function mark_people();
create trigger mark_deleted after delete on subscribers referencing old table as changed
  for each statement execute function mark_people();

-- Places and contacts say where and how somebody who signed up on some day is reached.
create function mark_people_of() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into figures_due (what, day)
  select distinct 'day', london_day(at) from changed c
  join subscribers s on s.id = c.subscriber_id
  cross join lateral (values (signed_up_at), (confirmed_at), (left_at)) facts (at) where at is not null;
  return null;
end $$;
create trigger mark_new after insert on places referencing new table as changed
  for each statement execute function mark_people_of();
create trigger mark_changed after update on places referencing new table as changed
  for each statement execute function mark_people_of();
create trigger mark_deleted after delete on places referencing old table as changed
  for each statement execute function mark_people_of();
create trigger mark_new after insert on contacts referencing new table as changed
  for each statement execute function mark_people_of();
create trigger mark_deleted after delete on contacts referencing old table as changed
  for each statement execute function mark_people_of();

-- A claim changes nothing that is counted but "waiting", which it was already.
create function mark_alerts_delivered() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into figures_due (what, alert_id) select distinct 'alert', alert_id from changed where state <> 'sending';
  return null;
end $$;
create trigger mark_changed after update on deliveries referencing new table as changed
  for each statement execute function mark_alerts_delivered();

-- Responses and results say what came back of an alert. (Deliveries are written in the transaction of their alert.)
create function mark_alerts_of() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into figures_due (what, alert_id) select distinct 'alert', alert_id from changed;
  return null;
end $$;
create trigger mark_new after insert on responses referencing new table as changed
  for each statement execute function mark_alerts_of();
create trigger mark_changed after update on responses referencing new table as changed
  for each statement execute function mark_alerts_of();
create trigger mark_deleted after delete on responses referencing old table as changed
  for each statement execute function mark_alerts_of();
create trigger mark_new after insert on results referencing new table as changed
  for each statement execute function mark_alerts_of();
create trigger mark_changed after update on results referencing new table as changed
  for each statement execute function mark_alerts_of();

-- An alert was issued, withdrawn or stopped.
create function mark_alerts() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into figures_due (what, alert_id) select 'alert', id from changed;
  return null;
end $$;
create trigger mark_new after insert on alerts referencing new table as changed
  for each statement execute function mark_alerts();
create trigger mark_changed after update on alerts referencing new table as changed
  for each statement execute function mark_alerts();

-- Everything again: when neighbourhoods are imported anew, and whenever anybody doubts a figure.
create function mark_everything() returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into figures_due (what, day)
  select distinct 'day', london_day(at) from subscribers
  cross join lateral (values (signed_up_at), (confirmed_at), (left_at)) facts (at) where at is not null
  union select 'day', day from sign_up_days union select 'day', day from forgotten
  union select 'month', month_of(london_day(release_at)) from alerts;
  insert into figures_due (what, alert_id) select 'alert', id from alerts;
$$;

create function mark_neighbourhoods() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform mark_everything();
  return null;
end $$;
create trigger mark_new after insert or delete on neighbourhoods
  for each statement execute function mark_neighbourhoods();
create trigger mark_moved after update of geom on neighbourhoods
  for each statement execute function mark_neighbourhoods();

-- Counting, each from the rows themselves.

-- Sign-ups of these days, and who stayed of those who confirmed in their months.
create function count_days(days date[]) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from sign_up_days where day = any(days);
  with happened as materialized (
    select d.day, 1 as fact, s.id from unnest(days) d (day)
    join subscribers s on s.signed_up_at >= london_start(d.day) and s.signed_up_at < london_start(d.day + 1)
    union all
    select d.day, 2, s.id from unnest(days) d (day)
    join subscribers s on s.confirmed_at >= london_start(d.day) and s.confirmed_at < london_start(d.day + 1)
    union all
    select d.day, 3, s.id from unnest(days) d (day)
    join subscribers s on s.left_at >= london_start(d.day) and s.left_at < london_start(d.day + 1)
    where s.confirmed_at is not null
  ), people as materialized (
    select s.id, s.left_at is not null as has_left, s.heard_of, s.topics, s.sector, s.left_reason,
           case when s.left_neighbourhood is not null then s.left_neighbourhood else home_neighbourhood(s.id) end as home,
           case when s.left_channels is not null then s.left_channels else channels_of(s.id) end as channels
    from subscribers s where s.id in (select id from happened)
  ), said as (
    select h.day, h.fact, v.dimension, v.value, 1 as n
    from happened h join people p on p.id = h.id
    cross join lateral (values
      ('all', ''),
      ('neighbourhood', coalesce(p.home::text, '')),
      ('channel', p.channels::text),
      ('heard_of', coalesce(p.heard_of, '')),
      ('sector', case when not p.has_left then p.sector::text end),
      ('reason', case when h.fact = 3 then coalesce(p.left_reason, '') end)) v (dimension, value)
    where v.value is not null
    union all
    select h.day, h.fact, 'topic', bit::text, 1
    from happened h join people p on p.id = h.id
    join generate_series(0, 30) bit on p.topics & (1 << bit) <> 0 and not p.has_left
    union all
    select f.day, v.fact, 'all', '', v.n from forgotten f
    cross join lateral (values (1, f.started), (2, f.confirmed), (3, f.leavers)) v (fact, n)
    where f.day = any(days)
  )
  insert into sign_up_days (dimension, day, value, started, confirmed, leavers)
  select dimension, day, value, coalesce(sum(n) filter (where fact = 1), 0), coalesce(sum(n) filter (where fact = 2), 0),
         coalesce(sum(n) filter (where fact = 3), 0)
  from said group by dimension, day, value;

  delete from stays where joined in (select month_of(d) from unnest(days) d);
  insert into stays (joined, left_in, people)
  select m.month, month_of(london_day(s.left_at)), count(*)
  from (select distinct month_of(d) from unnest(days) d) m (month)
  join subscribers s on s.confirmed_at >= london_start(m.month)
                    and s.confirmed_at < london_start((m.month + interval '1 month')::date)
  group by 1, 2;
$$;

-- How many messages people had in one month, and who left.
create function count_month(wanted date, now timestamptz) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from message_months where month = wanted;
  with told as (
    select d.subscriber_id, count(distinct d.alert_id) as alerts
    from alerts a join deliveries d on d.alert_id = a.id and d.handed_over_at is not null
    where a.release_at >= london_start(wanted) and a.release_at < london_start((wanted + interval '1 month')::date)
    group by d.subscriber_id
  )
  insert into message_months (month, alerts, people, leavers, counted_at)
  select wanted, least(t.alerts, 30), count(*),
         count(*) filter (where s.left_at >= london_start(wanted)
                            and s.left_at < london_start((wanted + interval '2 months')::date)), now
  from told t left join subscribers s on s.id = t.subscriber_id
  group by 2;
$$;

-- How far one alert got. A digest is handed over at its hour, not within the minute: such deliveries have a count of
-- their own, and no speed.
create function count_alert(about bigint) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set work_mem = '64MB' as $$
begin
  delete from alert_figures where alert_id = about;
  insert into alert_figures
  select a.id, neighbourhood_at(st_centroid(a.area)), p.handed_over, p.delivered, p.opened,
         r.responses, r.judged, r.useful, extract(epoch from r.first_at - a.release_at), r.looks_s,
         array(select result from results where alert_id = a.id and taken_back_at is null order by result),
         concat_ws(' ', a.headline, a.description, a.instruction) ~* '\m(footage|dash-?cams?|doorbells?|cctv|cameras?)\M'
  from alerts a
  cross join lateral (
    select count(*) filter (where h) as handed_over, count(*) filter (where d) as delivered,
           count(*) filter (where o) as opened
    from (select bool_or(handed_over_at is not null) as h, bool_or(delivered_at is not null) as d,
                 bool_or(opened_at is not null) as o
          from deliveries where alert_id = a.id group by subscriber_id) person
  ) p
  cross join lateral (
    select count(*) as responses, count(verdict) as judged,
           count(*) filter (where verdict in ('useful', 'passed_on', 'resolved')) as useful, min(received_at) as first_at,
           coalesce(array_agg(extract(epoch from first_look_at - received_at)::float8 order by first_look_at - received_at)
                    filter (where first_look_at is not null), '{}') as looks_s
    from responses where alert_id = a.id
  ) r
  where a.id = about;
  insert into alert_channels (alert_id, channel, deliveries, handed_over, delivered, opened, failed, cancelled, unknown,
    waiting, in_digest, in_time, p50_s, p95_s, last_s)
  select about, coalesce(channel::text, 'all'), count(*), count(handed_over_at), count(delivered_at), count(opened_at),
         count(*) filter (where state = 'failed'), count(*) filter (where state in ('expired', 'cancelled')),
         count(*) filter (where state = 'unknown'), count(*) filter (where state in ('pending', 'sending')),
         count(handed_over_at) filter (where digest_on is not null), count(*) filter (where took_s <= promise_s()),
         percentile_cont(0.5) within group (order by took_s), percentile_cont(0.95) within group (order by took_s), max(took_s)
  from (select d.*, case when d.digest_on is null
                         then extract(epoch from d.handed_over_at - a.release_at)::float8 end as took_s
        from alerts a join deliveries d on d.alert_id = a.id where a.id = about) took
  group by grouping sets ((channel), ());
  update alert_channels c set slices = coalesce((
    with took as materialized (
      select ceil(ln(greatest(extract(epoch from d.handed_over_at - a.release_at)::float8, 1.0)) / ln(1.1))::integer as slice,
             count(*)::integer as deliveries
      from alerts a join deliveries d on d.alert_id = a.id
      where a.id = about and d.handed_over_at is not null and d.digest_on is null and c.channel in ('all', d.channel::text)
      group by 1
    )
    select array_agg(coalesce(t.deliveries, 0) order by n)
    from generate_series(0, (select max(slice) from took)) n left join took t on t.slice = n), '{}')
  where c.alert_id = about;
end $$;

-- Count again what is marked, at most so many alerts; how many things were counted. Marks are taken before their rows
-- are read, so a row changed meanwhile is marked once more. A month is heavy, and counted once in `patience`.
create function count_due(now timestamptz, most integer, patience interval) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  days date[];
  one record;
  counted integer := 0;
  is_all boolean;
begin
  if not pg_try_advisory_xact_lock(7003) then   -- two at once would overwrite each other's newer counts
    return 0;
  end if;
  with taken as (delete from figures_due where what = 'day' returning day)
  select array_agg(distinct day) into days from taken;
  if days is not null then
    perform count_days(days);
    counted := cardinality(days);
  end if;
  for one in
    with chosen as materialized (select distinct alert_id from figures_due where what = 'alert' limit most),
         taken as (delete from figures_due d using chosen c where d.what = 'alert' and d.alert_id = c.alert_id
                   returning d.alert_id)
    select distinct t.alert_id, a.release_at from taken t join alerts a on a.id = t.alert_id
  loop
    perform count_alert(one.alert_id);
    insert into figures_due (what, day) values ('month', month_of(london_day(one.release_at)));
    counted := counted + 1;
  end loop;
  for one in
    with chosen as materialized (
      select distinct day from figures_due f where what = 'month'
        and not exists (select from message_months m where m.month = f.day and m.counted_at > now - patience)
    ), taken as (delete from figures_due d using chosen c where d.what = 'month' and d.day = c.day returning d.day)
    select distinct day from taken
  loop
    perform count_month(one.day, now);
    counted := counted + 1;
  end loop;
  select not exists (select from figures_due where what = 'alert') into is_all;
  if is_all then
    insert into figures_as_of (at) values (now) on conflict (only_row) do update set at = excluded.at;
  end if;
  return counted;
end $$;

-- One counted alert with everything alerts are grouped and added up by. Withdrawn, it told nobody.
create view counted_alerts as
select a.id, a.identifier, (select e.officers_headline from alert_endings e where e.id = a.id) as headline, a.area_desc, a.incident_kind, a.urgent, a.msg_type, a.issued_by, a.release_at,
       london_day(a.release_at) as day, extract(hour from a.release_at at time zone 'Europe/London')::integer as hour,
       a.withdrawn_at is not null as withdrawn, a.stopped_at is not null as stopped,
       case when a.withdrawn_at is null then a.people else 0 end as people,
       f.neighbourhood_id, n.name as neighbourhood, n.district,
       f.handed_over, f.delivered, f.opened, f.responses, f.judged, f.useful, f.first_response_s, f.looks_s, f.results,
       f.asks_footage, a.follow_up, c.deliveries, c.handed_over as handed_over_deliveries, c.failed, c.cancelled, c.unknown,
       c.waiting, c.in_time, c.p50_s, c.p95_s, c.slices, c.in_digest
from alerts a
join alert_figures f on f.alert_id = a.id
join alert_channels c on c.alert_id = a.id and c.channel = 'all'
left join neighbourhoods n on n.id = f.neighbourhood_id;

revoke execute on function london_day, london_start, month_of, promise_s, mark_people, mark_people_of, mark_alerts_delivered, mark_alerts_of,
  mark_alerts, mark_everything, mark_neighbourhoods, count_days, count_month, count_alert, count_due from public;
grant execute on function count_due to smartalert_worker;
grant select (alert_id) on figures_due to smartalert_control;   -- whether a ledger waits to be sealed again
grant execute on function london_day, london_start, month_of to smartalert_control, smartalert_engagement;
grant select on figures_as_of, sign_up_days, stays, message_months, alert_figures, alert_channels, counted_alerts
  to smartalert_control, smartalert_engagement;
grant select, update (published_at) on figures_as_of to smartalert_worker;
grant select on sign_up_days, counted_alerts to smartalert_worker;
