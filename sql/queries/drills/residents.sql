-- name: drawn(drill, seed, share, lat, lon, street_id, within_m, now)
-- Who was told in one drill and may answer by the dice, and has not: each with the newest message of its thread that
-- reached them and where it did, metres from the place, and whether they live beyond twice the ground that should be
-- told: around the place, or along its street where one is given. The dice are the seed's, the message's place in the drill and the person's number: the same again in every run.
with place as (
  select at, coalesce((select geom from streets where id = :street_id::bigint), at) as ground
  from (select st_transform(st_setsrid(st_point(:lon, :lat), 4326), 27700)) point (at)
), sent as (
  select a.id, a.identifier, a.thread, a.follow_up, row_number() over (order by a.release_at, a.id) as number,
         lower(concat_ws(' ', a.headline, a.description, a.instruction, a.contact)) as words
  from alerts a
  where a.drill = :drill and a.withdrawn_at is null and a.release_at <= :now
), told as (
  select distinct on (s.thread, d.subscriber_id) s.*, d.subscriber_id, d.channel, coalesce(d.delivered_at, d.handed_over_at) as told_at
  from sent s join deliveries d on d.alert_id = s.id
  where d.state in ('handed_over', 'delivered')
  order by s.thread, d.subscriber_id, s.number desc, coalesce(d.delivered_at, d.handed_over_at), d.channel
), dealt as materialized (
  select t.*, dice(:seed, t.number, t.subscriber_id, 1) as luck, dice(:seed, t.number, t.subscriber_id, 2) as pace from told t
)
select d.id as alert_id, d.identifier, d.thread, d.follow_up, d.number, d.words, d.subscriber_id, d.told_at, d.channel::text,
       c.address, d.luck, d.pace, home.from_place_m, home.is_outside
from dealt d
join contacts c on c.subscriber_id = d.subscriber_id and c.channel = d.channel and c.off_at is null
cross join lateral (
  select min(st_distance(p.point, place.at)) as from_place_m, min(st_distance(p.point, place.ground)) > 2 * :within_m::float8 as is_outside
  from place, audience_places p where p.subscriber_id = d.subscriber_id
) home
where d.luck < :share and home.from_place_m is not null
  and not exists (select from drill_events e where e.drill = :drill and e.name = 'answer-' || d.number || '-' || d.subscriber_id)
order by d.number, d.subscriber_id;

-- name: expected(geom, within_m, urgent, sectors, channels, seed, lat, lon, now)
-- Everybody who would be told of an alert to this ground, with what their dice show to the first message of a drill of this
-- seed, and metres from its place.
with place as (
  select st_transform(st_setsrid(st_point(:lon, :lat), 4326), 27700) as at
)
select dice(:seed, 1, a.subscriber_id, 1) as luck, dice(:seed, 1, a.subscriber_id, 2) as pace, home.from_place_m
from audience(:geom::geometry, :within_m::float8, :urgent::boolean, 0, :sectors::integer, :channels::integer, :now::timestamptz) a
cross join lateral (
  select min(st_distance(p.point, place.at)) as from_place_m
  from place, audience_places p where p.subscriber_id = a.subscriber_id
) home
where a.fate > 0;
