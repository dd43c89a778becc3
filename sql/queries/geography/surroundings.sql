-- name: landmarks_inside(geom, within_m, kinds)
-- Landmarks of these kinds that lie in an area, at least in part.
select distinct l.kind, l.name, l.locality
from parts_of(:geom::geometry, :within_m::float8) p
join landmarks l on st_dwithin(l.geom, p.geom, p.metres)
where l.kind = any(:kinds)
order by l.kind, l.name, l.locality;

-- name: neighbourhoods_touched(geom, within_m)
-- The neighbourhoods that an area touches, by how much of it lies in each, the largest first; not those it only brushes.
select n.name
from (select ground_of(:geom::geometry, :within_m::float8) as geom) g
join neighbourhoods n on st_intersects(n.geom, g.geom)
where st_area(st_intersection(n.geom, g.geom)) > 1
order by st_area(st_intersection(n.geom, g.geom)) desc, n.name;
