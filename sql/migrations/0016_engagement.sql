-- What the commissioner's office sees: figures counted from the ledger and kept, so that no page counts millions of rows.
-- Whoever changes a row a figure rests on leaves a mark in the same transaction; a worker's job counts what is marked
-- again from the rows themselves. A count is never added to, so wrong order, repeats and late receipts cannot spoil it.
-- What leaves is the count in tens (in_tens), never the count: roles that read figures are given nothing else
-- (docs/decisions/0021).

-- Days and months are London's.
create function london_day(at timestamptz) returns date language sql immutable parallel safe
return (at at time zone 'Europe/London')::date;
create function london_start(day date) returns timestamptz language sql immutable parallel safe
return day::timestamp at time zone 'Europe/London';
create function month_of(day date) returns date language sql immutable parallel safe
return date_trunc('month', day::timestamp)::date;

-- What decides which way each count is rounded; whoever knew it could narrow every figure down.
create table rounding (
  only_row boolean primary key default true check (only_row),
  secret   bytea not null
);
insert into rounding (secret) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
create trigger rounding_is_for_ever before update or delete on rounding
  for each row execute function refuse_change();

-- What is added to every count of one series before it is cut to tens: from 0 to 9, the same for ever.
create function phase(series text) returns integer
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select (('x' || left(encode(sha256(secret || convert_to(series, 'UTF8')), 'hex'), 15))::bit(60)::bigint % 10)::integer
  from public.rounding
$$;

-- The same for things that are numbered and added up, as alerts: of each ten in a row every phase is given once, in an
-- order nobody knows, so that what is put up and what is put down meet in their sum.
create function phase(series text, number bigint) returns integer
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select place - 1
  from (select one, (row_number() over (order by sha256(
          secret || convert_to(concat_ws('|', series, number / 10, one), 'UTF8'))))::integer as place
        from public.rounding, generate_series(0, 9) one) shuffled
  where one = number % 10
$$;

-- A count as it is published: up or down to a ten, the nearer one more often, so that sums come out right on average.
-- It is less than ten away, and nought stays nought. Counts that contain each other, or that grow, keep one phase: then
-- the difference of two published ones is their difference in tens too.
create function in_tens(counted bigint, phase integer) returns integer language sql immutable
return (10 * ((counted + phase) / 10))::integer;

-- The same of a list that is added up from its beginning, as hand-overs by how long they took: every sum of neighbours is
-- less than ten away. It ends with the last that is not nought, for where it ended else would be one person's time.
create function each_in_tens(counts integer[], phase integer) returns integer[] language sql immutable
return (
  select coalesce(array_agg(shown order by place) filter (where place <= last), '{}')
  from (
    select place, shown, max(place) filter (where shown > 0) over () as last
    from (
      select place, in_tens(upto, phase) - in_tens(upto - n, phase) as shown
      from (select place, n, sum(n) over (order by place) as upto from unnest(counts) with ordinality each (n, place)) sums
    ) cut
  ) trimmed
);

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

-- How far people have been published: everything that happened before that day, or that month.
create table published_until (
  only_row boolean primary key default true check (only_row),
  day      date not null default '0001-01-01',
  month    date not null default '0001-01-01'
);
insert into published_until default values;

