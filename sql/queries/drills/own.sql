-- name: all()
-- Every scenario of the trainers' own that is there, the one that was changed last first.
select id, version, text, made_by, made_at, changed_by, changed_at, deleted_at
from scenarios where deleted_at is null order by changed_at desc, id desc;

-- name: find(id)^
-- One of them, deleted ones included.
select id, version, text, made_by, made_at, changed_by, changed_at, deleted_at from scenarios where id = :id;

-- name: count_all()$
-- How many there are.
select count(*) from scenarios where deleted_at is null;

-- name: make(text, officer, now)$
-- A new one; its number.
insert into scenarios (text, made_by, made_at, changed_by, changed_at)
values (:text, :officer, :now, :officer, :now)
returning id;

-- name: change(id, version, text, officer, now)!
-- Its new text, unless somebody has changed it since this version, or it is deleted.
update scenarios set text = :text, version = version + 1, changed_by = :officer, changed_at = :now
where id = :id and version = :version and deleted_at is null;

-- name: delete(id, now)!
-- Take it away, unless it is gone.
update scenarios set deleted_at = :now where id = :id and deleted_at is null;

-- name: restore(id)!
-- Bring it back, if it was deleted.
update scenarios set deleted_at = null where id = :id and deleted_at is not null;
