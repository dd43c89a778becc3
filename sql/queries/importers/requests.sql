-- name: newest()^
-- The request that is open, or else the last one.
select id, source, undoes, files, is_sent, asked_by, asked_at, begun_at, step, share, left_s, said, looked_at, counts,
  agreed_at, agreed_by, imported, cancelled_at, cancelled_by, ended_at, outcome, why
from ground_requests order by id desc limit 1;

-- name: one(id)^
-- A request by its number.
select id, source, undoes, files, is_sent, asked_by, asked_at, begun_at, step, share, left_s, said, looked_at, counts,
  agreed_at, agreed_by, imported, cancelled_at, cancelled_by, ended_at, outcome, why
from ground_requests where id = :id;

-- name: ask(source, files, is_sent, asked_by)$
-- Have files looked at.
insert into ground_requests (source, files, is_sent, asked_by) values (:source, :files, :is_sent, :asked_by) returning id;

-- name: ask_undo(number, asked_by, now)$
-- Have an import undone, which nobody has to look at first.
insert into ground_requests (source, undoes, files, is_sent, asked_by, agreed_by, agreed_at)
select source, id, files, false, :asked_by, :asked_by, :now from ground_imports where id = :number returning id;

-- name: agree(id, by, now)!
-- What would change is meant.
update ground_requests set agreed_at = :now, agreed_by = :by where id = :id and ended_at is null;

-- name: cancel(id, by, now)!
-- It is not wanted any more.
update ground_requests set cancelled_at = :now, cancelled_by = :by
where id = :id and ended_at is null and cancelled_at is null;

-- name: begin(id)!
-- The importer is at it.
update ground_requests set begun_at = now(), step = '', share = 0, left_s = null where id = :id and ended_at is null;

-- name: tell(id, step, share, left_s)$
-- How far it is; whether it is still wanted.
update ground_requests set step = :step, share = :share, left_s = :left_s where id = :id and ended_at is null
returning cancelled_at is null or imported is not null;

-- name: looked(id, said, counts)!
-- What the files hold, and what would change.
update ground_requests set looked_at = now(), begun_at = null, step = '', share = 0, left_s = null, said = :said,
  counts = :counts
where id = :id and ended_at is null and cancelled_at is null;

-- name: imported(id, number)$
-- From here on it stays, once this transaction is committed; nothing where it was cancelled.
update ground_requests set imported = coalesce(imported, :number)
where id = :id and ended_at is null and (cancelled_at is null or imported is not null) returning id;

-- name: end_it(id, outcome, why, said)!
-- What came of it.
update ground_requests set ended_at = now(), outcome = :outcome, why = :why, step = '', left_s = null,
  said = case when :said::text[] = '{}' then said else :said end
where id = :id and ended_at is null;

-- name: pieces(request, file)
-- What was sent of one file, in order.
select body from ground_uploads where request = :request and file = :file order by number;

-- name: heard(folder)!
-- The importer is there; what lies in its folder.
insert into ground_importer (heard_at, folder) values (now(), :folder)
on conflict (only_row) do update set heard_at = now(), folder = excluded.folder;

-- name: importer()^
-- Whether the importer was heard of lately, and what lies in its folder.
select heard_at > now() - interval '15 seconds' as is_there, folder from ground_importer;

-- name: left()
-- What the importer has yet to do.
select id from ground_requests where ended_at is null and (looked_at is null or agreed_at is not null);
