-- name: others(id)
-- The others of one response's group, the newest first.
select o.id, o.reference, o.received_at, o.saw, o.claimed_by, o.closed
from responses r join responses o on o.near = r.near and o.id <> r.id
where r.id = :id
order by o.received_at desc, o.id desc;
