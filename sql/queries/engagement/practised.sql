-- name: practised(now)^
-- How many officers who send have practised in time.
select within_days, senders, in_time, few from practised(:now);
