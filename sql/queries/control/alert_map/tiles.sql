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