-- People as they are published, each series from its beginning: what is asked of a period is the difference of two rows.
-- A row is written when its day or month is over and never again, so that figures once published stay, and nobody sees
-- one person's move or erasure shift the past.
create table published_people (
  dimension text not null,      -- as in sign_up_days; district, and stay: months since the one in which they confirmed
  value     text not null,
  fact      text not null check (fact in ('started', 'confirmed', 'left', 'active')),
  before    date not null,      -- everything until that day began
  counted   integer not null,   -- for the next row; nobody reads it
  shown     integer not null,
  primary key (dimension, value, fact, before)
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

-- People by how many alerts were handed over to them in one month, and how many of them left in that month or the next,
-- in tens. Of whoever had everything erased nobody knows that they left.
create table message_months (
  month      date not null,
  alerts     smallint not null check (alerts in (1, 2, 3, 5, 10)),   -- so many, or up to the next of these
  people     integer not null,
  leavers    integer not null,
  counted_at timestamptz not null,
  primary key (month, alerts)
);

-- How far one alert got, and what came back, in tens. People, each once, whatever the channels.
-- Lists are by slice(seconds): number n (from 0) counts what took up to that slice and longer than the one before.
create table alert_figures (
  alert_id         bigint primary key,
  neighbourhood_id bigint,             -- where the middle of its area lies; null: in none
  people           integer not null,   -- in the audience when it was issued; none where it was withdrawn
  handed_over      integer not null,   -- people to whom a provider accepted it on one channel at least
  delivered        integer not null,   -- … of which a mail server or phone reported arrival
  opened           integer not null,
  useful           integer not null,   -- responses marked useful, passed to a team or resolved
  hand_overs       integer[] not null, -- deliveries by seconds from release; not those of a digest, whose hour is set
  responses        integer[] not null, -- by seconds from release
  looks            integer[] not null, -- by seconds from a response to its first look
  results          text[] not null,    -- what it led to, as in table results
  asks_footage     boolean not null    -- its words ask for film of doorbells, dashcams or cameras
);

-- Its deliveries by channel, in tens.
create table alert_channels (
  alert_id   bigint not null references alert_figures on delete cascade,
  channel    channel not null,
  delivered  integer not null,
  failed     integer not null,
  in_digest  integer not null,     -- handed over in a digest: at its hour, so they have no speed
  hand_overs integer[] not null,   -- the others
  arrivals   integer[] not null,   -- of the others, those whose arrival was reported, by seconds from release until it was
  primary key (alert_id, channel)
);
-- The very totals of each alert's ledger, for the audit, which seals them once nothing is open: no role reads them here.
create table ledgers (
  alert_id    bigint not null,
  channel     channel not null,
  deliveries  integer not null,
  handed_over integer not null,
  delivered   integer not null,
  opened      integer not null,
  failed      integer not null,
  cancelled   integer not null,   -- withdrawn, stopped or over before they left
  is_open     boolean not null,   -- something of it waits, is in a worker's hands or in doubt
  primary key (alert_id, channel)
);
create constraint trigger ledger_is_sealed after insert on ledgers
  deferrable initially deferred
  for each row when (not new.is_open) execute function seal(
    'ledger of alert', 'alert_id || '' '' || channel', 'deliveries, handed_over, delivered, opened, failed, cancelled', 'counts'
  );

-- What of it is read: a row where a figure changed, for a row where it did not would tell that somebody came.
create view shown_people as
select dimension, value, fact, before, shown
from (select *, lag(shown, 1, 0) over (partition by dimension, value, fact order by before) as was
      from published_people) each
where shown <> was;

-- What we promise: handed over within a minute of release.
create function promise_s() returns double precision language sql immutable
return 60.0::float8;

-- Which slice so many seconds are in: each is a tenth longer than the one before, and the 43rd ends with our promise.
create function slice(seconds double precision) returns integer language sql immutable
return ceil(43 * ln(greatest(seconds, 1.0)) / ln(promise_s()) - 1e-9)::integer;

-- How many of these are in each slice.
create function by_slice(seconds double precision[]) returns integer[] language sql immutable
return (
  select array_agg(coalesce(each.n, 0)::integer order by number)
  from generate_series(0, (select max(slice(s)) from unnest(seconds) s)) number
  left join (select slice(s) as number, count(*) as n from unnest(seconds) s group by 1) each using (number)
);

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

-- Everything again: when neighbourhoods are imported anew, and whenever anybody doubts a figure. Of days all from the
-- first to the last on which anything happened, which the indexes know.
create function mark_everything() returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into figures_due (what, day)
  select 'day', day::date
  from (select least(min(signed_up_at), min(confirmed_at), min(left_at)) as first,
               greatest(max(signed_up_at), max(confirmed_at), max(left_at)) as last from subscribers) since,
       generate_series(london_day(first)::timestamp, london_day(last)::timestamp, interval '1 day') day
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
  ), days_of as materialized ( -- of most people one: they confirm within minutes
    select day, id, count(*) filter (where fact = 1) as started, count(*) filter (where fact = 2) as confirmed,
           count(*) filter (where fact = 3) as leavers
    from happened group by day, id
  ), who as materialized (
    select distinct id from days_of
  ), homes as materialized ( -- in the order of the ground, so that PostGIS unpacks a neighbourhood once for its people
    select w.id, p.point from who w
    cross join lateral (select point from places where subscriber_id = w.id order by place_no limit 1) p order by p.point
  ), lives as materialized ( -- as home_neighbourhood() says, without a call for each person
    select id, (select n.id from neighbourhoods n where st_covers(n.geom, point) order by n.id limit 1) as home from homes
  ), people as materialized (
    select s.id, coalesce(s.heard_of, '') as heard_of, s.left_reason,
           case when s.left_at is null then s.topics end as topics, case when s.left_at is null then s.sector end as sector,
           coalesce(s.left_neighbourhood, l.home) as home, coalesce(s.left_channels, r.channels) as channels
    from who w join subscribers s using (id) left join lives l using (id)
    cross join lateral ( -- as channels_of() says
      select coalesce(sum(case channel when 'push' then 1 else 2 end), 0)::smallint as channels
      from contacts where subscriber_id = w.id) r
  ), everybody as materialized (
    select d.*, p.heard_of, p.topics, p.sector, p.home, p.channels,
           case when d.leavers > 0 then coalesce(p.left_reason, '') end as reason
    from days_of d join people p using (id)
  ), shared as (
    select day, home, channels, heard_of, sector, reason, sum(started) as started, sum(confirmed) as confirmed,
           sum(leavers) as leavers, grouping(home, channels, heard_of, sector, reason) as is_all_but
    from everybody group by day, grouping sets ((), (home), (channels), (heard_of), (sector), (reason))
  ), said as (
    select v.dimension, day, v.value, v.started, v.confirmed, leavers
    from shared
    join lateral (values
      (31, 'all', '', started, confirmed),
      (15, 'neighbourhood', coalesce(home::text, ''), started, confirmed),
      (23, 'channel', channels::text, started, confirmed),
      (27, 'heard_of', heard_of, started, confirmed),
      (29, 'sector', sector::text, started, confirmed),
      (30, 'reason', reason, 0, 0)) v (is_all_but, dimension, value, started, confirmed)
      on v.is_all_but = shared.is_all_but
    where v.value is not null
    union all
    select 'topic', day, bit::text, sum(started), sum(confirmed), sum(leavers)
    from generate_series(0, 30) bit join everybody on topics & (1 << bit) <> 0
    where (select bit_or(topics) from everybody) & (1 << bit) <> 0
    group by day, bit
    union all
    select 'all', day, '', started, confirmed, leavers from forgotten where day = any(days)
  )
  insert into sign_up_days (dimension, day, value, started, confirmed, leavers)
  select dimension, day, value, sum(started), sum(confirmed), sum(leavers)
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
      and a.drill is null
    group by d.subscriber_id
  )
  insert into message_months (month, alerts, people, leavers, counted_at)
  select wanted, band, in_tens(people, phase(concat_ws('|', 'messages', wanted, band))),
         in_tens(leavers, phase(concat_ws('|', 'messages', wanted, band))), now
  from (
    select case when t.alerts >= 10 then 10 when t.alerts >= 5 then 5 else least(t.alerts, 3) end as band,
           count(*) as people,
           count(*) filter (where s.left_at >= london_start(wanted)
                              and s.left_at < london_start((wanted + interval '2 months')::date)) as leavers
    from told t left join subscribers s on s.id = t.subscriber_id
    group by 1
  ) counted;
