-- name: told_points(geom, within_m, urgent, topics, sectors, channels, now, follows, newcomers)$
-- Where those who will be told asked to be told: one string of 21-byte little-endian WKB points (EPSG:27700), which
-- reaches numpy ten times sooner than rows.
select coalesce(string_agg(st_asbinary(point, 'NDR'), ''::bytea), ''::bytea)
from audience(:geom::geometry, :within_m::float8, :urgent::boolean, :topics::integer, :sectors::integer,
              :channels::integer, :now::timestamptz, :follows::bigint, :newcomers::boolean)
where fate > 0;

-- name: neighbourhoods(geom, within_m)
-- Neighbourhood areas that touch the area, clipped to nothing: the join needs them whole.
select n.name, st_asbinary(n.geom) as geom
from neighbourhoods n
where st_intersects(n.geom, ground_of(:geom::geometry, :within_m::float8))
order by n.name;
