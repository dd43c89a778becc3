-- name: costs()
-- Everything that was entered and stands, each kind by its months.
select id, what, since, pounds, set_by, set_at from unit_costs where removed_at is null order by what, since;

-- name: set_cost(what, since, pounds, officer, now)!
-- From that month on it costs so much.
insert into unit_costs (what, since, pounds, set_by, set_at) values (:what, :since, :pounds, :officer, :now);

-- name: remove(id, officer, now)!
-- It does not count.
update unit_costs set removed_at = :now, removed_by = :officer where id = :id and removed_at is null;
