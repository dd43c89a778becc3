-- name: circle_on_ground(radius_m, easting, northing)^
-- Is the centre in the force's area, and how much of the circle lies outside?
select st_covers(f.geom, p.point) as inside,
       1 - st_area(st_intersection(f.geom, st_buffer(p.point, :radius_m))) / st_area(st_buffer(p.point, :radius_m))
         as outside_share,
       p.point as geom
from force_area f, (select st_setsrid(st_makepoint(:easting, :northing), 27700) as point) p;

-- name: street_on_ground(buffer_m, stretch, street_id)^
-- The street's own line, or the stretch of it that is given, and how much of that lies outside the force's area.
select s.id, s.name, s.locality, s.kind, g.geom,
       st_intersects(f.geom, g.geom) as inside,
       (st_minimumboundingradius(g.geom)).radius + :buffer_m as reach_m,
       1 - st_length(st_intersection(f.geom, g.geom)) / greatest(st_length(g.geom), 1) as outside_share,
       st_asgeojson(st_transform(g.geom, 4326), 6) as line,
       st_asgeojson(st_transform(st_buffer(g.geom, :buffer_m), 4326), 6) as outline
from streets s, force_area f, lateral (select coalesce(:stretch::geometry, s.geom) as geom) g
where s.id = :street_id;

-- name: street_line(street_id)$
-- The whole line of a street.
select st_asbinary(geom) from streets where id = :street_id;

-- name: crossing_near(street_id, easting, northing, within_m)^
-- The street of another name that meets a street nearest to a point on it, and how far from the point, if within so many metres.
select other.name, st_distance(other.geom, p.point) as metres
from streets s, (select st_setsrid(st_makepoint(:easting, :northing), 27700) as point) p,
     lateral (select st_clipbybox2d(s.geom, st_expand(p.point, 2 * :within_m)::box2d) as geom) here,
     lateral (select o.name, o.geom from streets o
              where st_dwithin(o.geom, p.point, :within_m) and st_dwithin(o.geom, here.geom, 25)
                and o.searched <> s.searched and o.kind in ('main', 'local')
              order by o.geom <-> p.point, o.id limit 1) other
where s.id = :street_id;

-- name: crossings(street_id)
-- Where streets of another name meet a street: each once, at the place where it comes nearest.
select distinct on (o.name, o.locality) o.name, o.locality, st_x(p.point) as easting, st_y(p.point) as northing
from streets s, lateral (select st_subdivide(s.geom, 16) as geom) piece,
     lateral (select * from streets near where st_dwithin(near.geom, piece.geom, 25) offset 0) o,
     lateral (select st_closestpoint(piece.geom, o.geom) as point) p
where s.id = :street_id and o.searched <> s.searched and o.kind in ('main', 'local')
order by o.name, o.locality, st_distance(piece.geom, o.geom), o.id;

-- name: outline_on_ground(text)^
-- A polygon as it was drawn, a point inside it, whether most of it lies in the force's area, and how far it reaches.
select p.geom, st_x(p.inner_point) as x, st_y(p.inner_point) as y, outside_share <= 0.5 as inside, outside_share,
       (st_minimumboundingradius(p.geom)).radius as reach_m,
       st_asgeojson(st_transform(p.geom, 4326), 6) as outline
from force_area f,
     lateral (select g.geom, st_pointonsurface(g.geom) as inner_point,
                     1 - st_area(st_intersection(f.geom, g.geom)) / st_area(g.geom) as outside_share
              from (select st_geomfromtext(:text, 27700) as geom) g) p;

-- name: neighbourhood_on_ground(code)^
-- A neighbourhood as it is now, whether most of it lies in the force's area, and how far it reaches.
select n.geom, n.name, n.district, outside_share <= 0.5 as inside, outside_share,
       (st_minimumboundingradius(n.geom)).radius as reach_m,
       st_asgeojson(st_transform(st_simplifypreservetopology(n.geom, 5), 4326), 6) as outline
from neighbourhoods n, force_area f,
     lateral (select 1 - st_area(st_intersection(f.geom, n.geom)) / st_area(n.geom) as outside_share) o
where n.code = :code;

-- name: several_on_ground(geoms, metres)^
-- Several areas as one: a collection whose parts carry their metres as M, and the ground of all of them together.
select w.geom, 1 - st_area(st_intersection(f.geom, g.ground)) / st_area(g.ground) as outside_share,
       (st_minimumboundingradius(g.ground)).radius as reach_m, st_asgeojson(st_transform(g.ground, 4326), 6) as outline
from force_area f,
     (select st_forcecollection(st_collect(st_force3dm(p.geom::geometry, p.metres) order by p.number)) as geom
      from unnest(:geoms::text[], :metres::float8[]) with ordinality p (geom, metres, number)) w,
     lateral (select ground_of(w.geom, 0) as ground) g;

-- name: places_on_ground(geom, within_m)
-- Each town or village whose streets lie in an area, and its share (0…1) of the metres of street there, largest first.
select s.locality as name, sum(st_length(st_clipbybox2d(s.geom, p.box))) / sum(sum(st_length(st_clipbybox2d(s.geom, p.box)))) over () as share
from (select geom, metres, st_expand(geom, metres)::box2d as box from parts_of(:geom::geometry, :within_m::float8)) p
join streets s on st_dwithin(s.geom, p.geom, p.metres)
where s.locality <> '' and s.kind in ('main', 'local')
group by s.locality
order by share desc, name
limit 4;

-- name: nearest_street(easting, northing)^
-- The named street closest to a point, within 500 m; a road's number only where it has no name there.
select id, name, locality
from streets
where st_dwithin(geom, st_setsrid(st_makepoint(:easting, :northing), 27700), 500)
  and kind in ('main', 'local', 'path', 'numbered')
order by geom <-> st_setsrid(st_makepoint(:easting, :northing), 27700), kind = 'numbered'
limit 1;

-- name: nearest_town(easting, northing)$
-- The town closest to a point.
select name from towns order by point <-> st_setsrid(st_makepoint(:easting, :northing), 27700) limit 1;
