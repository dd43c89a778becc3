-- name: newest()^
-- The map that is drawn now.
select id, source, attribution, bytes from ground_maps order by id desc limit 1;

-- name: load(id)^
-- One of the maps that are kept.
select id, source, attribution, bytes from ground_maps where id = :id;

-- name: parts(map)
-- Its file, piece by piece.
select body from ground_map_parts where map = :map order by number;
