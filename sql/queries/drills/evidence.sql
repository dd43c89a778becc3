-- name: sent(drill, now)
-- The messages of one drill that were released and not undone, in order: when, what they said, and whom they were for.
select a.id, a.release_at, r.submitted_at as asked_at, r.decided_at as agreed_at, a.follow_up, a.urgent, a.sectors, a.channels,
       concat_ws(' ', a.headline, a.description, a.instruction, a.contact) as words,
       array(select distinct d.subscriber_id from deliveries d where d.alert_id = a.id) as told
from alerts a left join approval_requests r on r.id = a.approval_id
where a.drill = :drill and a.withdrawn_at is null and a.release_at <= :now
order by a.release_at, a.id;

-- name: answers(drill)
-- What residents answered, in order, and whether an officer looked at it and judged it.
select r.received_at as at, r.urgent, r.first_look_at as looked_at, r.verdict is not null as judged
from responses r join alerts a on a.id = r.alert_id
where a.drill = :drill
order by r.received_at, r.id;

-- name: outcomes(drill)
-- When those who answered were told what came of it.
select o.told_at as at from outcomes o join alerts a on a.id = o.alert_id where a.drill = :drill order by o.told_at;

-- name: reference(geom, within_m, urgent, sectors, channels, now)
-- Who should have been told: everybody whom an alert to this ground would have been for.
select subscriber_id
from audience(:geom::geometry, :within_m::float8, :urgent::boolean, 0, :sectors::integer, :channels::integer, :now::timestamptz)
where fate > 0;
