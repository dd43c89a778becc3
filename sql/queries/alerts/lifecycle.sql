-- name: lock(id)^
-- One alert, holding off everything else that would change it.
select id, urgent, msg_type, follows, issued_at, release_at, expires_at, withdrawn_at, stopped_at,
       exists (select from alerts n where n.follows = alerts.id and n.withdrawn_at is null) as is_replaced
from alerts where id = :id for update;

-- name: withdraw(now, id)!
-- Undone within the ten seconds.
update alerts set withdrawn_at = :now where id = :id;

-- name: stop(now, id)!
-- No more of it leaves from now on.
update alerts set stopped_at = :now where id = :id;

-- name: release(at, id)!
-- The ten seconds end then.
update alerts set release_at = :at where id = :id;

-- name: load(id)^
-- One alert; its area as GeoJSON (EPSG:4326) for drawing, whether deliveries are still open, and what took its place.
select a.id, a.identifier, a.status, a.msg_type, a.urgent, a.incident_kind, a.incident_number, e.officers_headline as headline, e.is_forgotten,
       a.within_m, a.street_id, a.area_desc, a.topics, a.sectors, a.channels, people_of(a.id, a.people) as people,
       a.issued_by, a.issued_at, a.release_at, a.expires_at, a.withdrawn_at, a.stopped_at, a.draft_id,
       a.override_reason, a.follows, a.follow_up, a.thread, n.follow_up as replaced_how, n.release_at as replaced_at,
       st_asgeojson(st_transform(a.area, 4326), 6) as area,
       st_asgeojson(st_transform(ground_of(a.area, a.within_m), 4326), 6) as outline,
       exists (select from deliveries d where d.alert_id = a.id and (d.state = 'sending' or d.state = 'pending' and d.digest_on is null)) as is_open
from alerts a
join alert_endings e on e.id = a.id
left join alerts n on n.follows = a.id and n.withdrawn_at is null
where a.id = :id;

-- name: in_force(now)
-- Other alerts that still count, for outlines on the map: not withdrawn, not replaced, not over; nor what says that one is.
select id, headline, expires_at, st_asgeojson(st_transform(ground_of(area, within_m, 16), 4326), 5) as outline
from alerts
where expires_at > :now and withdrawn_at is null and stopped_at is null and msg_type <> 'Cancel'
  and not is_replaced(id, :now)
order by issued_at desc
limit 50;

-- name: in_force_near(geom, within_m, near_m, now)
-- Of these, the ones whose area lies so near another area, and whether it reaches into it; the nearest first.
select a.id, a.headline, a.expires_at, metres = 0 as overlaps
from (select ground_of(:geom::geometry, :within_m::float8) as geom) here,
     alerts a, lateral (select st_distance(ground_of(a.area, a.within_m, 16), here.geom) as metres) d
where a.expires_at > :now and a.withdrawn_at is null and a.stopped_at is null and a.msg_type <> 'Cancel'
  and not is_replaced(a.id, :now) and metres <= :near_m::float8
order by metres, a.issued_at desc
limit 20;

-- name: messages(alert_id)
-- The frozen words of an alert.
select channel::text, title, body, html from messages where alert_id = :alert_id;
