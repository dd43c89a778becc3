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
       count(*) filter (where d.state = 'unknown' and d.claimed_at < :now - interval '1 minute') as in_doubt,
       count(*) filter (where d.state = 'pending' and d.failure_reason is null
                          and d.digest_on is null and d.due_at < :now - interval '15 seconds') as left_lying,
       min(d.due_at) filter (where d.state = 'pending' and d.failure_reason is null and d.digest_on is null) as due_since
from lately join deliveries d on d.alert_id = lately.id
group by d.channel;

-- name: workers()$
-- Workers that live.
select count(*) from living_workers();

-- name: last_words()$
-- Why the last worker ended itself, where that was within the hour; nothing where it ended otherwise.
select last_words from workers where ended_at > now() - interval '1 hour' order by ended_at desc limit 1;

-- name: running(now)$
-- Alerts that have deliveries still to hand over.
select count(*) from alerts a
where a.expires_at > :now and a.withdrawn_at is null and a.stopped_at is null
  and exists (select from deliveries d where d.alert_id = a.id and (d.state = 'sending' or d.state = 'pending' and d.digest_on is null));
