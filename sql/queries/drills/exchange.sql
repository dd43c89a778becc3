-- name: ours()
-- What was counted here and is practice of whose it is, in order.
select id, officer, scenario, ended_at, total from drill_results where drill is not null and took_part order by ended_at, id;

-- name: bring(id, officer, scenario, ended_at, total, by, now)!
-- A result of another deployment, once.
insert into drill_results (id, officer, scenario, ended_at, total, brought_by, brought_at)
values (:id, :officer, :scenario, :ended_at, :total, :by, :now)
on conflict (id) do nothing;

-- name: known(officers)
-- Those of these who have signed in here.
select id as officer from officers where id = any(:officers);

-- name: table()
-- Everybody's, the newest first.
select r.officer, coalesce(o.name, '') as name, r.scenario, r.ended_at, r.total, r.total is not null and r.took_part as took_part
from drill_results r left join officers o on o.id = r.officer
order by r.ended_at desc, r.officer;
