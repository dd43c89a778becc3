-- name: over_time(step, start, before)
-- Installs and uninstalls of each store in each day, week (from Monday) or month, and on how many days it reported.
-- A store that reports no uninstalls (Apple's) has none here, which is not nought.
select store, date_trunc(:step, day::timestamp)::date as start, sum(installs)::integer as installs,
       sum(uninstalls)::integer as uninstalls, count(distinct day)::integer as days
from download_days
where dimension = 'overview' and day >= :start and day < :before
group by 1, 2 order by 1, 2;

-- name: split(dimension, start, before)
-- Installs by country, device or version, the most first.
select value, sum(installs)::integer as installs from download_days
where dimension = :dimension and day >= :start and day < :before
group by 1 having sum(installs) > 0 order by 2 desc, 1;

-- name: note_phones(at)$
-- Note how many phones can be reached then, by platform; a later note of the same day replaces it.
select note_phones(:at);

-- name: registered(step, start, before)
-- Phones that could be reached at the last note in each day, week (from Monday) or month, by platform.
select distinct on (start, platform) date_trunc(:step, day::timestamp)::date as start, platform, phones
from phone_days n
where day >= :start and day < :before
  and day = (select max(day) from phone_days m
             where date_trunc(:step, m.day::timestamp) = date_trunc(:step, n.day::timestamp)
               and m.day >= :start and m.day < :before)
order by 1, 2;

-- name: reported()
-- Each store's first and last day on record, and how many days between them nobody reported.
select store, min(day) as first, max(day) as last, max(day) - min(day) + 1 - count(distinct day)::integer as missing
from download_days where dimension = 'overview' group by 1 order by 1;
