-- name: outlines(detail_m)
-- What the map draws as lines and shades: the force's area, its neighbourhoods; GeoJSON, EPSG:4326.
select 'force' as kind, name, st_asgeojson(st_transform(st_simplify(geom, :detail_m), 4326), 5) as geom from force_area
union all
select 'neighbourhood', name, st_asgeojson(st_transform(st_simplifypreservetopology(geom, :detail_m), 4326), 5)
from neighbourhoods;

-- name: extent()^
-- West, south, east and north of the force's area.
select st_xmin(box) as west, st_ymin(box) as south, st_xmax(box) as east, st_ymax(box) as north
from (select st_extent(st_transform(geom, 4326)) as box from force_area) e
where box is not null;

-- name: beat(codes, detail_m)^
-- The neighbourhoods with these codes as one outline (GeoJSON, EPSG:4326), and its west, south, east and north.
select st_asgeojson(st_transform(st_simplifypreservetopology(geom, :detail_m), 4326), 5) as outline,
       st_xmin(box) as west, st_ymin(box) as south, st_xmax(box) as east, st_ymax(box) as north
from (select st_union(geom) as geom, st_extent(st_transform(geom, 4326)) as box from neighbourhoods where code = any(:codes)) b
where box is not null;

-- name: sources()
-- Who published the streets that are drawn.
select distinct source from streets;
