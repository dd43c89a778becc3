-- name: widened(geom, within_m, by_m)^
-- An area that holds everywhere within so many metres of another, and a little more, as audience() takes it: polygons have
-- no metres of their own, so theirs are drawn wider by a buffer, a hundredth too wide since a buffer cuts corners off.
select case st_geometrytype(a.geom)
         when 'ST_Point' then a.geom when 'ST_LineString' then a.geom when 'ST_MultiLineString' then a.geom
         when 'ST_GeometryCollection' then (
           select st_forcecollection(st_collect(
             case st_dimension(p.geom) when 2 then st_force3dm(st_buffer(p.geom, a.by_m * 1.01, 'quad_segs=16'), 0)
                                       else st_force3dm(st_force2d(p.geom), p.metres + a.by_m) end order by p.number))
           from drawn_parts(a.geom, a.within_m) p)
         else st_buffer(a.geom, a.by_m * 1.01, 'quad_segs=16') end as geom,
       case st_geometrytype(a.geom)
         when 'ST_Point' then a.within_m + a.by_m when 'ST_LineString' then a.within_m + a.by_m
         when 'ST_MultiLineString' then a.within_m + a.by_m else 0 end as within_m
from (select :geom::geometry as geom, :within_m::float8 as within_m, :by_m::float8 as by_m) a;

-- name: just_outside(geom, within_m, wide, wide_m, by_m, urgent, topics, sectors, channels, now)$
-- Who would be told if the area were so many metres wider, and would not be told now: their nearest place, and as Z how many
-- metres the area would have to grow to reach it; one string of 29-byte little-endian WKB points (EPSG:27700).
with parts as materialized (
  select geom, metres from parts_of(:geom::geometry, :within_m::float8)
), told as materialized (
  select subscriber_id
  from audience(:geom::geometry, :within_m::float8, :urgent::boolean, :topics::integer, :sectors::integer,
                :channels::integer, :now::timestamptz)
  where fate > 0
), beyond as materialized (
  select w.subscriber_id
  from audience(:wide::geometry, :wide_m::float8, :urgent::boolean, :topics::integer, :sectors::integer,
                :channels::integer, :now::timestamptz) w
  where w.fate > 0 and w.subscriber_id not in (select subscriber_id from told)
)
select coalesce(string_agg(st_asbinary(st_makepoint(st_x(p.point), st_y(p.point), p.metres), 'NDR'), ''::bytea), ''::bytea)
from beyond b
cross join lateral (
  -- as metres_from() has it, which would be called once a person
  select m.point, greatest(0, (select min(st_distance(p.geom, m.point) - p.metres) from parts p) - m.reach_m) as metres
  from audience_places m where m.subscriber_id = b.subscriber_id
  order by metres, m.place_no limit 1
) p
where p.metres <= :by_m::float8;

-- name: streets_along(geom, within_m, by_m)
-- The streets within so many metres of the edge of an area, with their towns.
select s.name, s.locality, st_asbinary(s.geom) as geom
from (select st_boundary(ground_of(:geom::geometry, :within_m::float8)) as geom) edge
join streets s on st_dwithin(s.geom, edge.geom, :by_m::float8)
where s.kind in ('main', 'local')
order by s.name, s.locality, s.id;
