-- name: picture(alert_id, width, height)^
-- A still picture of the area, in a frame of :width by :height with its origin top left: the outline as an SVG path,
-- metres a unit, and the frame in EPSG:27700.
with ground as (
  select ground_of(area, within_m, 32) as shape from public_alerts where id = :alert_id
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
  select s.name, case s.kind when 'numbered' then 'main' else s.kind end as kind, s.source, st_clipbybox2d(s.geom, f.box) as geom
  from streets s join frame f on s.geom && f.box
  where s.kind in ('main', 'numbered') or (s.kind = 'local' and :metres::float8 < 8)
), placed as (
  select name, kind, source, st_length(geom) as length,
         st_affine(st_simplify(geom, :metres / 2), 1 / :metres::float8, 0, 0, 1 / :metres::float8,
                   -:west::float8 / :metres, -:north::float8 / :metres) as geom
  from cut where not st_isempty(geom)
)
select name, kind, source, st_assvg(geom, 0, 0) as path,
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
