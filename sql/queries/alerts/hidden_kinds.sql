-- name: hidden()
-- The kinds that are off the send screen.
select kind from hidden_kinds where shown_at is null;

-- name: hide(kind, why, officer, now)!
-- Take a kind off the send screen; twice is once.
insert into hidden_kinds (kind, why, hidden_by, hidden_at) values (:kind, :why, :officer, :now)
on conflict (kind) where shown_at is null do nothing;

-- name: show(kind, officer, now)!
-- Put it back.
update hidden_kinds set shown_by = :officer, shown_at = :now where kind = :kind and shown_at is null;
