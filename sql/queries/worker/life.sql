-- name: moment()^
-- The database's time, which decides what is due and what is over; and what this database is.
select now() as now, clock_timestamp() as clock, mode from deployment;

-- name: forget_workers()!
-- Workers that ended a day ago.
delete from workers where coalesce(ended_at, given_up_at) < now() - interval '1 day';