$$;

-- How far one alert got. A digest is handed over at its hour, not within the minute: such deliveries have a count of
-- their own, and no speed.
create function count_alert(about bigint) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp set work_mem = '64MB' as $$
declare
  by_people integer := phase('people of alert', about);
  by_answers integer := phase('responses of alert', about);
begin
  delete from ledgers where alert_id = about;
  insert into ledgers
  select about, channel, count(*), count(handed_over_at), count(delivered_at), count(opened_at),
         count(*) filter (where state = 'failed'), count(*) filter (where state in ('expired', 'cancelled')),
         bool_or(state in ('pending', 'sending', 'unknown'))
  from deliveries where alert_id = about group by channel;
  if exists (select from alerts where id = about and drill is not null) then
    return;   -- a drill's ledger is sealed as any; its figures are its own score's
  end if;
  delete from alert_figures where alert_id = about;
  insert into alert_figures
  select a.id, neighbourhood_at(case when st_dimension(a.area) < 2 then st_centroid(a.area)
                                     else st_pointonsurface(a.area) end),
         in_tens(case when a.withdrawn_at is null then people_of(a.id, a.people) else 0 end, by_people), in_tens(p.handed_over, by_people),
         in_tens(p.delivered, by_people), in_tens(p.opened, by_people), in_tens(r.useful, by_answers), '{}',
         each_in_tens(by_slice(r.responses_s), by_answers), each_in_tens(by_slice(r.looks_s), by_answers),
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
    select count(*) filter (where verdict in ('useful', 'passed_on', 'resolved')) as useful,
           array_agg(extract(epoch from received_at - a.release_at)::float8) as responses_s,
           array_agg(extract(epoch from first_look_at - received_at)::float8) filter (where first_look_at is not null)
             as looks_s
    from responses where alert_id = a.id
  ) r
  where a.id = about;
  insert into alert_channels
  select about, channel, in_tens(arrived, phase), in_tens(failed, phase(channel || ' failed of alert', about)),
         in_tens(timed + in_digest, phase) - in_tens(timed, phase), each_in_tens(by_slice(took_s), phase),
         each_in_tens(by_slice(arrived_s), phase)
  from (
    select channel, phase(channel || ' of alert', about) as phase, count(delivered_at) as arrived,
           count(*) filter (where state = 'failed') as failed, count(took_s) as timed,
           count(handed_over_at) filter (where digest_on is not null) as in_digest,
           array_agg(took_s) filter (where took_s is not null) as took_s,
           array_agg(arrived_s) filter (where arrived_s is not null) as arrived_s
    from (select d.*, case when d.digest_on is null
                           then extract(epoch from d.handed_over_at - a.release_at)::float8 end as took_s,
                      case when d.digest_on is null
                           then extract(epoch from d.delivered_at - a.release_at)::float8 end as arrived_s
          from alerts a join deliveries d on d.alert_id = a.id where a.id = about) took
    group by channel
  ) counted;
  update alert_figures set hand_overs = coalesce((
    select array_agg(n order by place)
    from (select place, sum(n)::integer as n from alert_channels, unnest(hand_overs) with ordinality each (n, place)
          where alert_id = about group by place) added), '{}')
  where alert_id = about;
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
  perform from turns where what = 'figures' for update skip locked;
  if not found then   -- two at once would overwrite each other's newer counts
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

