-- People who asked to be told: what they chose, how to reach them, where they care about.

create type channel as enum ('push', 'email');

create table subscribers (
  id           bigint generated always as identity primary key,
  -- bit n is Topic n of smartalert/audience/interests.py
  topics       integer not null default 0 check (topics >= 0),
  -- 0 is a resident; otherwise the business's Sector of smartalert/audience/interests.py
  sector       smallint not null default 0 check (sector between 0 and 30),
  -- also routine updates from local officers, not only urgent alerts
  updates      boolean not null default true,
  signed_up_at timestamptz not null default now(),
  confirmed_at timestamptz,   -- null: the confirmation link has not been followed
  paused_until timestamptz,
  left_at      timestamptz
);

-- How to reach them. The most sensitive column we hold is `address`: only the worker may read it.
create table contacts (
  subscriber_id bigint not null references subscribers on delete cascade,
  channel       channel not null,
  address       text not null,   -- FCM registration token, or e-mail address in lower case
  added_at      timestamptz not null default now(),
  off_at        timestamptz,     -- switched off: by the person, a dead token, a hard bounce
  off_reason    text,
  primary key (subscriber_id, channel),
  unique (channel, address),     -- the same phone registered twice is one phone
  check ((off_at is null) = (off_reason is null))
);

create table places (
  subscriber_id bigint not null references subscribers on delete cascade,
  place_no      smallint not null,   -- 0 is the first they named
  label         text not null default 'Home',
  point         geometry(Point, 27700) not null,
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
  primary key (subscriber_id, place_no)
);
create index audience_places_point on audience_places using gist (point);   -- who is in this area
cluster audience_places using audience_places_point;

-- What the matching table should hold, derived from the three tables above.
create view audience_places_derived as
select s.id as subscriber_id, p.place_no, s.topics, s.sector,
       coalesce((select sum(case c.channel when 'push' then 1 else 2 end)
                 from contacts c where c.subscriber_id = s.id and c.off_at is null), 0)::smallint as channels,
       s.updates, s.confirmed_at is not null as confirmed, s.paused_until, p.point,
       case when p.place_no > 0 then
         (select st_multi(st_collect(e.point order by e.place_no)) from places e
          where e.subscriber_id = p.subscriber_id and e.place_no < p.place_no)
       end as earlier
from subscribers s
join places p on p.subscriber_id = s.id
where s.left_at is null;

-- Brings the matching table up to date for these people. Whoever changes one of the three tables calls it in the
-- same transaction.
create function refresh_audience(people bigint[]) returns void
language sql security definer set search_path = public as $$
  delete from audience_places where subscriber_id = any(people);
  insert into audience_places select * from audience_places_derived where subscriber_id = any(people);
$$;
revoke execute on function refresh_audience from public;

grant select on audience_places to smartalert_control, smartalert_worker;
grant select, update (off_at, off_reason) on contacts to smartalert_worker;
grant execute on function refresh_audience to smartalert_worker;
