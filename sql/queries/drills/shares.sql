-- name: decided(drill)
-- What each officer of one drill decided in it, and how often: whom they asked and told, what they agreed to or returned,
-- what they took back, which answers they dealt with, and whom they told what came of it.
with acts (officer, what) as (
  select a.issued_by, case when a.withdrawn_at is null then 'sent' else 'undone' end from alerts a where a.drill = :drill
  union all
  select r.author, 'asked' from drafts d join approval_requests r on r.draft_id = d.id where d.drill = :drill
  union all
  select r.decided_by, case r.decision when 'approved' then 'approved' else 'returned' end
  from drafts d join approval_requests r on r.draft_id = d.id
  where d.drill = :drill and r.decision in ('approved', 'returned')
  union all
  select e.officer, 'stopped' from alerts a join audit e on e.alert_id = a.id and e.action = 'stopped'
  where a.drill = :drill and e.detail->>'after' = 'stopped'   -- else an all clear stopped it
  union all
  select who.officer, 'answers'
  from alerts a join responses r on r.alert_id = a.id
  cross join lateral (select distinct unnest(array[r.claimed_by, r.verdict_by, r.passed_by])) who (officer)
  where a.drill = :drill and who.officer is not null
  union all
  select o.officer, 'outcomes' from alerts a join outcomes o on o.alert_id = a.id where a.drill = :drill
)
select a.officer, a.what, count(*) as times
from acts a join drill_officers p on p.drill = :drill and p.officer = a.officer
group by a.officer, a.what;
