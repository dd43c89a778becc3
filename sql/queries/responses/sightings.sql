-- name: streets_near(alert_id, limit)
-- Named streets in the alert's area and a little round it, nearest first, for a list to choose from.
select s.id, s.name, s.locality
from public_alerts a
cross join lateral (select ground_of(a.area, a.within_m) as geom) ground
join streets s on st_dwithin(s.geom, ground.geom, 250)
where a.id = :alert_id and s.kind in ('main', 'local')
order by s.geom <-> a.area
limit :limit;

-- name: street_point(alert_id, street_id)^
-- Where on a street somebody may have been: the point nearest the alert's area (EPSG:4326); and what it is called.
select st_x(p.at) as lon, st_y(p.at) as lat, concat_ws(', ', s.name, nullif(s.locality, '')) as name
from public_alerts a, streets s,
     lateral (select st_transform(st_closestpoint(s.geom, st_centroid(a.area)), 4326) as at) p
where a.id = :alert_id and s.id = :street_id;

-- name: postcode_point(squeezed)^
-- Where a postcode is (EPSG:4326), spaces left out.
select st_x(st_transform(point, 4326)) as lon, st_y(st_transform(point, 4326)) as lat, postcode as name
from postcodes where replace(postcode, ' ', '') = :squeezed;
