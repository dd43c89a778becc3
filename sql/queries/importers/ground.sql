-- name: begin(source, files, done_by)$
-- A new import; everything that its transaction changes from here on is kept.
insert into ground_imports (source, files, done_by) values (:source, :files, :done_by)
returning set_config('smartalert.ground_import', id::text, true)::bigint;

-- name: counts(id)
-- What it has changed so far, by table.
select part, c.* from (select distinct part from ground_changes where import = :id) p, ground_counts(:id, part) c
order by part;

-- name: finish(id, counts)!
-- It is done; the database writes the entry of the audit.
update ground_imports set counts = :counts where id = :id;

-- name: forget_older(source, kept)!
-- Older imports than the newest few cannot be undone any more.
delete from ground_changes where import in (
  select id from ground_imports where source = :source and undone_at is null
  order by id desc offset :kept
);

-- name: newest(source)^
-- The newest import of a source that changed something and was not undone, and whether it still can be.
select id, source, files, done_by, done_at, counts, undone_at,
  exists (select from ground_changes where import = i.id) as is_kept
from ground_imports i where source = :source and undone_at is null and counts <> '{}' order by id desc limit 1;

-- name: on_top(id)^
-- A later import that changed something of the same.
select l.source, l.files, l.done_at from ground_imports l
where l.id > :id and l.undone_at is null and exists (
  select from ground_changes later join ground_changes c using (part, key) where later.import = l.id and c.import = :id
) order by l.id desc limit 1;

-- name: undo(id)
-- Everything that it changed is as it was before it.
select undo_ground(import, part) from (select distinct import, part from ground_changes where import = :id) p;

-- name: set_undone(id, undone_by)!
-- It counts no more.
with gone as (delete from ground_changes where import = :id)
update ground_imports set undone_by = :undone_by, undone_at = now() where id = :id;

-- name: all_of_them(limit)
-- What was imported, newest first.
select id, source, files, done_by, done_at, counts, undone_at,
  exists (select from ground_changes where import = i.id) as is_kept
from ground_imports i order by id desc limit :limit;

-- name: forget_maps()!
-- Of the maps that no undoing takes back, the newest that shows each thing is enough.
delete from ground_maps where id in (
  select id from (
    select id, row_number() over (partition by shows order by id desc) from ground_maps
    where not exists (select from ground_changes where part = 'ground_maps' and key = ground_maps.id::text)
  ) settled where row_number > 1
);
