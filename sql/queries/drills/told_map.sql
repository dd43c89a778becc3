-- name: frame(geom, within_m, alerts, width, height)^
-- A frame of :width by :height with its origin top left around two areas: the ground that should be told, and that of these
-- alerts; both as SVG paths, metres a unit, and the frame in EPSG:27700. An area many times as large is cut off.
with wanted as (
  select ground_of(:geom::geometry, :within_m::float8, 32) as shape
), sent as (
  select st_union(ground_of(a.area, a.within_m, 32)) as shape from alerts a where a.id = any(:alerts)
), seen as (
  select w.shape as wanted, s.shape as sent,
         st_envelope(st_intersection(st_envelope(st_collect(w.shape, coalesce(s.shape, w.shape))),
                                     st_expand(st_envelope(w.shape), 8000))) as box
  from wanted w, sent s
), frame as (
  select wanted, sent, st_x(st_centroid(box)) as x, st_y(st_centroid(box)) as y,
         1.25 * greatest((st_xmax(box) - st_xmin(box)) / :width::float8, (st_ymax(box) - st_ymin(box)) / :height::float8) as metres
  from seen
)
select metres, x - metres * :width / 2 as west, y + metres * :height / 2 as north,
       st_assvg(st_affine(wanted, 1 / metres, 0, 0, 1 / metres, -(x / metres - :width / 2.0), -(y / metres + :height / 2.0)), 0, 1)
         as outline,
       coalesce(st_assvg(st_affine(sent, 1 / metres, 0, 0, 1 / metres, -(x / metres - :width / 2.0),
                                   -(y / metres + :height / 2.0)), 0, 1), '') as sent
from frame;

-- name: squares(people, lat, lon, cell_m, west, north, metres, fewest)
-- Squares of the ground, in the units of such a frame, with how many of these people live there; those with fewer are left
-- out. Of several places of one person, the one nearest to where it happened.
with at as (
  select st_transform(st_setsrid(st_makepoint(:lon::float8, :lat::float8), 4326), 27700) as middle
), homes as (
  select distinct on (m.subscriber_id) m.point
  from audience_places m cross join at
  where m.subscriber_id = any(:people)
  order by m.subscriber_id, m.point <-> at.middle, m.place_no
)
select (floor(st_x(point) / :cell_m::float8) * :cell_m - :west::float8) / :metres::float8 as x,
       (:north::float8 - (floor(st_y(point) / :cell_m) + 1) * :cell_m) / :metres as y, count(*) as people
from homes
group by floor(st_x(point) / :cell_m), floor(st_y(point) / :cell_m)
having count(*) >= :fewest
order by y, x;
