-- name: make(document, seed, place, trainer, now, repeats)$
-- A run that has not begun; its number.
insert into drills (scenario, seed, place, trainer, made_at, repeats)
values (:document, :seed, :place, :trainer, :now, :repeats)
returning id;

-- name: take_part(drill, officers)!
-- Its officers, who are in its world once it begins.
insert into drill_officers (drill, officer) select :drill, unnest(:officers::text[]);

-- name: hold(drill)^
-- Nobody else changes the run until this transaction ends.
select id from drills where id = :drill for update;

-- name: busy(officers)
-- Of these officers, whoever is in a run that has not ended.
select officer from drill_officers where officer = any(:officers) and left_at is null order by officer;

-- name: start(drill, now)!
-- Its clock begins.
update drills set started_at = :now where id = :drill;

-- name: pause(drill, now)!
-- Its clock stands still.
update drills set paused_at = :now where id = :drill;

-- name: go_on(drill, now)!
-- Its clock goes on from where it stood.
update drills set paused_for = paused_for + (:now - paused_at), paused_at = null where id = :drill;

-- name: end(drill, now)!
-- It is over, and its officers are free.
with free as (
  update drill_officers set left_at = :now where drill = :drill and left_at is null
)
update drills set started_at = coalesce(started_at, :now), ended_at = :now where id = :drill;

-- name: find(drill)^
-- One run with its officers.
select d.id, d.scenario as document, d.seed, d.place as where, d.trainer, d.made_at, d.started_at, d.paused_at, d.paused_for, d.ended_at,
       d.repeats, array(select o.officer from drill_officers o where o.drill = d.id order by o.officer) as officers
from drills d where d.id = :drill;

-- name: of_alert(alert_id)$
-- The drill that an alert is part of; null: of none.
select drill from alerts where id = :alert_id;

-- name: under_way()
-- Runs that have begun and not ended, the oldest first.
select d.id, d.scenario as document, d.seed, d.place as where, d.trainer, d.made_at, d.started_at, d.paused_at, d.paused_for, d.ended_at,
       d.repeats, array(select o.officer from drill_officers o where o.drill = d.id order by o.officer) as officers
from drills d where d.started_at is not null and d.ended_at is null order by d.id;

-- name: over(at_most)
-- Runs that have ended, the newest first.
select d.id, d.scenario as document, d.seed, d.place as where, d.trainer, d.made_at, d.started_at, d.paused_at, d.paused_for, d.ended_at,
       d.repeats, array(select o.officer from drill_officers o where o.drill = d.id order by o.officer) as officers
from drills d where d.ended_at is not null order by d.id desc limit :at_most;

-- name: events(drill)
-- The log of one run, in order.
select id, at, clock, kind, name, officer, detail from drill_events where drill = :drill order by id;

-- name: log(drill, at, clock, kind, name, officer, detail)!
-- One line of it; an inject of the story comes once.
insert into drill_events (drill, at, clock, kind, name, officer, detail)
values (:drill, :at, :clock, :kind, :name, :officer, :detail)
on conflict do nothing;
