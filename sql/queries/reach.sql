-- name: alerts(start, before, kinds, neighbourhoods, urgent)
-- Each counted alert released in these days, the newest first.
select * from counted_alerts
where release_at >= london_start(:start) and release_at < london_start(:before)
  and (:kinds::text[] is null or incident_kind = any(:kinds))
  and (:neighbourhoods::bigint[] is null or neighbourhood_id = any(:neighbourhoods))
  and (:urgent::boolean is null or urgent = :urgent)
order by release_at desc, id desc;

-- name: one(id)
-- One counted alert.
select * from counted_alerts where id = :id;

-- name: channels(ids)
-- How deliveries of these alerts fared on each channel.
select channel, sum(deliveries)::integer as deliveries, sum(handed_over)::integer as handed_over,
       sum(delivered)::integer as delivered, sum(opened)::integer as opened, sum(failed)::integer as failed,
       sum(cancelled)::integer as cancelled, sum(unknown)::integer as unknown, sum(waiting)::integer as waiting,
       sum(in_time)::integer as in_time
from alert_channels where alert_id = any(:ids) and channel <> 'all' group by channel order by channel desc;

-- name: speeds(ids, keys)
-- Seconds in which half and nineteen in twenty hand-overs were made, of the alerts that share a key; by channel and
-- (channel 'all') together.
with slices as (
  select k.key, coalesce(s.channel::text, 'all') as channel, s.slice, sum(s.deliveries) as deliveries
  from unnest(:ids::bigint[], :keys::text[]) k (alert_id, key)
  join alert_speeds s on s.alert_id = k.alert_id
  group by grouping sets ((k.key, s.slice), (k.key, s.slice, s.channel))
), upto as (
  select key, channel, slice, sum(deliveries) over (partition by key, channel order by slice) as upto,
         sum(deliveries) over (partition by key, channel) as deliveries
  from slices
)
select key, channel, (1.1 ^ min(slice) filter (where upto >= 0.5 * deliveries))::float8 as p50_s,
       (1.1 ^ min(slice) filter (where upto >= 0.95 * deliveries))::float8 as p95_s
from upto group by key, channel;

-- name: fatigue(start, before)
-- People by how many alerts they got in a month, and those of them who left in that month or the next; with 0 alerts,
-- everybody else who was in during that month.
with months as (
  select generate_series(:start::date, :before::date - 1, interval '1 month')::date as month
), everybody as (
  select m.month, sum(d.confirmed - d.leavers) + coalesce(sum(d.leavers) filter (where d.day >= m.month), 0) as people
  from months m join sign_up_days d on d.dimension = 'all' and d.day < (m.month + interval '1 month')::date
  group by m.month
), gone as (
  select m.month, sum(d.leavers) as people
  from months m join sign_up_days d
    on d.dimension = 'all' and d.day >= m.month and d.day < (m.month + interval '2 months')::date
  group by m.month
), told as (
  select month, sum(people) as people, sum(leavers) as leavers from message_months group by month
)
select month, alerts, people, leavers from message_months where month >= :start and month < :before
union all
select e.month, 0, greatest(e.people - coalesce(t.people, 0), 0)::integer,
       greatest(coalesce(g.people, 0) - coalesce(t.leavers, 0), 0)::integer
from everybody e left join gone g using (month) left join told t using (month)
order by month, alerts;

-- name: moments(alert_id)^
-- When the first and the last delivery of one alert got how far.
select min(handed_over_at) as handed_over_first, max(handed_over_at) as handed_over_last,
       min(delivered_at) as delivered_first, max(delivered_at) as delivered_last,
       min(opened_at) as opened_first, max(opened_at) as opened_last
from deliveries where alert_id = :alert_id;

-- name: answers(alert_id)^
-- When people first and last told us something about one alert, and when officers first looked.
select min(received_at) as first, max(received_at) as last, min(first_look_at) as first_look
from responses where alert_id = :alert_id;

-- name: composed(alert_id)$
-- When the draft of one alert was begun.
select d.created_at from alerts a join drafts d on d.id = a.draft_id where a.id = :alert_id;
