-- name: count_due(now, most, patience)$
-- Count again what is marked, at most so many alerts; how many things were counted.
select count_due(:now, :most, :patience);

-- name: months_due()
-- The days that are marked, month by month.
select array_agg(day order by day) as days from (select distinct day from figures_due where what = 'day') marked
group by month_of(day) order by min(day);

-- name: count_days(days)$
-- Take the marks of these days, and count them again.
with taken as (delete from figures_due where what = 'day' and day = any(:days)) select count_days(:days);

-- name: alerts_due()$
-- How many alerts are marked.
select count(distinct alert_id) from figures_due where what = 'alert';

-- name: mark_everything()$
-- Mark every day, month and alert.
select mark_everything();

-- name: as_of()$
-- When everything marked until then had been counted.
select at from figures_as_of;

-- name: publish_people(today)$
-- Publish people until that day began.
select publish_people(:today);

-- name: forget_published()!
-- Nothing has been published.
delete from published_people;

-- name: publish_from_the_beginning()!
-- … and the first day comes next.
update published_until set day = default, month = default;
