-- name: keep(backup, taken_at, restored_at, last_head, signature)!
-- This database came from a backup, and is held.
insert into restorations (backup, taken_at, restored_at, last_head, signature)
values (:backup, :taken_at, :restored_at, :last_head, :signature);

-- name: everything()
-- Every restoration, the oldest first.
select backup, taken_at, restored_at, last_head, signature, let_go_at from restorations order by id;

-- name: held()^
-- The newest restoration because of which nothing may be sent.
select backup, taken_at, restored_at, last_head, signature, let_go_at from restorations
where let_go_at is null order by id desc limit 1;

-- name: let_go(officer, now)!
-- Workers may send again.
update restorations set let_go_at = :now, let_go_by = :officer where let_go_at is null;
