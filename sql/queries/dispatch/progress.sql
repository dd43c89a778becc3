-- name: by_channel(alert_id)
-- How one alert stands: deliveries by channel and state, and how far they came.
select channel::text, state::text, count(*) as deliveries, count(opened_at) as opened,
       count(handed_over_at) as handed_over, count(*) filter (where failure_reason is not null) as with_reason,
       count(digest_on) as in_digest, min(due_at) filter (where digest_on is null) as due_at, min(digest_on) as digest_on
from deliveries where alert_id = :alert_id
group by channel, state;

-- name: speed(alert_id)
-- Seconds from release to hand-over, by channel; what waited for a digest was never meant to be fast.
select channel::text, count(*) as handed_over,
       percentile_cont(0.5) within group (order by seconds) as p50_s,
       percentile_cont(0.95) within group (order by seconds) as p95_s,
       max(seconds) as last_s
from (
  select d.channel, extract(epoch from d.handed_over_at - a.release_at)::float8 as seconds
  from deliveries d join alerts a on a.id = d.alert_id
  where d.alert_id = :alert_id and d.handed_over_at is not null and d.digest_on is null
) handed_over
group by channel;

-- name: curve(step_s, alert_id)
-- Deliveries handed over in each slice of :step_s seconds since release, by channel.
select d.channel::text,
       floor(extract(epoch from d.handed_over_at - a.release_at) / :step_s)::integer as slice,
       count(*) as deliveries
from deliveries d join alerts a on a.id = d.alert_id
where d.alert_id = :alert_id and d.handed_over_at is not null and d.digest_on is null
group by d.channel, slice
order by d.channel, slice;

-- name: failures(alert_id)
-- Why deliveries failed, most frequent first.
select channel::text, coalesce(failure_reason, 'no reason given') as reason, count(*) as deliveries
from deliveries where alert_id = :alert_id and state = 'failed'
group by channel, reason
order by deliveries desc;

-- name: retryable(alert_id)
-- Failed deliveries that retry_failed would try once more, by channel.
select d.channel::text, count(*) as deliveries
from deliveries d
where d.alert_id = :alert_id and d.state = 'failed'
  and exists (select from audience_places p where p.subscriber_id = d.subscriber_id
              and p.channels & case d.channel when 'push' then 1 else 2 end <> 0)
group by d.channel;

-- name: in_doubt(alert_id)^
-- One alert's deliveries of which nobody knows whether they left: how many, since when, how far reports have come, and
-- whether they waited in a backup.
select count(*) as deliveries, max(claimed_at) as claimed_at,
       (select reported_up_to from receipt_clock where channel = 'email') as reported_up_to,
       coalesce(bool_or(claimed_at in (select restored_at from restorations)), false) as is_restored
from deliveries where alert_id = :alert_id and state = 'unknown';