-- After how many months, counted by calendar, somebody left or is still here: the first of these that holds them.
create function months_stayed(joined date, at date) returns text language sql immutable
return (
  select case when m < 1 then '0' when m < 3 then '1' when m < 6 then '3' when m < 12 then '6' else '12' end
  from (select 12 * (extract(year from at) - extract(year from joined))
               + extract(month from at) - extract(month from joined) as m) between_them
);

-- Who was there, by what they share, when each of these months ended.
create function stock(since date, until date) returns table (dimension text, value text, before date, n bigint)
language sql stable
begin atomic
  with ends as (
    select (m + interval '1 month')::date as before
    from generate_series(greatest(since, (select month_of(min(day)) from sign_up_days)), until - 1, interval '1 month') m
  )
  select d.dimension, d.value, e.before, greatest(sum(d.confirmed - d.leavers) filter (where d.day < e.before), 0)
  from ends e cross join sign_up_days d
  where d.dimension in ('neighbourhood', 'channel', 'heard_of', 'topic', 'sector')
  group by 1, 2, 3
  union all
  select 'stay', months_stayed(s.joined, (e.before - interval '1 month')::date), e.before, sum(s.people)
  from ends e join stays s on s.joined < e.before and (s.left_in is null or s.left_in >= e.before)
  group by 1, 2, 3;
end;

-- Publish people until the day begins, and by what they share until its month did. Days are counted before they are
-- published, so the caller gives one that has been over for a while.
create function publish_people(today date) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  day_before date;
  month_before date;
begin
  select day, month into day_before, month_before from published_until for update;
  if today <= day_before then
    return;
  end if;
  with happened as (
    select 'all' as dimension, '' as value, fact, day + 1 as before, n
    from sign_up_days cross join lateral (values ('started', started), ('confirmed', confirmed), ('left', leavers)) f (fact, n)
    where dimension = 'all' and day >= day_before and day < today
    union all
    select dimension, value, fact, (month_of(day) + interval '1 month')::date, n
    from sign_up_days cross join lateral (values ('confirmed', confirmed), ('left', leavers)) f (fact, n)
    where (dimension, fact) in (('neighbourhood', 'confirmed'), ('heard_of', 'confirmed'), ('channel', 'left'),
                                ('reason', 'left'))
      and day >= month_before and day < month_of(today)
    union all
    select 'district', coalesce(n.district, ''), 'left', (month_of(d.day) + interval '1 month')::date, d.leavers
    from sign_up_days d left join neighbourhoods n on n.id::text = d.value
    where d.dimension = 'neighbourhood' and d.day >= month_before and d.day < month_of(today)
    union all
    select 'stay', months_stayed(joined, left_in), 'left', (left_in + interval '1 month')::date, people
    from stays where left_in >= month_before and left_in < month_of(today)
  ), earlier as (
    select distinct on (dimension, value, fact) dimension, value, fact, counted
    from published_people order by dimension, value, fact, before desc
  ), added as (
    select h.dimension, h.value, h.fact, h.before,
           coalesce(e.counted, 0) + sum(h.n) over (partition by dimension, value, fact order by before) as counted
    from (select dimension, value, fact, before, sum(n) as n from happened group by 1, 2, 3, 4 having sum(n) > 0) h
    left join earlier e using (dimension, value, fact)
    union all
    select dimension, value, 'active', before, sum(n) from stock(month_before, month_of(today)) group by 1, 2, 3, 4
  )
  insert into published_people (dimension, value, fact, before, counted, shown)
  select dimension, value, fact, before, counted, in_tens(counted::bigint, phase(concat_ws('|', dimension, value, fact)))
  from added;
  update published_until set day = today, month = month_of(today);
