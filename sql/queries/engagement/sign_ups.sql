-- name: outlines(detail_m)
-- Neighbourhoods as GeoJSON geometries in metres of EPSG:27700, for the coverage map.
select id, st_asgeojson(st_simplifypreservetopology(geom, :detail_m), 0) as geom from neighbourhoods;
