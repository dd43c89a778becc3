-- name: outside_jurisdiction(officer, geom, within_m)^
-- How much of an area lies outside what an officer may send to (0…1), and what that is; no row: the whole force.
select 1 - coalesce(st_area(st_intersection(mine.geom, area.geom)), 0) / st_area(area.geom) as share, mine.names
from officers o,
     lateral (select ground_of(:geom::geometry, :within_m) as geom) area,
     lateral (
       select st_union(n.geom) as geom, coalesce(array_agg(n.name order by n.name), '{}') as names
       from neighbourhoods n where n.code = any(o.jurisdiction)
     ) mine
where o.id = :officer and o.jurisdiction is not null;

-- name: may_send_there(geom, within_m, share, now, idle)
-- Senders who are signed in and may send to this area, :share of it over their border at most; whole-force ones last.
select distinct o.name, o.jurisdiction is null as everywhere
from officers o
join officer_sessions s on s.officer = o.id
where s.ended_at is null and s.ends_at > :now and s.last_seen_at > :now - :idle and o.barred_at is null
  and 'sender' = any(o.roles)
  and (o.jurisdiction is null or (
    select st_area(st_intersection(st_union(n.geom), area.geom)) >= (1 - :share) * st_area(area.geom)
    from neighbourhoods n, (select ground_of(:geom::geometry, :within_m) as geom) area
    where n.code = any(o.jurisdiction) group by area.geom
  ))
order by everywhere, o.name limit 3;
