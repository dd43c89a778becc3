-- name: streets(z, x, y, main_only)$
-- One vector tile of streets, with a margin for lines drawn across its edge; main roads alone from far away.
select st_asmvt(tile, 'streets', 4096, 'geom') from (
  select s.id, s.name, s.kind, st_asmvtgeom(s.geom_3857, b.box, 4096, 64) as geom
  from (select st_tileenvelope(:z, :x, :y) as box) b
  join streets s on s.geom_3857 && st_expand(b.box, 40075016.7 / (1 << :z) / 64)
  where not :main_only or s.kind = 'main'
) tile
where geom is not null;
