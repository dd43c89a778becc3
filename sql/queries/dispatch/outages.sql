-- name: of_channel(channel)^
-- How a channel is known to do; nothing while all is well.
select channel::text, since, reason, in_a_row, refusals, tries, try_at, room, by_relay
from outages where channel = :channel::channel and drill is not distinct from current_drill();

-- name: all_now()
-- Every channel that is out.
select channel::text, since, reason, in_a_row, refusals, tries, try_at, room, by_relay
from outages where since is not null and drill is not distinct from current_drill() order by since;

-- name: take_turn(channel, now, next_at)$
-- Whoever comes first once the time has come asks, and nobody else before the next.
update outages set try_at = :next_at, tries = tries + 1
where channel = :channel::channel and drill is not distinct from current_drill() and since is not null and try_at <= :now
returning true;

-- name: refused(channel, reason, now, try_at, trips_at)!
-- It took nothing, once more: after so many times in a row it is out, and at once where it had just come back. What was
-- under way when it went out brings the first try no later.
insert into outages as o (channel, since, reason, refusals, try_at)
values (:channel::channel, case when :trips_at = 1 then :now::timestamptz end, :reason,
        case when :trips_at = 1 then 1 else 0 end, :try_at)
on conflict (channel, drill) do update set
  in_a_row = o.in_a_row + 1,
  reason = excluded.reason,
  since = coalesce(o.since, case when o.in_a_row + 1 >= :trips_at or o.room is not null then :now end),
  refusals = o.refusals + case when o.since is not null or o.in_a_row + 1 >= :trips_at or o.room is not null then 1 else 0 end,
  try_at = case when o.since is not null and o.tries = 0 then o.try_at else excluded.try_at end,
  room = null;

-- name: answered(channel, room)!
-- It takes messages again: a few at first.
update outages set since = null, in_a_row = 0, refusals = 0, tries = 0, room = :room, by_relay = false where channel = :channel::channel and drill is not distinct from current_drill();

-- name: is_well(channel)!
-- All is as it was.
delete from outages where channel = :channel::channel and drill is not distinct from current_drill();

-- name: use_relay(channel)$
-- An officer has mails go by the force's own relay as long as the channel is out; whether it was, and they did not.
update outages set by_relay = true where channel = :channel::channel and drill is not distinct from current_drill() and since is not null and not by_relay
returning true;
