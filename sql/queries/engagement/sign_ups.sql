-- name: sign_ups_over_time(step, start, before)
-- Sign-ups begun, confirmed and ended in each day, week (from Monday) or month, and how many were in before the first.
select date_trunc(:step, day::timestamp)::date as start, sum(started)::integer as started,
       sum(confirmed)::integer as confirmed, sum(leavers)::integer as leavers
from sign_up_days
where dimension = 'all' and day >= :start and day < :before
group by 1 order by 1;

-- name: active(before)$
-- How many had confirmed and not left before that day.
select coalesce(sum(confirmed - leavers), 0)::integer from sign_up_days where dimension = 'all' and day < :before;

-- name: sign_ups_by(start, before, dimension)
-- The same by one thing they have in common, with those who were in at the end.
select value, coalesce(sum(started) filter (where day >= :start), 0)::integer as started,
       coalesce(sum(confirmed) filter (where day >= :start), 0)::integer as confirmed,
       coalesce(sum(leavers) filter (where day >= :start), 0)::integer as leavers,
       sum(confirmed - leavers)::integer as active
from sign_up_days
where dimension = :dimension and day < :before
group by value order by value;

-- name: sign_ups_by_month(start, before, dimension)
-- The same for each month.
select month_of(day) as month, value, sum(started)::integer as started, sum(confirmed)::integer as confirmed,
       sum(leavers)::integer as leavers
from sign_up_days
where dimension = :dimension and day >= :start and day < :before
group by 1, 2 order by 1, 2;

-- name: stays()
-- Of those who confirmed in one month, how many left in which.
select joined, left_in, people from stays order by joined, left_in;

-- name: coverage(before)
-- People signed up in each neighbourhood before that day, and how many live there.
select n.id, n.code, n.name, n.district, n.residents, coalesce(sum(d.confirmed - d.leavers), 0)::integer as active
from neighbourhoods n
left join sign_up_days d on d.dimension = 'neighbourhood' and d.value = n.id::text and d.day < :before
group by n.id order by n.name;

-- name: outlines(detail_m)
-- Neighbourhoods as GeoJSON geometries in metres of EPSG:27700, for the coverage map.
select id, st_asgeojson(st_simplifypreservetopology(geom, :detail_m), 0) as geom from neighbourhoods;

-- name: names()
-- Names of neighbourhoods, by number.
select id::text as value, name, district from neighbourhoods;
