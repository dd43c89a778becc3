-- name: find(kind, seed)^
-- One landmark, street or town of this kind inside the force, chosen by the seed alone; with the nearest named street
-- within a kilometre, where people live, and the nearest town.
with spots as (
  select 'l' || id as key, name, st_pointonsurface(geom) as at from landmarks where kind = :kind and name <> ''
  union all
  select 's' || id, name, at from streets where :kind = 'street' and kind = 'local'
  union all
  select 't' || id, name, point from towns where :kind = 'town' and kind in ('city', 'town')
)
select st_y(w.at) as lat, st_x(w.at) as lon, spots.name as landmark, street.name as street, street.id as street_id, town.name as town
from spots
cross join lateral (select st_transform(spots.at, 4326) as at) w
cross join lateral (
  select s.id, s.name from streets s
  where s.kind = 'local' and st_dwithin(s.geom, spots.at, 1000)
  order by s.geom <-> spots.at limit 1
) street
cross join lateral (select t.name from towns t order by t.point <-> spots.at limit 1) town
where exists (select from force_area f where st_intersects(f.geom, spots.at))
order by sha256(convert_to(:seed || '|' || spots.key, 'UTF8'))
limit 1;
