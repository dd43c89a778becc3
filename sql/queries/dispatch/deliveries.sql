-- name: tell(alert_id, newcomers)$
-- One delivery for each person told and each of their channels, the first time only.
select tell(:alert_id, :newcomers);

-- name: written(alert_id)
-- How many deliveries one alert has just got.
select channel::text, count(*) as deliveries from deliveries where alert_id = :alert_id group by channel;

-- name: wait_for_quiet_hours(alert_id)$
-- A routine message waits for each person's morning, if they asked for quiet hours.
select wait_for_quiet_hours(:alert_id);

-- name: standing(now, alert_id)^
-- May deliveries of this alert be handed over now? No longer, once withdrawn, stopped, expired, or replaced by a newer
-- message: that one goes to whoever still waits for this one. And whether it left so late that whom it is for has to be
-- counted again first.
select release_at <= :now and withdrawn_at is null and stopped_at is null and expires_at > :now
       and not is_replaced(id, :now) as is_running,
       release_at > issued_at + interval '1 minute' and not exists (select from later_audiences where alert_id = id) as is_old
from alerts where id = :alert_id;

-- name: count_again(alert_id, now)$
-- Whom an alert is for that leaves later, now that its time has come; whether that was still to be done.
select count_again(:alert_id, :now);

-- name: is_urgent(alert_id)$
-- Do its jobs overtake those of routine updates?
select urgent from alerts where id = :alert_id;

-- name: claim_batch(alert_id, channel, now, worker, limit, by_relay)
-- Take up to :limit due deliveries for one worker, which must live: whoever was given up may claim nothing.
-- Rows that another worker has in hand are skipped, never waited for.
-- Found again by ctid: of an alert that is newer than its statistics the planner expects one row, and would read all
-- of them for each of the :limit.
with due as (
  select ctid, subscriber_id from deliveries
  where alert_id = :alert_id and channel = :channel::channel and state = 'pending' and due_at <= :now
    and digest_on is null
    and :worker in (select living_workers())
  order by due_at
  limit :limit
  for update skip locked
)
update deliveries d set state = 'sending', claimed_by = :worker, claimed_at = :now, attempts = least(d.attempts + 1, 1000),
  by_relay = :by_relay
from due
left join contacts c on c.subscriber_id = due.subscriber_id and c.channel = :channel::channel and c.off_at is null
where d.ctid = due.ctid
returning d.subscriber_id, d.attempts, d.claimed_at, c.address;

-- name: record_outcomes(now, subscriber_ids, states, references, reasons, due_ats, repeats, alert_id, channel, worker, claimed_at)!
-- Write what became of one claim's deliveries, in one statement. A row that moved on meanwhile, or was claimed anew, is
-- left alone.
-- One look into the primary key for each, whatever the planner expects (see claim_batch).
update deliveries d set
  state = o.state::delivery_state,
  claimed_by = null,
  provider_reference = coalesce(o.provider_reference, d.provider_reference),
  failure_reason = o.reason,
  due_at = coalesce(o.due_at, d.due_at),
  maybe_repeated = d.maybe_repeated or o.maybe_repeated,
  handed_over_at = case when o.state = 'handed_over' then :now else d.handed_over_at end,
  failed_at = case when o.state = 'failed' then :now end
from unnest(:subscriber_ids::bigint[], :states::text[], :references::text[], :reasons::text[],
            :due_ats::timestamptz[], :repeats::boolean[])
  as o (subscriber_id, state, provider_reference, reason, due_at, maybe_repeated)
cross join lateral (
  select ctid from deliveries
  where alert_id = :alert_id and subscriber_id = o.subscriber_id and channel = :channel::channel
  offset 0
) held
where d.ctid = held.ctid and d.state = 'sending' and d.claimed_by = :worker and d.claimed_at = :claimed_at;

-- name: moved_since(subscriber_ids, addresses, channel)
-- Of each claimed address that turned out dead: whether the person has another by now, where this channel is on.
select c.subscriber_id, c.address <> o.address as moved
from unnest(:subscriber_ids::bigint[], :addresses::text[]) as o (subscriber_id, address)
join contacts c on c.subscriber_id = o.subscriber_id and c.channel = :channel::channel and c.off_at is null
order by c.subscriber_id
for update of c;

-- name: next_due(alert_id, channel)$
-- When the earliest delivery that waits for another try is due.
select min(due_at) from deliveries
where alert_id = :alert_id and channel = :channel::channel and state = 'pending' and digest_on is null;

-- name: expire(now, alert_id)!
-- What will not be handed over any more: the alert is over, or was stopped or replaced while a try was still out. What
-- somebody has locked is left to the next time.
with waiting as materialized (
  select d.ctid, a.expires_at <= :now as is_over
  from alerts a join deliveries d on d.alert_id = a.id
  where a.id = :alert_id
    and (a.expires_at <= :now or a.stopped_at is not null or a.withdrawn_at is not null or is_replaced(a.id, :now))
    and d.state = 'pending'
  for update of d skip locked
)
update deliveries d set
  state = case when w.is_over then 'expired' else 'cancelled' end::delivery_state,
  failure_reason = case when w.is_over then coalesce(d.failure_reason, 'the alert was over') end