end $$;

-- One counted alert with everything alerts are grouped and added up by, in tens.
create view counted_alerts as
select a.id, a.identifier, (select e.officers_headline from alert_endings e where e.id = a.id) as headline, a.area_desc, a.incident_kind, a.urgent, a.msg_type, a.issued_by, a.release_at,
       london_day(a.release_at) as day, extract(hour from a.release_at at time zone 'Europe/London')::integer as hour,
       a.withdrawn_at is not null as withdrawn, a.stopped_at is not null as stopped, a.follow_up,
       n.name as neighbourhood, n.district, f.neighbourhood_id, f.people, f.handed_over, f.delivered, f.opened, f.useful,
       f.hand_overs, f.responses, f.looks, f.results, f.asks_footage
from alerts a
join alert_figures f on f.alert_id = a.id
left join neighbourhoods n on n.id = f.neighbourhood_id;

-- What the commissioner's office wants to reach, of the whole force, and by when. Changed is set anew: the earlier one stays.
create table targets (
  id         bigint generated always as identity primary key,
  measure    text not null check (measure in ('sign_ups', 'signed_up', 'coverage', 'downloads', 'confirmed', 'urgent_in_time',
                                              'responses')),
  wanted     double precision not null check (wanted > 0),   -- people, installs, responses; per 1,000; per cent
  within_s   integer check (within_s > 0),                    -- of urgent_in_time alone
  starts_on  date not null,
  before     date not null check (before > starts_on),
  set_by     text not null,
  set_at     timestamptz not null,
  removed_at timestamptz,
  removed_by text,
  check ((within_s is not null) = (measure = 'urgent_in_time')),
  check ((removed_at is null) = (removed_by is null))
);
create unique index targets_once on targets (measure, starts_on, before) where removed_at is null;   -- one for one period

-- What the service costs, from that month until the next such row.
create table unit_costs (
  id         bigint generated always as identity primary key,
  what       text not null check (what in ('email', 'push', 'month')),   -- one e-mail, one push, one month of the service
  since      date not null check (extract(day from since) = 1),
  pounds     double precision not null check (pounds >= 0),
  set_by     text not null,
  set_at     timestamptz not null,
  removed_at timestamptz,
  removed_by text,
  check ((removed_at is null) = (removed_by is null))
);
create unique index unit_costs_once on unit_costs (what, since) where removed_at is null;   -- one counts in a month

grant select on targets, unit_costs to smartalert_engagement;
grant select, insert, update (removed_at, removed_by) on targets, unit_costs to smartalert_control;

revoke execute on function london_day, london_start, month_of, promise_s, phase (text), phase (text, bigint), in_tens,
  each_in_tens, slice, by_slice, months_stayed, stock, mark_people, mark_people_of, mark_alerts_delivered,
  mark_alerts_of, mark_alerts, mark_everything, mark_neighbourhoods, count_days, count_month, count_alert, count_due,
  publish_people from public;
grant execute on function count_due, publish_people to smartalert_worker;
grant select (alert_id) on figures_due to smartalert_control;   -- whether a ledger waits to be sealed again
grant execute on function london_day, london_start, month_of to smartalert_control, smartalert_engagement;
grant select on figures_as_of, published_until, shown_people, message_months, alert_figures, alert_channels,
  counted_alerts to smartalert_engagement;
grant select, update (published_at) on figures_as_of to smartalert_worker;
