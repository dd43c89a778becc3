-- name: circle_on_ground(radius_m, easting, northing)^
-- Is the centre in the force's area, and how much of the circle lies outside?
select st_covers(f.geom, p.point) as inside,
       1 - st_area(st_intersection(f.geom, st_buffer(p.point, :radius_m))) / st_area(st_buffer(p.point, :radius_m))
         as outside_share,
       p.point as geom
from force_area f, (select st_setsrid(st_makepoint(:easting, :northing), 27700) as point) p;

-- name: street_on_ground(buffer_m, street_id)^
-- The street's own line, and how much of it lies outside the force's area.
select s.id, s.name, s.locality, s.geom,
       st_intersects(f.geom, s.geom) as inside,
       1 - st_length(st_intersection(f.geom, s.geom)) / greatest(st_length(s.geom), 1) as outside_share,
       st_asgeojson(st_transform(s.geom, 4326), 6) as line,
       st_asgeojson(st_transform(st_buffer(s.geom, :buffer_m), 4326), 6) as outline
from streets s, force_area f
where s.id = :street_id;

-- name: nearest_street(easting, northing)^
-- The named street closest to a point, within 500 m.
select id, name, locality
from streets
where st_dwithin(geom, st_setsrid(st_makepoint(:easting, :northing), 27700), 500)
order by geom <-> st_setsrid(st_makepoint(:easting, :northing), 27700)
limit 1;

-- name: nearest_town(easting, northing)$
-- The town closest to a point.
select name from towns order by point <-> st_setsrid(st_makepoint(:easting, :northing), 27700) limit 1;
