-- name: moment()^
-- The database's time, which decides what is due and what is over; what this database is, and whether it came from a backup
-- and may send nothing yet.
select now() as now, clock_timestamp() as clock, mode, exists (select from restorations where let_go_at is null) as is_held
from deployment;

-- name: forget_workers()!
-- Workers that ended a day ago.
delete from workers where coalesce(ended_at, given_up_at) < now() - interval '1 day';
