-- name: recent_messages(now, most, geom, within_m, urgent, topics, sectors, channels, follows, newcomers)^
-- What those who would be told have had in 7 and in 30 days, and how many of them have had :most updates this week.
with told as materialized (
  select subscriber_id
  from audience(:geom::geometry, :within_m::float8, :urgent::boolean, :topics::integer, :sectors::integer,
                :channels::integer, :now::timestamptz, :follows::bigint, :newcomers::boolean)
  where fate > 0
), got as materialized ( -- each message once, on however many channels
  select subscriber_id, alert_id, got_at, bool_or(is_update) as is_update
  from told join messages_since(:now - interval '30 days') using (subscriber_id)
  group by subscriber_id, alert_id, got_at
), had as (
  select subscriber_id, count(*) as month, count(*) filter (where got_at > :now - interval '7 days') as week,
         count(*) filter (where got_at > :now - interval '7 days' and is_update) as updates
  from got group by subscriber_id
)
select coalesce(sum(week) / nullif((select count(*) from told), 0), 0)::float8 as week_mean,
       coalesce(max(week), 0) as week_most,
       coalesce(sum(month) / nullif((select count(*) from told), 0), 0)::float8 as month_mean,
       coalesce(max(month), 0) as month_most,
       count(*) filter (where updates >= :most) as over_limit
from had;

-- name: take_turns()$
-- One routine update is issued at a time: two at once would each find room for one more.
select take_turn('routine updates');

-- name: hold_for_digest(day, due_at, alert_id, now, most)!
-- Whoever has had :most updates this week gets this one in that day's digest, on every channel.
with had as materialized (
  select d.subscriber_id, count(distinct m.alert_id) as updates
  from deliveries d join messages_since(:now - interval '7 days') m using (subscriber_id)
  where d.alert_id = :alert_id and m.alert_id <> :alert_id and m.is_update
    and exists (select from alerts where id = :alert_id and drill is null)   -- digests are of the ordinary world
  group by d.subscriber_id
)
update deliveries d set digest_on = :day, due_at = :due_at
from had
where d.alert_id = :alert_id and d.subscriber_id = had.subscriber_id and had.updates >= :most;