from waiting w
where d.ctid = w.ctid;

-- name: cancel_pending(alert_id)!
-- Leave unsent what has not been claimed, once it is settled what has been.
update deliveries set state = 'cancelled' where alert_id = :alert_id and state = 'pending';

-- name: cancel_at_once(alert_id)!
-- The same for whoever stops an alert, and waits for no worker that stands still with rows locked: what it then lets go
-- expires.
with waiting as materialized (
  select ctid from deliveries where alert_id = :alert_id and state = 'pending' for update skip locked
)
update deliveries d set state = 'cancelled' from waiting w where d.ctid = w.ctid;

-- name: due_now(now, alert_id)!
-- The officer skips the ten seconds; asked before the alert's release moves. Quiet hours are not skipped.
update deliveries d set due_at = :now
from alerts a
where a.id = :alert_id and d.alert_id = a.id and d.state = 'pending' and d.due_at <= a.release_at;

-- name: give_back_dead_claims(now)
-- Deliveries in the hands of workers that were given up, or have ended. A push goes again at once: phones collapse the
-- repeat. A mail may have left, so nothing is done twice: it waits as unknown for its receipts.
-- Rows that a transaction has locked are skipped, never waited for: that of a worker which was given up is ended.
with held as materialized (
  select d.ctid from deliveries d
  where d.state = 'sending' and d.claimed_by not in (select living_workers())
    and d.claimed_by not in (select number from workers where given_up_at is null and ended_at is null)
  for update skip locked
), given_back as (
  update deliveries d set
    state = case d.channel when 'push' then 'pending' else 'unknown' end::delivery_state,
    maybe_repeated = d.maybe_repeated or d.channel = 'push',
    due_at = :now, claimed_by = null
  from held
  where d.ctid = held.ctid
  returning d.alert_id, d.channel
)
select g.alert_id, g.channel::text, count(*) as deliveries, a.urgent
from given_back g join alerts a on a.id = g.alert_id
group by g.alert_id, g.channel, a.urgent;

-- name: never_left(now, worst_lag_s, reason)!
-- Mails in doubt of which nothing was ever reported, although SendGrid, by which they went, has reported on others that
-- were handed over later by all the time its reports may take: they never left. Of what waited in a backup it may have
-- reported to the database that was lost.
update deliveries d set state = 'failed', failed_at = :now, failure_reason = :reason
from receipt_clock c
where d.state = 'unknown' and not d.by_relay and c.channel = d.channel
  and c.reported_up_to > d.claimed_at + :worst_lag_s * interval '1 second'
  and d.claimed_at not in (select restored_at from restorations);

-- name: send_in_doubt(now, alert_id)!
-- An officer has those in doubt sent again, though some may get it twice.
update deliveries set state = 'pending', due_at = :now, maybe_repeated = true
where alert_id = :alert_id and state = 'unknown';

-- name: over(now)
-- Alerts that are over, stopped, withdrawn or replaced and have deliveries that wait, whenever those are due.
-- One look into deliveries_open for each alert that has any open, however many there are.
with recursive open as (
  select min(alert_id) as id from deliveries where state in ('pending', 'sending')
  union all
  select (select min(alert_id) from deliveries where state in ('pending', 'sending') and alert_id > open.id)
  from open where open.id is not null
)
select a.id from open join alerts a using (id)
where (a.expires_at <= :now or a.stopped_at is not null or a.withdrawn_at is not null or is_replaced(a.id, :now))
  and exists (select from deliveries d where d.alert_id = a.id and d.state = 'pending');

-- name: waiting(now)
-- Alerts with deliveries that are due and perhaps no job left to hand them over.
select d.alert_id, d.channel::text, count(*) as deliveries, a.urgent
from deliveries d join alerts a on a.id = d.alert_id
where d.state = 'pending' and d.due_at < :now - interval '10 seconds' and d.digest_on is null
  and a.release_at < :now - interval '10 seconds'
group by d.alert_id, d.channel, a.urgent;

-- name: wait_no_longer(now, channel)!
-- A channel takes messages again: what waits for another try is due.
update deliveries set due_at = :now
where channel = :channel::channel and state = 'pending' and failure_reason is not null and due_at > :now
  and digest_on is null;

-- name: waiting_on(now, channel)
-- Alerts that have waited for a channel which takes messages again, of the world that one is in.
select d.alert_id, d.channel::text, count(*) as deliveries, a.urgent
from deliveries d join alerts a on a.id = d.alert_id
where d.channel = :channel::channel and d.state = 'pending' and d.due_at <= :now and d.digest_on is null
  and a.release_at <= :now and a.drill is not distinct from current_drill()
group by d.alert_id, d.channel, a.urgent;

-- name: retry_failed(now, alert_id, channel)!
-- An officer's "try these again": failed deliveries whose channel is still on.
update deliveries d set state = 'pending', due_at = :now
where d.alert_id = :alert_id and d.channel = :channel::channel and d.state = 'failed'
  and exists (select from audience_places p where p.subscriber_id = d.subscriber_id
              and p.channels & case d.channel when 'push' then 1 else 2 end <> 0);
