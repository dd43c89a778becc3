-- name: find(kind, seed, officers)^
-- One landmark, street or town of this kind inside the force, chosen by the seed alone, where each of these officers may
-- send; with the nearest named street within a kilometre, where people live, and the nearest town.
with spots as (
  select 'l' || id as key, name, st_pointonsurface(geom) as at from landmarks where kind = :kind and name <> ''
  union all
  select 's' || id, name, at from streets where :kind = 'street' and kind = 'local'
  union all
  select 't' || id, name, point from towns where :kind = 'town' and kind in ('city', 'town')
), spot as (
  select * from spots
  where exists (select from force_area f where st_intersects(f.geom, spots.at))
    and (:kind = 'street' or exists (select from streets s where s.kind = 'local' and st_dwithin(s.geom, spots.at, 1000)))
    and not exists (
      select from officers o
      where o.id = any(:officers::text[]) and o.jurisdiction is not null and not exists (
        select from neighbourhoods n where n.code = any(o.jurisdiction) and st_intersects(n.geom, spots.at)
      )
    )
  order by sha256(convert_to(:seed || '|' || key, 'UTF8'))
  limit 1
)
select st_y(w.at) as lat, st_x(w.at) as lon, spot.name as landmark, street.name as street, street.id as street_id, town.name as town
from spot
cross join lateral (select st_transform(spot.at, 4326) as at) w
cross join lateral (
  select s.id, s.name from streets s
  where s.kind = 'local' and st_dwithin(s.geom, spot.at, 1000)
  order by s.geom <-> spot.at limit 1
) street
cross join lateral (select t.name from towns t order by t.point <-> spot.at limit 1) town;

-- name: is_made_up()$
-- Whether the streets are those of the made-up county.
select source = 'training' from streets limit 1;
