-- name: set_until(officer, now, until, by)!
-- On duty until then; whoever is on duty already keeps their place in the order of calls.
insert into duties (officer, since, until, set_by) values (:officer, :now, :until, :by)
on conflict (officer) do update
  set since = case when duties.until > excluded.since then duties.since else excluded.since end,
      until = excluded.until, set_by = excluded.set_by;

-- name: end(officer)!
-- On duty no longer.
delete from duties where officer = :officer;

-- name: roster(now)
-- Everybody who may approve: those on duty in the order in which they are called, then the others by name.
select o.id, o.name, o.post, d.until, o.phone <> '' as has_phone, o.address <> '' as has_mail
from officers o
left join duties d on d.officer = o.id and d.until > :now
where 'approver' = any(o.roles) and o.barred_at is null
order by d.since, o.name, o.id;

-- name: link_phone(officer, code)$
-- Calls reach this officer on the phone that shows this code.
select link_phone(:officer, :code);

-- name: unlink_phone(officer)!
-- No calls on their phone any more.
update officers set phone = '' where id = :officer and phone <> '';
