-- name: recorded(geom, within_m, months)
-- Crimes recorded in an area in the newest so many months that are known, by category, the most first.
with newest as (
  select max(month) as month from recorded_crimes
)
select category, sum(offences)::integer as offences
from (
  select distinct c.id, c.category, c.offences
  from newest n, parts_of(:geom::geometry, :within_m::float8) p
  join recorded_crimes c on st_dwithin(c.point, p.geom, p.metres)
  where c.month > n.month - make_interval(months => :months)
) inside
group by category
order by offences desc, category;

-- name: period(months)^
-- The first and last of the newest so many months that are known; nothing where none is.
select min(month) as first, max(month) as last
from recorded_crimes
where month > (select max(month) from recorded_crimes) - make_interval(months => :months)
having count(*) > 0;
