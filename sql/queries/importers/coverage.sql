-- name: stock()
-- How much there is of each source, who published it, and which import it came by last.
select w.source, w.found, w.publishers, coalesce(i.files, m.files) as files, coalesce(i.done_at, m.done_at) as done_at,
  i.done_by
from (
  select 'area' as source, count(*) as found, '{}'::text[] as publishers from force_area
  union all select 'streets', count(*), array(select distinct source from streets order by 1) from streets
  union all select 'places', count(*), array(select distinct source from towns order by 1) from towns
  union all select 'postcodes', count(*), '{}' from postcodes
  union all select 'neighbourhoods', count(*), '{}' from neighbourhoods
  union all select 'population', count(residents), '{}' from neighbourhoods
  union all select 'map', count(*), '{}' from drawn_ground
) w
left join lateral (
  select files, done_at, done_by from ground_imports where source = w.source and undone_by is null order by id desc limit 1
) i on w.source <> 'map'
-- which may have come with the streets
left join lateral (select array_agg(source) as files, max(imported_at) as done_at from drawn_ground) m on w.source = 'map';

-- name: missing()
-- The sources of which there is nothing.
select source from (values
  ('area', exists (select from force_area)),
  ('streets', exists (select from streets)),
  ('places', exists (select from towns)),
  ('postcodes', exists (select from postcodes)),
  ('neighbourhoods', exists (select from neighbourhoods)),
  ('population', exists (select from neighbourhoods where residents is not null)),
  ('map', exists (select from ground_maps))
) w (source, is_there) where not is_there;

-- name: boundary()^
-- The force area's name and size.
select name, st_area(geom) / 1e6 as km2 from force_area;

-- name: gaps()
-- Each neighbourhood, and whether it has streets, postcodes and a figure of residents.
select n.id, n.name, n.district,
  exists (select from streets s where st_intersects(s.geom, n.geom)) as streets,
  exists (select from postcodes p where st_covers(n.geom, p.point)) as postcodes,
  n.residents is not null as population
from neighbourhoods n order by n.district, n.name, n.id;

-- name: outlines(ids, detail_m)
-- These neighbourhoods as GeoJSON, EPSG:4326.
select name, st_asgeojson(st_transform(st_simplifypreservetopology(geom, :detail_m), 4326), 5) as outline
from neighbourhoods where id = any(:ids) order by id;
