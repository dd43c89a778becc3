-- name: load()$
-- The force's own order, if it has one.
select kinds from kind_order;

-- name: hold()
-- Whoever else would change it waits until the transaction ends.
select set_by from kind_order for update;

-- name: keep(kinds, officer, now)!
-- Another order.
insert into kind_order (kinds, set_by, set_at) values (:kinds::text[], :officer, :now)
on conflict (only_row) do update set kinds = excluded.kinds, set_by = excluded.set_by, set_at = excluded.set_at;

-- name: used(since)
-- How many alerts of each kind went out; what followed them is none of its own.
select incident_kind as kind, count(*)::integer as alerts
from alerts where issued_at > :since and withdrawn_at is null and follows is null
group by incident_kind;
