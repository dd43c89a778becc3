-- name: due()
-- Runs that are over and whose results nobody has kept yet, the oldest first.
select d.id from drills d
where d.ended_at is not null and not exists (select from drill_results r where r.drill = d.id)
  and exists (select from drill_officers o where o.drill = d.id)
order by d.id;

-- name: keep(drill, scenario, ended_at, total, parts, deciding)!
-- The same result for each of its officers, and whether it is practice of theirs.
insert into drill_results (drill, officer, scenario, ended_at, total, parts, took_part)
select :drill, o.officer, :scenario, :ended_at, :total, :parts, o.officer = any(:deciding::text[])
from drill_officers o where o.drill = :drill
on conflict do nothing;

-- name: of_run(drill)
-- What one run came to.
select drill, officer, scenario, ended_at, total, parts, took_part from drill_results where drill = :drill order by officer;

-- name: of_officer(officer)
-- What an officer's runs here came to, the newest first.
select drill, officer, scenario, ended_at, total, parts, took_part from drill_results
where officer = :officer and drill is not null order by ended_at desc, drill desc;

-- name: every(at_most)
-- Everybody's, the newest first.
select drill, officer, scenario, ended_at, total, parts, took_part from drill_results
where drill is not null order by ended_at desc, drill desc, officer limit :at_most;

-- name: median(scenario, but)^
-- Of each other officer's newest score in this scenario: the median, and how many officers there are.
select percentile_cont(0.5) within group (order by total) as median, count(*) as officers
from (
  select distinct on (officer) total from drill_results
  where scenario = :scenario and total is not null and took_part and not officer = any(:but)
  order by officer, ended_at desc
) newest;
