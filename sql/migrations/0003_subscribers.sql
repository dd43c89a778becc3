-- People who asked to be told: what they chose, how to reach them, where they care about.

-- How somebody is told; as bits 1 is push and 2 email.
create type channel as enum ('push', 'email');

-- A person, or one phone with the app: nobody has an account. Who left keeps a row without a name.
create table subscribers (
  id              bigint generated always as identity primary key,
  consent_version text,                 -- which consent text they agreed to
  consented_at    timestamptz,
  signed_up_at    timestamptz not null default now(),
  confirmed_at    timestamptz,          -- null: the confirmation link has not been followed
  heard_of        text,                 -- how they heard of Smart Alert; null: they would rather not say
  -- bit n is Topic n of interests.py
  topics          integer not null default 0 check (topics >= 0),
  -- 0 is a resident; otherwise the business's Sector of interests.py
  sector          smallint not null default 0 check (sector between 0 and 30),
  -- also routine updates from local officers, not only urgent alerts
  updates         boolean not null default true,
  quiet_from      time,                 -- routine messages wait from …
  quiet_to        time,                 -- … to, London time; urgent alerts never wait
  paused_until    timestamptz,          -- no alerts of any kind until then
  left_at         timestamptz,
  left_reason     text,                 -- null: they gave none
  -- what stays of somebody who left, beside when and why: from which neighbourhood, never the place
  left_neighbourhood bigint references neighbourhoods on delete set null,
  left_channels   smallint,             -- bit 0 push, bit 1 email
  check ((quiet_from is null) = (quiet_to is null))
);
create index subscribers_signed_up on subscribers (signed_up_at);                   -- one day's sign-ups
create index subscribers_confirmed on subscribers (confirmed_at);                   -- one day's confirmations
create index subscribers_left on subscribers (left_at) where left_at is not null;   -- one day's leavers

-- How to reach them. The most sensitive column we hold is `address`: only the worker may read it.
create table contacts (
  subscriber_id  bigint not null references subscribers on delete cascade,
  channel        channel not null,
  address        text not null,   -- FCM registration token, or e-mail address in lower case
  platform       text check (platform in ('android', 'ios', 'web')),   -- of a phone, where it said so
  app_version    text,
  added_at       timestamptz not null default now(),
  off_at         timestamptz,     -- switched off: by the person, a dead token, a hard bounce
  off_reason     text,
  switched_on_at timestamptz,     -- by the person, after it was off: what was reported of before switches nothing off
  earlier_proofs text[] not null default '{}',   -- of a phone's last tokens: address_proof()
  primary key (subscriber_id, channel),
  unique (channel, address),      -- the same phone registered twice is one phone
  check ((off_at is null) = (off_reason is null))
);

-- How far around one of their places somebody wants to hear of: an alert whose area comes within reach_m of the place
-- is for them. Five distances, because audience() asks once for each.
create domain reach as smallint check (value in (0, 500, 1000, 2000, 3000));

-- Where somebody cares about: home, work, a stable.
create table places (
  subscriber_id bigint not null references subscribers on delete cascade,
  place_no      smallint not null,   -- 0 is the first they named
  label         text not null default 'Home',   -- as they call it
  point         geometry(Point, 27700) not null,
  reach_m       reach not null default 0,
  primary key (subscriber_id, place_no)
);

-- The matching table: one narrow row a place, without personal data, so that a 3 km circle over a million
-- people is one index scan. A nightly CLUSTER keeps neighbours on the same pages: unclustered is four times slower.
create table audience_places (
  subscriber_id bigint not null,
  place_no      smallint not null,
  topics        integer not null,
  sector        smallint not null,
  channels      smallint not null,   -- bit 0 push, bit 1 email: those that are on
  updates       boolean not null,
  confirmed     boolean not null,
  paused_until  timestamptz,
  point         geometry(Point, 27700) not null,
  -- this person's places with lower numbers: whoever has one of them inside is told for that one, so that nobody
  -- counts twice and 200,000 rows need no sorting
  earlier       geometry(MultiPoint, 27700),
  reach_m       smallint not null default 0,
  -- earlier places with a reach of their own, the reach as M; those without one stay in `earlier`
  earlier_reaching geometry(MultiPointM, 27700),
  -- for circles by plain arithmetic: ST_DWithin unpacks two geometries for every row, a quarter of what a 3 km preview
  -- over a million people costs; the distance is the same one, to the last bit
  x double precision not null generated always as (st_x(point)) stored,
  y double precision not null generated always as (st_y(point)) stored,
  primary key (subscriber_id, place_no)
);
-- Places with a reach of their own have an index apart. They are few, while one index over reach and point keeps a
-- million neighbours on the same pages so much less well that a 3 km preview reads six times as many.
create index audience_places_point on audience_places using gist (point);   -- who is in this area
-- who reaches into it
create index audience_places_reaching on audience_places using gist (reach_m, point) where reach_m > 0;
cluster audience_places using audience_places_point;

