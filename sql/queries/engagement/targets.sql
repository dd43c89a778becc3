-- name: targets(start, before)
-- The targets whose days touch these, the shortest first.
select id, measure, wanted, within_s, starts_on, before, set_by from targets
where removed_at is null and starts_on < :before and before > :start
order by before - starts_on, starts_on, measure;

-- name: set_target(measure, wanted, within_s, starts_on, before, officer, now)!
-- Want so much in these days.
insert into targets (measure, wanted, within_s, starts_on, before, set_by, set_at)
values (:measure, :wanted, :within_s, :starts_on, :before, :officer, :now);

-- name: replaced(measure, starts_on, before)^
-- The target that stands for these very days.
select id, measure, wanted, within_s, starts_on, before, set_by from targets
where removed_at is null and measure = :measure and starts_on = :starts_on and before = :before;

-- name: remove(id, officer, now)^
-- Want it no more; what it was.
update targets set removed_at = :now, removed_by = :officer where id = :id and removed_at is null
returning id, measure, wanted, within_s, starts_on, before, set_by;
