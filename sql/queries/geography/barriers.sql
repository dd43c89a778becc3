-- name: barriers(geom, within_m, but)
-- Rivers, canals, railways and motorways that run through an area, as far as its box goes; but those it is drawn along.
with ground as materialized (
  select ground_of(:geom::geometry, :within_m::float8) as geom
), through as (
  select case s.kind when 'numbered' then 'motorway' else s.kind end as kind, s.name, s.geom
  from ground g join streets s on st_intersects(s.geom, g.geom)
  where s.id <> all(:but::bigint[])
    and (s.kind in ('river', 'canal', 'railway') or s.kind = 'numbered' and s.name ~ '^(M[0-9]+|A[0-9]+\(M\))')
)
select t.kind, t.name, st_asbinary(st_collectionextract(st_clipbybox2d(st_force2d(t.geom), st_expand(g.geom, 10)::box2d), 2)) as geom,
       st_asbinary(g.geom) as ground
from ground g, through t
order by t.kind, t.name;
