-- name: channels(now, since)
-- How each channel has done since then: handed over, waiting for another try, due and left lying, and since when.
-- Alerts whose deliveries are all long done are passed over, so this stays cheap however many there have been.
with lately as (
  select id from alerts
  where withdrawn_at is null and release_at <= :now and (release_at > :since or expires_at > :now)
  order by release_at desc
  limit 20
)
select d.channel::text,
       count(*) filter (where d.handed_over_at > :since) as handed_over,
       max(d.handed_over_at) as last_handed_over_at,
       count(*) filter (where d.state = 'pending' and d.failure_reason is not null) as trying_again,
       min(d.claimed_at) filter (where d.state = 'pending' and d.failure_reason is not null) as trying_again_since,
       count(*) filter (where d.state = 'failed' and d.failed_at > :since) as failed,
       count(*) filter (where d.state = 'pending' and d.failure_reason is null
                          and d.digest_on is null and d.due_at < :now - interval '15 seconds') as left_lying,
       min(d.due_at) filter (where d.state = 'pending' and d.failure_reason is null and d.digest_on is null) as due_since
from lately join deliveries d on d.alert_id = lately.id
group by d.channel;

-- name: workers(lock_space)$
-- Workers that live: each holds its advisory lock for as long as it does.
select count(*) from pg_locks
where locktype = 'advisory' and classid::bigint = :lock_space and granted
  and database = (select oid from pg_database where datname = current_database());

-- name: running(now)$
-- Alerts that have deliveries still to hand over.
select count(*) from alerts a
where a.expires_at > :now and a.withdrawn_at is null and a.stopped_at is null
  and exists (select from deliveries d where d.alert_id = a.id and (d.state = 'sending' or d.state = 'pending' and d.digest_on is null));
