-- name: active(limit)
-- Alerts that count now, urgent ones first, then the newest; last what says that one is over.
select id, identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction,
       contact, within_m, is_circle, area_desc, release_at, expires_at, stopped_at, follow_up, newer_identifier,
       newer_type, newer_headline, newer_at, p.is_shown is not null as had_photo, p.alt as photo_alt,
       p.bytes as photo_bytes, p.width as photo_width, p.height as photo_height,
       st_asgeojson(st_transform(area, 4326), 6) as ground,
       st_asgeojson(st_forcepolygonccw(st_transform(st_buffer(area, within_m, 16), 4326)), 5) as outline
from public_alerts join public_threads using (id) left join public_photos p on p.alert_id = id
where expires_at > now() and stopped_at is null and newer_at is null
order by msg_type = 'Cancel', urgent desc, release_at desc
limit :limit;

-- name: find(identifier)^
-- One published alert.
select id, identifier, status, msg_type, urgent, incident_kind, incident_number, headline, description, instruction,
       contact, within_m, is_circle, area_desc, release_at, expires_at, stopped_at, follow_up, newer_identifier,
       newer_type, newer_headline, newer_at, p.is_shown is not null as had_photo, p.alt as photo_alt,
       p.bytes as photo_bytes, p.width as photo_width, p.height as photo_height,
       st_asgeojson(st_transform(area, 4326), 6) as ground,
       st_asgeojson(st_forcepolygonccw(st_transform(st_buffer(area, within_m, 16), 4326)), 5) as outline
from public_alerts join public_threads using (id) left join public_photos p on p.alert_id = id
where identifier = :identifier;

-- name: earlier(alert_id)
-- The messages of its thread that an alert updates or cancels, oldest first.
select e.identifier, e.release_at
from public_threads t
join public_threads o on o.thread = t.thread and o.id < t.id
join public_alerts e on e.id = o.id
where t.id = :alert_id
order by e.id;

-- name: identifier_of(alert_id)$
-- What a published alert is called, by our own number.
select identifier from public_alerts where id = :alert_id;

-- name: picture(alert_id, width, height)^
-- A still picture of the area, in a frame of :width by :height with its origin top left: the outline as an SVG path,
-- metres a unit, and the frame in EPSG:27700.
with ground as (
  select st_buffer(area, within_m, 32) as shape from public_alerts where id = :alert_id
), frame as (
  select shape, st_x(st_centroid(st_envelope(shape))) as x, st_y(st_centroid(st_envelope(shape))) as y,
         1.35 * greatest((st_xmax(shape) - st_xmin(shape)) / :width::float8,
                         (st_ymax(shape) - st_ymin(shape)) / :height::float8) as metres
  from ground
)
select metres, x - metres * :width / 2 as west, y + metres * :height / 2 as north,
       st_assvg(st_affine(shape, 1 / metres, 0, 0, 1 / metres, -(x / metres - :width / 2.0),
                          -(y / metres + :height / 2.0)), 0, 1) as outline
from frame;

-- name: picture_streets(west, north, metres, width, height, limit)
-- Streets in such a frame as SVG paths, the most important first; small ones only where they can be told apart.
with frame as (
  select st_makeenvelope(:west, :north - :metres::float8 * :height, :west::float8 + :metres::float8 * :width, :north,
                         27700) as box
), cut as (
  select s.name, s.kind, st_clipbybox2d(s.geom, f.box) as geom
  from streets s join frame f on s.geom && f.box
  where s.kind = 'main' or (s.kind = 'local' and :metres::float8 < 8)
), placed as (
  select name, kind, st_length(geom) as length,
         st_affine(st_simplify(geom, :metres / 2), 1 / :metres::float8, 0, 0, 1 / :metres::float8,
                   -:west::float8 / :metres, -:north::float8 / :metres) as geom
  from cut where not st_isempty(geom)
)
select name, kind, st_assvg(geom, 0, 0) as path,
       st_x(st_pointonsurface(geom)) as x, -st_y(st_pointonsurface(geom)) as y, length / :metres::float8 as length
from placed
where geom is not null and not st_isempty(geom)
order by kind = 'main' desc, length desc
limit :limit;

-- name: picture_towns(west, north, metres, width, height)
-- Towns in such a frame, the largest first.
select name, (st_x(point) - :west::float8) / :metres as x, (:north::float8 - st_y(point)) / :metres as y
from towns
where point && st_makeenvelope(:west, :north - :metres::float8 * :height, :west::float8 + :metres::float8 * :width,
                               :north, 27700)
order by population desc
limit 4;

-- name: streets_near(alert_id, limit)
-- Named streets in the alert's area and a little round it, nearest first, for a list to choose from.
select s.id, s.name, s.locality
from public_alerts a
join streets s on st_dwithin(s.geom, a.area, a.within_m + 250)
where a.id = :alert_id and s.kind <> 'path'
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
