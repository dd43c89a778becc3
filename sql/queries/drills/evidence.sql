-- name: sent(drill, now)
-- The messages of one drill that were released and not undone, in order: when, by whom, what they said, the draft that they
-- were, and whom they were for.
select a.id, a.issued_at, a.release_at, a.issued_by, r.id as request, r.submitted_at as asked_at, r.decided_at as agreed_at,
       r.decided_by as agreed_by, a.approval_rule::text, a.follow_up, a.urgent, a.sectors, a.channels, a.area_desc,
       array[a.headline, a.description, a.instruction, a.contact] as said, f.content as draft,
       array(select distinct d.subscriber_id from deliveries d where d.alert_id = a.id) as told
from alerts a join drafts f on f.id = a.draft_id left join approval_requests r on r.id = a.approval_id
where a.drill = :drill and a.withdrawn_at is null and a.release_at <= :now
order by a.release_at, a.id;

-- name: answers(drill)
-- What residents answered, in order, and who looked at it, took it on, judged it or passed it on, when.
select r.reference, r.received_at as at, r.urgent, r.first_look_at, r.first_look_by, r.claimed_at, r.claimed_by, r.verdict,
       r.verdict_at, r.verdict_by, r.passed_at, r.passed_by
from responses r join alerts a on a.id = r.alert_id
where a.drill = :drill
order by r.received_at, r.id;

-- name: outcomes(drill)
-- When those who answered were told what came of it, and by whom.
select o.id, o.told_at as at, o.officer from outcomes o join alerts a on a.id = o.alert_id where a.drill = :drill
order by o.told_at, o.id;

-- name: turns(drill, now)
-- What officers did beside sending that takes account of something new, in order: a follow-up begun, an alert undone or
-- stopped.
select at, officer, what, follow_up, source from (
  select f.created_at as at, f.officer, 'began' as what, f.content->>'follow_up' as follow_up, 'draft ' || left(f.id::text, 8) as source
  from drafts f where f.drill = :drill and f.content->>'follow_up' is not null
  union all
  select a.withdrawn_at, a.issued_by, 'undone', a.follow_up, 'alert ' || a.id from alerts a
  where a.drill = :drill and a.withdrawn_at is not null
  union all
  select a.stopped_at, e.officer, 'stopped', a.follow_up, 'audit ' || e.id from alerts a
  join audit e on e.alert_id = a.id and e.action = 'stopped'
  where a.drill = :drill and a.stopped_at is not null and e.detail->>'after' = 'stopped'   -- else an all clear stopped it
) turns
where at <= :now
order by at;

-- name: reference(geom, within_m, urgent, sectors, channels, now)
-- Who should have been told: everybody whom an alert to this ground would have been for.
select subscriber_id
from audience(:geom::geometry, :within_m::float8, :urgent::boolean, 0, :sectors::integer, :channels::integer, :now::timestamptz)
where fate > 0;
