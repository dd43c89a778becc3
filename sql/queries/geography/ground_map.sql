-- name: drawn()
-- What is drawn now, from the bottom up.
select id, shows, source, attribution, bytes from drawn_ground;

-- name: version()$
-- Another one once any ground was imported, drawn or taken back.
select ground_version();

-- name: load(id)^
-- One of the maps that are kept.
select id, shows, source, attribution, bytes from ground_maps where id = :id;

-- name: parts(map)
-- Its file, piece by piece.
select body from ground_map_parts where map = :map order by number;
