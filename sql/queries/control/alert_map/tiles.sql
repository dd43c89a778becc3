-- name: streets(z, x, y, main_only)$
-- One vector tile of streets, with a margin for lines drawn across its edge; main roads alone from far away. What a
-- numbered road is called on its way comes after it, and is what a pointer finds.
select st_asmvt(tile, 'streets', 4096, 'geom') from (
  select s.id, s.name, case s.kind when 'numbered' then 'main' else s.kind end as kind, st_asmvtgeom(s.geom_3857, b.box, 4096, 64) as geom
  from (select st_tileenvelope(:z, :x, :y) as box) b
  join streets s on s.geom_3857 && st_expand(b.box, 40075016.7 / (1 << :z) / 64)
  where not :main_only or s.kind in ('main', 'numbered')
  order by s.kind <> 'numbered'
) tile
where geom is not null;

-- name: known(z, x, y)$
-- One vector tile of what the database knows of the ground, in Protomaps' words: water, places by rank, and marks.
with t as materialized (
  select st_tileenvelope(:z, :x, :y) as box,
         st_transform(st_expand(st_tileenvelope(:z, :x, :y), 40075016.7 / (1 << :z) / 16), 27700) as near
), water as (
  select 'water' as kind, l.kind as kind_detail, null as name, st_transform(l.geom, 3857) as geom
  from landmarks l, t where l.kind = 'water' and l.geom && near and st_dimension(l.geom) = 2
  union all
  select s.kind, s.kind, s.name, s.geom_3857
  from streets s, t where s.kind in ('canal', 'river') and s.geom && near
  union all
  select 'water', l.kind, l.name, st_transform(st_pointonsurface(l.geom), 3857)
  from landmarks l, t where :z >= 11 and l.kind = 'water' and l.geom && near
), places as (
  select case p.kind when 'suburb' then 'neighbourhood' else 'locality' end as kind, p.kind as kind_detail, p.name,
         p.population, st_transform(p.point, 3857) as geom
  from towns p, t
  where p.point && near
    and :z >= case p.kind when 'city' then 6 when 'town' then 6 when 'village' then 9 when 'suburb' then 11 else 12 end
), pois as (
  select case l.kind when 'police station' then 'police' else l.kind end as kind, l.name,
         st_transform(st_pointonsurface(l.geom), 3857) as geom
  from landmarks l, t
  where l.kind in ('station', 'hospital', 'school', 'police station') and l.geom && near
    and :z >= case l.kind when 'station' then 11 when 'school' then 13 else 12 end
)
select (select coalesce(st_asmvt(tile, 'water', 4096, 'geom'), '') from (
          select kind, kind_detail, name, st_asmvtgeom(geom, box, 4096, 256) as geom from water, t) tile where geom is not null)
    || (select coalesce(st_asmvt(tile, 'places', 4096, 'geom'), '') from (
          select kind, kind_detail, name, population, st_asmvtgeom(geom, box, 4096, 256) as geom from places, t) tile
        where geom is not null)
    || (select coalesce(st_asmvt(tile, 'pois', 4096, 'geom'), '') from (
          select kind, name, st_asmvtgeom(geom, box, 4096, 256) as geom from pois, t) tile where geom is not null);
