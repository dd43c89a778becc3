-- name: places(z, x, y, reaching, urgent, topics, sectors, channels, now)
-- The places in and about a map tile of those who would be told: how far around they reach, about how far from another
-- place of the same people they lie (0: farther than an area can be wide, or there is none), and the points of all that
-- share both, as one string of 21-byte little-endian WKB (EPSG:27700).
select reach_m, apart_m, string_agg(st_asbinary(point, 'NDR'), ''::bytea) as points
from (
  select m.point, m.reach_m,
         case when m.place_no = 0 then 0
              else coalesce((array[500, 2000, 4200, 8500])[width_bucket(
                     least(st_distance(m.point, m.earlier), st_distance(m.point, m.earlier_reaching)),
                     array[0, 1000, 3000, 6000, 12000]::float8[])], 0) end as apart_m
  from audience_places m
  where m.point && st_transform(st_tileenvelope(:z, :x, :y), 27700) and (m.reach_m > 0) = :reaching::boolean
    and fate_of(m.confirmed, m.paused_until, m.updates, m.topics, m.sector, m.channels, :urgent::boolean,
                :topics::integer, :sectors::integer, :channels::integer, :now::timestamptz) > 0
) told
group by reach_m, apart_m
order by reach_m, apart_m;
