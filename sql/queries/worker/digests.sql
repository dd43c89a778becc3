-- name: take_turns()$
-- One worker claims digests at a time, so that everything of one person and channel is in one pair of hands.
select take_turn('digests');

-- name: over(now)
-- Updates that are over, stopped or replaced and still wait for a digest: they are left out of it.
select distinct d.alert_id
from deliveries d join alerts a on a.id = d.alert_id
where d.digest_on is not null and d.state = 'pending'
  and (a.expires_at <= :now or a.stopped_at is not null or a.withdrawn_at is not null or is_replaced(a.id, :now));

-- name: claim(now, worker, limit)
-- Take everything that is due of up to :limit people and channels, for one worker, which must live; nothing for a channel
-- that is out.
with due as materialized (
  select d.alert_id, d.subscriber_id, d.channel
  from deliveries d join alerts a on a.id = d.alert_id
  where d.digest_on is not null and d.state = 'pending' and d.due_at <= :now and a.release_at <= :now
    and :worker in (select living_workers())
    and not exists (select from outages o where o.channel = d.channel and o.since is not null)
), whom as (
  select distinct subscriber_id, channel from due order by channel, subscriber_id limit :limit
)
update deliveries d set state = 'sending', claimed_by = :worker, claimed_at = :now, attempts = least(d.attempts + 1, 1000)
from due join whom using (subscriber_id, channel)
left join contacts c on c.subscriber_id = due.subscriber_id and c.channel = due.channel and c.off_at is null
where d.alert_id = due.alert_id and d.subscriber_id = due.subscriber_id and d.channel = due.channel
  and d.state = 'pending'
returning d.channel::text, d.subscriber_id, d.alert_id, d.attempts, d.claimed_at, c.address;

-- name: updates(alert_ids)
-- What a digest says of its updates, in the order in which they were released.
select id, identifier, headline, description, instruction, contact, incident_number, area_desc, expires_at
from alerts where id = any(:alert_ids) order by release_at, id;