-- What the matching table should hold, derived from the three tables above, its columns in the same order.
create view audience_places_derived as
select s.id as subscriber_id, p.place_no, s.topics, s.sector,
       coalesce((select sum(case c.channel when 'push' then 1 else 2 end)
                 from contacts c where c.subscriber_id = s.id and c.off_at is null), 0)::smallint as channels,
       s.updates, s.confirmed_at is not null as confirmed, s.paused_until, p.point,
       case when p.place_no > 0 then
         (select st_multi(st_collect(e.point order by e.place_no)) from places e
          where e.subscriber_id = p.subscriber_id and e.place_no < p.place_no and e.reach_m = 0)
       end as earlier,
       p.reach_m::smallint as reach_m,
       case when p.place_no > 0 then
         (select st_multi(st_collect(st_force3dm(e.point, e.reach_m) order by e.place_no)) from places e
          where e.subscriber_id = p.subscriber_id and e.place_no < p.place_no and e.reach_m > 0)
       end as earlier_reaching
from subscribers s
join places p on p.subscriber_id = s.id
where s.left_at is null;

-- Brings the matching table up to date for these people. Whoever changes one of the three tables calls it in the
-- same transaction.
create function refresh_audience(people bigint[]) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from audience_places where subscriber_id = any(people);
  insert into audience_places select * from audience_places_derived where subscriber_id = any(people);
$$;

-- Switch one channel off for these people, each with its reason: dead addresses. Where it says whose they were, somebody
-- whose address has changed since, as a phone's token does, keeps the channel.
create function switch_off(people bigint[], on_channel text, reasons text[], addresses text[] default null) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update contacts c set off_at = now(), off_reason = o.reason
  from unnest(people, reasons, addresses) as o (subscriber_id, reason, address)
  where c.subscriber_id = o.subscriber_id and c.channel = on_channel::channel and c.off_at is null
    and c.address = coalesce(o.address, c.address);
  select refresh_audience(people);
$$;

-- In training: whoever was switched off because a simulated phone or mailbox failed is reached again, and what is reported
-- of that later switches nothing off. What people ended themselves stays off, and so does what was off in the made-up past.
create function give_back_switched_off() returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  back bigint[];
begin
  with given_back as (
    update contacts set off_at = null, off_reason = null, switched_on_at = now()
    where deployment_mode() = 'training' and off_at > (select created_at from deployment)
      and off_reason not in ('you used the link in an email', 'UNREGISTERED')
    returning subscriber_id
  )
  select array_agg(distinct subscriber_id) into back from given_back;
  if back is not null then
    perform refresh_audience(back);
  end if;
end $$;

-- What shows that somebody was written to: only the message itself, the worker and the database know the address that it
-- is made of. dispatch/links.py makes the same.
create function address_proof(person bigint, address text) returns text language sql immutable
return left(encode(sha256(convert_to(person || ' ' || address, 'UTF8')), 'hex'), 20);

-- What stands for somebody outside this database, in the record of who left: their number, and a digest of each address.
create function marks_of(person bigint) returns text[] language sql stable
return (
  select array['person ' || person] || array(
    select c.channel || ' ' || encode(sha256(convert_to(c.address, 'UTF8')), 'hex')
    from contacts c where c.subscriber_id = person order by c.channel)
);

-- One-click unsubscribe (RFC 8058): the link has the proof. A wrong one changes nothing, and nobody learns so. The marks
-- of whoever had e-mails until now; null where nobody had.
create function stop_mails(person bigint, proof text) returns text[]
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  marks text[] := (select marks_of(person) from contacts c where c.subscriber_id = person and c.channel = 'email'
                     and c.off_at is null and address_proof(person, c.address) = proof);
begin
  if marks is not null then
    perform switch_off(array[person], 'email', array['you used the link in an email']);
  end if;
  return marks;
end $$;

-- Where somebody's first place lies, and how they are reached; asked before leaving takes both away.
create function home_neighbourhood(person bigint) returns bigint language sql stable
return (
  select neighbourhood_at(point) from places where subscriber_id = person order by place_no limit 1
);
create function channels_of(person bigint) returns smallint language sql stable
return (
  select coalesce(sum(case channel when 'push' then 1 else 2 end), 0)::smallint from contacts where subscriber_id = person
);

-- Whatever sets left_at keeps that of them.
create function keep_where_they_left() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  new.left_neighbourhood := home_neighbourhood(new.id);
  new.left_channels := channels_of(new.id);
  return new;
end $$;
create trigger keep_where_they_left before update on subscribers for each row
  when (old.left_at is null and new.left_at is not null) execute function keep_where_they_left();

revoke execute on function refresh_audience, switch_off, give_back_switched_off, address_proof, marks_of, stop_mails, home_neighbourhood, channels_of,
  keep_where_they_left from public;
grant execute on function refresh_audience to smartalert_worker;
grant execute on function switch_off, give_back_switched_off to smartalert_worker;
grant execute on function stop_mails to smartalert_public;
grant select on audience_places to smartalert_control, smartalert_worker;
grant select, update (off_at, off_reason) on contacts to smartalert_worker;
