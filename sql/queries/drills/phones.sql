-- name: shown(lat, lon)
-- Four residents whose phones and inboxes an officer may look at: nearest to a place with the app, and with e-mail alone;
-- then some way off, and too far to be told if the area is right. Each with metres and the street that they live in.
with place as (
  select st_transform(st_setsrid(st_point(:lon, :lat), 4326), 27700) as at
), near as materialized (
  select p.subscriber_id, p.channels, p.point, st_distance(p.point, place.at) as metres
  from place join audience_places p on st_dwithin(p.point, place.at, 5000)
  where p.place_no = 0 and p.confirmed and p.paused_until is null and p.channels > 0
), wanted (part, on_channels, metres) as (
  values (1, array[1, 3], 0), (2, array[2], 0), (3, array[1, 3], 450), (4, array[1, 3], 2500)
), chosen as (
  select distinct on (n.subscriber_id) w.part, n.*
  from wanted w cross join lateral (
    select * from near where near.channels = any(w.on_channels) order by abs(near.metres - w.metres), near.subscriber_id limit 1
  ) n
  order by n.subscriber_id, w.part
)
select c.subscriber_id as id, c.channels & 1 > 0 as on_phone, c.metres,
       coalesce((select s.name from streets s where s.name <> '' and st_dwithin(s.geom, c.point, 500)
                 order by s.geom <-> c.point limit 1), '') as street
from chosen c order by c.part;

-- name: got(drill, people, now)
-- What has reached these people of one drill, the newest first: on a phone the newest of each thread alone, for it takes
-- the place of the others.
with reached as (
  select d.subscriber_id as person, d.channel, a.thread, a.id, a.urgent, m.title, m.body,
         coalesce(d.delivered_at, d.handed_over_at) as at, d.opened_at
  from alerts a
  join deliveries d on d.alert_id = a.id and d.subscriber_id = any(:people) and d.state in ('handed_over', 'delivered')
  join messages m on m.alert_id = a.id and m.channel = d.channel
  where a.drill = :drill and a.release_at <= :now
), newest as (
  select distinct on (person, channel, case when channel = 'push' then thread::text else id::text end) *
  from reached order by person, channel, case when channel = 'push' then thread::text else id::text end, id desc
)
select person, channel::text, title, body, urgent, at, opened_at from newest order by at desc, id desc;
